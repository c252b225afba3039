using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

public sealed class BadCommandLineTests : IDisposable
{
    private readonly CommandRun _command = new();

    public static TheoryData<string, string> Corpus => new()
    {
        { "runz", "Did you mean 'run" },
        { "sumbit backlog.md", "Did you mean 'submit'?" },
        { "nonsense", "unknown command 'nonsense'" },
        { "run", "BACKLOG: found nothing" },
        { "run one two", "must stand in quotes" },
        { "run x --modle y", "Did you mean '--model'?" },
        { "run x --model", "'--model' needs a value" },
        { "run x --context abc", "--context: found \"abc\", expected a whole number from 512" },
        { "run x --context 10", "--context: found \"10\"" },
        { "run x --temperature 3", "expected a number from 0 to 2" },
        { "run x --temperature warm", "--temperature: found \"warm\"" },
        { "run x --concurrency 0", "expected a whole number from 1" },
        { "run x --concurrency 1.5", "--concurrency: found \"1.5\"" },
        { "run x --priority urgent", "expected high, normal, low" },
        { "run x --seed -1", "--seed: found \"-1\"" },
        { "run x --provider olama", "ollama" },
        { "run missing.md", "missing.md" },
        { "run x --config nowhere.json --provider simulated", "nowhere.json" },
        { "run x --provider simulated --id a/b", "a/b" },
        { "submit", "BACKLOG: found nothing" },
        { "run --workflow", "--workflow" },
        { "run x --input y", "--input: found an input without --workflow" },
        { "run --workflow standrd", "There is no workflow 'standrd' in the config; it has: standard. Did you mean \"standard\"?" },
        { "run backlog.md --workflow own", "BACKLOG: found a backlog together with --workflow own" },
        { "cancel", "'cancel' needs RUN" },
        { "cancel nobody", "no store" },
        { "show nobody", "ripieno run BACKLOG" },
        { "resume a b", "one word too many: 'b'" },
        { "runs --status lost", "expected one of running, succeeded, failed, cancelled" },
        { "runs --limit 0", "--limit: found \"0\"" },
        { "runs extra", "'runs' takes no 'extra'" },
        { "worker --grace 5", "expected a duration" },
        { "worker --grace 2d", "at most 1h" },
        { "worker --http web", "--http: found \"web\", expected PORT or ADDRESS:PORT" },
        { "worker --http 70000", "--http: found \"70000\"" },
        { "worker --http ::1", "--http: found \"::1\"" },
        { "worker --http 1:80", "--http: found \"1:80\"" },
        { "worker --http 0.0.0.0:9464", "add --insecure where a firewall" },
        { "worker --http [::]:9464", "--http: found [::]:9464, which others can reach" },
        { "worker --http 9464 --http-hosts a:1", "--http-hosts: found \"a:1\", expected the name of a host" },
        { "worker --http-hosts a", "--http-hosts has no effect without --http" },
        { "worker --insecure", "--insecure has no effect without --http" },
        { "worker --drain w --queues a", "--queues has no effect with --drain" },
        { "worker --queues a,,b", "--queues: found \"\", expected a name" },
        { "store copy sqlite:a.db", "'copy' needs TO: store to copy to" },
        { "config", "check, show" },
        { "config chek", "Did you mean 'check'?" },
        { "simulate --port 70000", "--port: found \"70000\"" },
        { "simulate --fault 999", "--fault: found \"999\"" },
        { "simulate --fault 503:2", "a share from 0 to 1" },
        { "runs --store redis:host:port", "--store: found \"redis:host:port\", expected redis:HOST:PORT" },
        { "dead-letter", "list, show, retry" },
        { "dead-leter list", "Did you mean 'dead-letter'?" },
        { "dead-letter show nightly-42", "'show' needs" },
        { "dead-letter list nobody", "no store" },
        { "prune --older-than 30", "expected a duration" },
        { "prune --older-than 9999d", "at most 3600d" },
        { "prune --status running --older-than 1d", "expected one of succeeded, failed, cancelled" },
        { "prune some --older-than 1d", "not both" },
        { "prune --older-than 1d", "no store" },
        { "store", "check, backup, restore, copy, reopen, figures" },
        { "store chek", "Did you mean 'check'?" },
        { "store backup", "'backup' needs FILE" },
        { "store backup copy.db", "There is no store at" },
        { "store backup copy.db --store redis:host", "BGREWRITEAOF" },
        { "store restore copy.db --store redis:host", "appendonlydir" },
        { "store restore", "'restore' needs FILE" },
        { "store restore copy.db", "There is no file" },
        { "store figures --since yesterday", "--since: found \"yesterday\"" },
        { "--jsom runs", "Did you mean '--json'?" },
    };

    public void Dispose() => _command.Dispose();

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Says_what_is_wrong_and_does_nothing(string line, string fragment)
    {
        var outcome = await _command.RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.Usage, outcome.ExitCode);
        Assert.Contains(fragment, outcome.Error);
        Assert.Empty(outcome.Output);
        Assert.DoesNotContain("   at ", outcome.Error);
        Assert.DoesNotContain("Exception", outcome.Error);
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_sign_is_no_file_of_arguments()
    {
        _command.With("args", "runs");

        var outcome = await _command.RunAsync("@args");

        Assert.Contains("unknown command '@args'", outcome.Error);
    }

    [Fact]
    public async Task Every_problem_of_a_config_is_told_on_its_own_line()
    {
        _command.With("config/agents.config.json", """
            {
              "runtime": { "ollama": { "concurrency": 0 } },
              "agnets": []
            }
            """);

        var outcome = await _command.RunAsync("config", "check");

        Assert.Equal(ExitCode.Usage, outcome.ExitCode);
        var lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("agents.config.json:2", StringComparison.Ordinal) && line.Contains("concurrency", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("agents.config.json:3", StringComparison.Ordinal) && line.Contains("agnets", StringComparison.Ordinal));
    }
}
