namespace Ripieno.Storage;

/// <summary>
/// Goes on with wide changes while there are any, a batch in each commit, beside whatever else is being written. It remembers nothing: the store has the cursors, and any
/// later commit that sees one starts it again.
/// </summary>
/// <param name="advance">Does one batch; false = there is none left.</param>
internal sealed class Continuation(Func<CancellationToken, Task<bool>> advance) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _going = Task.CompletedTask;
    private bool _isGoing;
    private bool _isAsked;

    public void Start()
    {
        lock (_lock)
        {
            _isAsked = true;
            if (_isGoing || _stop.IsCancellationRequested)
                return;
            _isGoing = true;
            _going = Task.Run(GoAsync);
        }
    }

    /// <summary>Does what is left itself, and so learns of what stops it.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        while (await advance(cancellation))
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task going;
        lock (_lock)
        {
            _stop.Cancel();
            going = _going;
        }

        await going;
        _stop.Dispose();
    }

    private async Task GoAsync()
    {
        while (GoesOn())
        {
            try
            {
                while (!_stop.IsCancellationRequested && await advance(_stop.Token))
                {
                }
            }
            catch (Exception)
            {
                // A full disk, say, or a defect: whoever writes next starts this again, whoever settles hears of it, and a check shows what is left.
                Stopped();
                return;
            }
        }
    }

    private bool GoesOn()
    {
        lock (_lock)
        {
            _isGoing = _isAsked && !_stop.IsCancellationRequested;
            _isAsked = false;
            return _isGoing;
        }
    }

    private void Stopped()
    {
        lock (_lock)
            _isGoing = false;
    }
}
