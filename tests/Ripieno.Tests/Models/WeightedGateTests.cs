using CsCheck;
using Ripieno.Models;

namespace Ripieno.Tests.Models;

/// <summary>The gate against a list: whoever is first goes in as soon as there is room, and nobody passes by.</summary>
public sealed class WeightedGateTests
{
    private const int Capacity = 4;

    /// <summary>Hang guard only: an admission that never comes.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_sequence_of_entries_exits_and_cancellations_admits_as_the_model_does() => await Gen.Int[0, 9].Array[1, 40].SampleAsync(
        async moves =>
        {
            var gate = new WeightedGate(Capacity);
            var inside = new List<Visit>();
            var queue = new List<Visit>();
            foreach (var move in moves)
            {
                if (move < 5)
                {
                    var visit = new Visit(move == 4 ? Capacity : 1 + (move % 2));
                    visit.Entry = gate.EnterAsync(visit.Weight, visit.Stop.Token);
                    queue.Add(visit);
                }
                else if (move < 8 && inside.Count > 0)
                {
                    var visit = inside[move % inside.Count];
                    inside.Remove(visit);
                    gate.Leave(visit.Weight);
                }
                else if (move >= 8 && queue.Count > 0)
                {
                    var visit = queue[move % queue.Count];
                    queue.Remove(visit);
                    await visit.Stop.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => visit.Entry.WaitAsync(Hang));
                }

                while (queue.Count > 0 && inside.Sum(visit => visit.Weight) + queue[0].Weight <= Capacity)
                {
                    await queue[0].Entry.WaitAsync(Hang);
                    inside.Add(queue[0]);
                    queue.RemoveAt(0);
                }

                Assert.All(queue, visit => Assert.False(visit.Entry.IsCompleted));
            }
        },
        iter: 500,
        threads: 1);

    [Fact]
    public async Task A_cancellation_after_the_admission_takes_nothing_away()
    {
        var gate = new WeightedGate(1);
        using var stop = new CancellationTokenSource();
        await gate.EnterAsync(1, stop.Token);
        await stop.CancelAsync();

        var next = gate.EnterAsync(1, CancellationToken.None);
        Assert.False(next.IsCompleted);
        gate.Leave(1);
        await next.WaitAsync(Hang);
    }

    private sealed class Visit(int weight)
    {
        public int Weight => weight;

        public CancellationTokenSource Stop { get; } = new();

        public Task Entry { get; set; } = Task.CompletedTask;
    }
}
