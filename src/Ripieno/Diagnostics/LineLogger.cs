using Microsoft.Extensions.Logging;

namespace Ripieno.Diagnostics;

/// <summary>
/// Makes lines of what is logged, for a <see cref="LogFile"/> or the store. Run and step of a line come from the placeholders <c>{Run}</c> and <c>{Step}</c> of its message,
/// else from the scopes around it (<c>BeginScope</c> with pairs of these names).
/// </summary>
/// <param name="isEnabled">Levels that are wanted.</param>
/// <param name="add">Takes a line, without waiting: level, run, step, message, what was thrown.</param>
/// <param name="scopes">Shared by all loggers of one origin.</param>
internal sealed class LineLogger(Func<LogLevel, bool> isEnabled, Action<LogLevel, string?, string?, string, Exception?> add, IExternalScopeProvider scopes) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => isEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var about = new Subject();
        about.TakeFrom(state);
        scopes.ForEachScope(static (scope, subject) => subject.TakeFrom(scope), about);
        add(logLevel, about.Run, about.Step, formatter(state, exception), exception);
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
