using Microsoft.Extensions.Logging;

namespace Ripieno.Diagnostics;

/// <summary>
/// Writes to a <see cref="LogFile"/>. Run and step of a line come from the placeholders <c>{Run}</c> and <c>{Step}</c> of its message,
/// else from the scopes around it (<c>BeginScope</c> with pairs of these names).
/// </summary>
internal sealed class LogFileLogger(LogFile file, IExternalScopeProvider scopes) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => file.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var about = new Subject();
        about.TakeFrom(state);
        scopes.ForEachScope(static (scope, subject) => subject.TakeFrom(scope), about);
        file.Add(logLevel, about.Run, about.Step, formatter(state, exception), exception);
    }

    private sealed class Subject
    {
        public string? Run { get; private set; }

        public string? Step { get; private set; }

        public void TakeFrom(object? state)
        {
            if (state is not IEnumerable<KeyValuePair<string, object?>> pairs)
                return;
            foreach (var (name, value) in pairs)
            {
                if (name.Equals("Run", StringComparison.OrdinalIgnoreCase))
                    Run ??= value?.ToString();
                else if (name.Equals("Step", StringComparison.OrdinalIgnoreCase))
                    Step ??= value?.ToString();
            }
        }
    }
}
