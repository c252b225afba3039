using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Callbacks;
using Ripieno.Workers;

namespace Ripieno.Tests.Callbacks;

/// <summary>Commands in the place of webhooks, as real processes.</summary>
public sealed class CommandRunnerTests : IDisposable
{
    private static readonly CallbackNotice Notice = new(
        "msg_1", JsonDocument.Parse("""{"type":"run.failed","data":{"id":"r-1","status":"failed","title":"$(touch broken); \"x\"\ny","steps":{"total":3,"failed":1}}}""").RootElement);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-command-");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_command_gets_the_message_on_standard_input_and_the_run_in_its_environment()
    {
        var delivery = await RunAsync("sh", "-c", "cat > message.json; echo \"$RIPIENO_RUN $RIPIENO_STATUS $RIPIENO_MESSAGE\" > variables");

        Assert.Equal(new Delivery(DeliveryResult.Taken, "exit code 0"), delivery);
        Assert.Equal(Notice.Body.GetRawText(), Read("message.json"));
        Assert.Equal("r-1 failed msg_1\n", Read("variables"));
    }

    [Fact]
    public async Task Arguments_are_values_and_never_meet_a_shell()
    {
        await RunAsync("sh", "-c", "printf '%s|' \"$@\" > arguments", "sh", "{{run.id}}", "{{run.title}}", "{{run.steps.failed}} of {{run.steps.total}}", "{{run.startedAt}}");

        Assert.Equal("r-1|$(touch broken); \"x\" y|1 of 3||", Read("arguments"));
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "broken")));
    }

    [Fact]
    public async Task The_last_lines_of_a_failure_are_its_reason()
    {
        var delivery = await RunAsync("sh", "-c", "for i in $(seq 1 2000); do echo line $i; done; echo it broke >&2; exit 3");

        Assert.Equal(new Delivery(DeliveryResult.Failed, "exit code 3: it broke"), delivery);
    }

    [Fact]
    public async Task Without_errors_the_last_lines_of_its_output_are_the_reason()
    {
        var delivery = await RunAsync("sh", "-c", "for i in $(seq 1 2000); do echo line $i; done; exit 3");

        Assert.Equal(new Delivery(DeliveryResult.Failed, "exit code 3: line 1996 | line 1997 | line 1998 | line 1999 | line 2000"), delivery);
    }

    [Fact]
    public async Task A_command_that_does_not_read_is_no_failure() =>
        Assert.Equal(DeliveryResult.Taken, (await RunAsync("true")).Result);

    [Theory]
    [InlineData("no-such-command-here")]
    [InlineData("./missing.sh")]
    public async Task A_command_that_is_not_there_says_so(string command) =>
        Assert.Equal(new Delivery(DeliveryResult.Failed, $"there is no command '{command}' on this machine"), await RunAsync(command));

    [Fact]
    public async Task A_command_in_the_current_folder_is_not_taken_for_one_on_the_path()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "only-here"), "#!/bin/sh\n", TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryResult.Failed, (await RunAsync("only-here")).Result);
    }

    [Fact]
    public async Task At_the_time_limit_the_whole_group_is_ended()
    {
        // The inner one is nobody's child once its parent has gone.
        var running = RunAsync("sh", "-c", "(sh -c 'sleep 300 & echo $! > orphan'); echo $$ > head; echo working; sleep 300");
        var (head, orphan) = (await PidAsync("head"), await PidAsync("orphan"));
        Assert.NotNull(ProcessIdentity.StartOf(orphan));

        _time.Advance(TimeSpan.FromMinutes(1));
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(new Delivery(DeliveryResult.Failed, "ended at its time limit of 1 min: working"), await running);
        await GoneAsync(head);
        await GoneAsync(orphan);
    }

    private Task<Delivery> RunAsync(params string[] command) => new CommandRunner(_time).RunAsync(
        new([.. command], TimeSpan.FromMinutes(1), _folder.FullName), Notice, TestContext.Current.CancellationToken);

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder.FullName, file));

    private async Task<int> PidAsync(string file)
    {
        var path = Path.Combine(_folder.FullName, file);
        while (!File.Exists(path) || !(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).EndsWith('\n'))
            await Task.Yield();
        return int.Parse(Read(file), CultureInfo.InvariantCulture);
    }

    private static async Task GoneAsync(int pid)
    {
        while (ProcessIdentity.StartOf(pid) is not null)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
