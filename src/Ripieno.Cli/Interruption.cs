using System.Runtime.InteropServices;

namespace Ripieno.Cli;

/// <summary>Ctrl-C, SIGTERM and a closed terminal. The first asks the command to stop; a second ends the process at once.</summary>
internal sealed class Interruption(Action<int> exit) : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    public static Interruption OfProcess()
    {
        var interruption = new Interruption(static code =>
        {
            Terminal.ShowCursor();
            Environment.Exit(code);
        });
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, interruption.On));
        return interruption;
    }

    public void Raise()
    {
        if (Interlocked.Increment(ref _signals) > 1)
            exit(ExitCode.Interrupted);
        else
            _requested.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _requested.Dispose();
    }

    private void On(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Raise();
    }
}
