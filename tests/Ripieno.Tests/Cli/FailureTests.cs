using Ripieno.Cli;
using Ripieno.Cli.Grammar;
using Ripieno.Errors;

namespace Ripieno.Tests.Cli;

public sealed class FailureTests
{
    [Fact]
    public void Every_problem_gets_a_line()
    {
        var failure = Failure.Of(new InvalidInputException([
            new("a.json", 3, "runtime.x", "1", "2"), new(null, null, "--slots", "\"a\"", "a number", "Say --slots 2."),
        ]));

        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Equal(["a.json:3: runtime.x: found 1, expected 2.", "--slots: found \"a\", expected a number. Say --slots 2."], failure.Lines);
    }

    [Fact]
    public void Codes_tell_the_users_fault_from_the_worlds_and_from_ours()
    {
        Assert.Equal(ExitCode.Usage, Failure.Of(new NotFoundException("x")).ExitCode);
        Assert.Equal(ExitCode.Usage, Failure.Of(new ConflictException("x")).ExitCode);
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new StoreUnavailableException("x")).ExitCode);
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new OutcomeUnknownException("x")).ExitCode);
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new EndpointUnavailableException("x")).ExitCode);
        Assert.Equal(ExitCode.Unavailable, Failure.Of(new IOException("x")).ExitCode);
        Assert.Equal(ExitCode.Internal, Failure.Of(new InvalidOperationException("x")).ExitCode);
    }

    [Fact]
    public void An_unexpected_error_is_named_and_cannot_move_the_cursor()
    {
        var error = new StringWriter();

        Failure.Of(new InvalidOperationException("bad\e[2J\nthing")).Write(error, FollowUp.None);

        Assert.Equal($"ripieno: internal error: InvalidOperationException: bad[2J thing{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public void The_first_signal_asks_and_the_second_ends()
    {
        var codes = new List<int>();
        using var interruption = new Interruption(codes.Add);

        interruption.Raise();

        Assert.True(interruption.Requested.IsCancellationRequested);
        Assert.Empty(codes);

        interruption.Raise();

        Assert.Equal([ExitCode.Interrupted], codes);
    }
}
