using System.CommandLine;
using Microsoft.Extensions.Logging;
using Ripieno.Cli.Grammar;

namespace Ripieno.Cli;

/// <summary>From arguments to an exit code: the only place where exceptions end.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Invocation invocation)
    {
        // Answered before the grammar is built: scripts ask this often, and building it costs more than the answer.
        if (args is ["--version"])
        {
            await invocation.Terminal.Out.WriteLineAsync(RipienoCommand.VersionLine);
            return ExitCode.Done;
        }

        var result = RipienoCommand.Create(invocation).Parse(args, new ParserConfiguration
        {
            // "@name" is a word in a sentence, not a file of further arguments.
            ResponseFileTokenReplacer = null,
            EnablePosixBundling = false,
        });
        if (UsageErrors.Of(result) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
                await invocation.Terminal.Error.WriteLineAsync(error);
            return ExitCode.Usage;
        }

        invocation.FollowUp = FollowUp.Of(CommonSettings.Of(result));
        try
        {
            return await result.InvokeAsync(new InvocationConfiguration
            {
                Output = invocation.Terminal.Out,
                Error = invocation.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (OperationCanceledException) when (invocation.Interruption.Requested.IsCancellationRequested)
        {
            await invocation.Terminal.Error.WriteLineAsync("ripieno: interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            return Report(exception, invocation);
        }
        finally
        {
            if (invocation.Log is { } log)
                await log.DisposeAsync();
        }
    }

    private static int Report(Exception exception, Invocation invocation)
    {
        var failure = Failure.Of(exception);
        failure.Write(invocation.Terminal.Error, invocation.FollowUp);
        if (invocation.Log is not { } log || failure.ExitCode == ExitCode.Usage)
            return failure.ExitCode;
        if (failure.ExitCode == ExitCode.Internal)
        {
            // Only here the whole trace is kept: it is what a bug report needs.
            log.Add(LogLevel.Critical, run: null, step: null, $"Internal error: {exception}", exception);
            invocation.Terminal.Error.WriteLine($"ripieno: details are in {log.Path}");
        }
        else
        {
            log.Add(LogLevel.Error, run: null, step: null, "The command failed.", exception);
        }

        return failure.ExitCode;
    }
}
