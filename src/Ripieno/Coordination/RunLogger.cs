using Microsoft.Extensions.Logging;
using Ripieno.Diagnostics;

namespace Ripieno.Coordination;

/// <summary>A program's own logger, and beside it the log of the run in the store.</summary>
/// <param name="own">What the program gave.</param>
/// <param name="writer">Where lines about runs go, too.</param>
/// <param name="ids">The same as of the writer.</param>
/// <param name="instance">Whose lines they are.</param>
/// <param name="time">For the lines' times.</param>
internal sealed class RunLogger<T>(ILogger own, RunLogWriter writer, LogIds ids, string instance, TimeProvider time) : ILogger<T>
{
    private readonly LineLogger _lines = new(
        level => level is >= LogLevel.Information and not LogLevel.None,
        (level, run, step, message, exception) =>
            writer.Add(new(time.GetUtcNow(), level, instance, run, step, message, exception is null ? null : LogException.Of(exception), ids.Next())),
        new LoggerExternalScopeProvider());

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => own.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => own.IsEnabled(logLevel) || _lines.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (own.IsEnabled(logLevel))
            own.Log(logLevel, eventId, state, exception, formatter);
        _lines.Log(logLevel, eventId, state, exception, formatter);
    }
}
