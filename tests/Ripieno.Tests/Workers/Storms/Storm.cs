using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Tests.Models;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>Several instances and several runs on one store, for as long as the runs take. Only the storm moves the clock.</summary>
internal sealed class Storm(WorkerScene scene, StormDice dice, bool disturbed)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>Virtual time after which nothing goes wrong any more.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(6);

    /// <summary>Steps of the clock before a storm counts as hung: four virtual hours.</summary>
    private const int Patience = 57_600;

    private readonly IReadOnlyList<StormRun> _runs = StormRun.Of(dice);
    private readonly FakeProvider _provider = new();
    private readonly StormKind _kind = disturbed ? StormKind.Of(dice.Seed) : StormKind.Calm;
    private readonly List<StormLives> _lives = [];

    public StormFaults Faults { get; } = new(dice, scene.Store, scene.Time, StormKind.Of(dice.Seed));

    public StormLog Log { get; } = new();

    public StormClient Canceller { get; private set; } = null!;

    public int Lives => _lives.Sum(life => life.Count);

    public int Freezes => _lives.Sum(life => life.Freezes);

    public int Deaths { get; private set; }

    public IEnumerable<string> Ids => _runs.Select(run => run.Id);

    public async Task BlowAsync()
    {
        if (!disturbed)
            Faults.End();
        using var noMoreDeaths = new CancellationTokenSource();
        using var end = new CancellationTokenSource();
        _lives.AddRange(Enumerable.Range(0, 3).Select(number => new StormLives($"worker-{number}", _kind, scene, Faults, dice, Log, _provider)));
        var living = Task.WhenAll(_lives.Select(life => Task.Run(() => life.LiveAsync(end.Token))));
        var answering = Task.Run(() => AnswerAsync(end.Token));
        var dying = Task.Run(() => disturbed ? DieAsync(noMoreDeaths.Token) : Task.CompletedTask);
        await ClockAsync(Task.WhenAll(_runs.Select(run => Task.Run(() => FollowAsync(run)))));
        Faults.End();
        await noMoreDeaths.CancelAsync();
        await ClockAsync(dying);
        // The last of the dead is found before the living go.
        await ClockAsync(Task.Delay(TimeSpan.FromSeconds(30), scene.Time));
        if (disturbed && !_kind.ShortLives)
            await ClockAsync(PermitsComeBackAsync());
        await end.CancelAsync();
        await ClockAsync(Task.WhenAll(living, answering));
    }

    private async Task FollowAsync(StormRun run)
    {
        await Task.Delay(disturbed ? dice.Between(0, 120, run.Id) : TimeSpan.Zero, scene.Time);
        var client = new StormClient(scene, Faults.Store($"client {run.Id}"));
        if (run.Cancels)
            Canceller = client;
        await client.FollowAsync(run);
    }

    /// <summary>A permit that the store did not take back is given back before the next call: so each instance gets a few calls to make.</summary>
    private async Task PermitsComeBackAsync()
    {
        for (var round = 0; round < 10; round++)
        {
            var run = new StormRun($"after-{round}", [.. Enumerable.Range(0, 12).Select(number => StormRun.Step($"s{number}-call"))]);
            await new StormClient(scene, scene.Store).FollowAsync(run);
            if (await scene.IsFreeAsync("endpoint/fake", StormLives.Limit))
                return;
        }

        Assert.Fail("A permit is held although nobody calls.");
    }

    private async Task ClockAsync(Task done)
    {
        var began = scene.Time.GetUtcNow();
        for (var step = 0; !done.IsCompleted; step++)
        {
            Assert.True(step < Patience, await StateAsync());
            // Virtual time must not run away from the real store, or every lease would lapse in a single commit.
            for (var look = 0; look == 0 || (Faults.IsExecuting && look < 200); look++)
                await scene.SettleAsync(1);
            scene.Time.Advance(Pace);
            _lives.ForEach(life => life.Advance(Pace, mayFreeze: disturbed && !Faults.IsOver));
            if (scene.Time.GetUtcNow() - began > Length)
                Faults.End();
        }

        await done;
    }

    private async Task AnswerAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            while (_provider.HasNext)
            {
                var call = await _provider.NextAsync();
                call.Say("yes");
                call.End();
            }

            await Task.Delay(TimeSpan.FromSeconds(1), scene.Time, CancellationToken.None);
        }
    }

    /// <summary>Now and then a process claims something and is gone at once.</summary>
    private async Task DieAsync(CancellationToken end)
    {
        for (var number = 0; !end.IsCancellationRequested; number++)
        {
            var dead = await scene.RegisterAsync($"dead-{number}", TimeSpan.FromHours(1), pid: int.MaxValue);
            try
            {
                if (await scene.ClaimAsync(dead, TimeSpan.FromHours(1)) is not null)
                    Deaths++;
            }
            catch (NotFoundException)
            {
                // Found dead before it had claimed anything.
            }

            await Task.Delay(dice.Between(5, 25, $"dead {number}"), scene.Time, CancellationToken.None);
        }
    }

    private async Task<string> StateAsync()
    {
        var lines = new List<string> { $"The storm of seed {dice.Seed} does not end. Open:" };
        foreach (var run in _runs)
        {
            var steps = await scene.Store.ListStepsAsync(run.Id, -1, 10_000, CancellationToken.None);
            lines.AddRange(steps.Where(step => !step.Status.IsTerminal).Select(step => $"{run.Id}/{step}"));
        }

        lines.AddRange((await scene.Store.ListInstancesAsync(CancellationToken.None)).Select(instance => instance.ToString()));
        return string.Join('\n', lines);
    }
}
