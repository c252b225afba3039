using Ripieno.Cli.Grammar;
using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Cli;

/// <summary>How an exception is told to the user: never as a stack trace.</summary>
/// <param name="Lines">For standard error.</param>
/// <param name="ExitCode">For the caller.</param>
internal sealed record Failure(IReadOnlyList<string> Lines, int ExitCode)
{
    public static Failure Of(Exception exception) => exception switch
    {
        InvalidInputException invalid => new([.. invalid.Problems.Select(problem => problem.ToString())], Cli.ExitCode.Usage),
        NotFoundException or ConflictException or LeaseLostException => new([exception.Message], Cli.ExitCode.Usage),
        EndpointUnavailableException or ModelCallException or ModelRejectedException or StoreUnavailableException or StoreDamagedException
            or OutcomeUnknownException =>
            new([exception.Message], Cli.ExitCode.Unavailable),
        UnauthorizedAccessException or IOException => new([exception.Message], Cli.ExitCode.Unavailable),
        _ => new([$"internal error: {exception.GetType().Name}: {exception.Message}"], Cli.ExitCode.Internal),
    };

    public void Write(TextWriter error, FollowUp followUp)
    {
        foreach (var line in followUp.Hint(Lines) is { } hint ? [.. Lines, hint] : Lines)
            error.WriteLine($"ripieno: {SafeText.Of(RedisAddress.Mask(line), longest: 2000)}");
    }
}
