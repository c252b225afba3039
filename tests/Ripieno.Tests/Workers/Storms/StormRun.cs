using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>A run to be sent through a storm. What a step does stands at the end of its key (<see cref="StormExecutor"/>).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Steps">What it begins with.</param>
/// <param name="Cancels">It never ends by itself and is cancelled while it works.</param>
internal sealed record StormRun(string Id, ImmutableArray<StepSpec> Steps, bool Cancels = false)
{
    private static readonly string[] Deeds = ["plain", "plain", "call", "call", "fail1", "fail2", "park", "expand", "round", "broken"];

    public static IReadOnlyList<StormRun> Of(StormDice dice) =>
    [
        Chain(),
        Diamond(),
        .. Enumerable.Range(0, 3).Select(number => Random(dice, $"random-{number}")),
        new("cancelled", [Step("a-plain"), Step("b-endless", "a-plain"), Step("c-endless"), Step("d-plain", "b-endless")], Cancels: true),
    ];

    public static StepSpec Step(string key, params string[] dependsOn) => WorkerScene.Step(key, dependsOn);

    private static StormRun Chain() => new(
        "chain", [Step("a-plain"), Step("b-fail1", "a-plain"), Step("c-park", "b-fail1"), Step("d-call", "c-park"), Step("e-round", "d-call"), Step("f-plain", "e-round")]);

    /// <summary>Something fails for good; what needs it is skipped until the operator's retry, what looks at everything is executed both times.</summary>
    private static StormRun Diamond() => new(
        "diamond",
        [
            Step("a-call"), Step("b-broken", "a-call"), Step("c-expand", "a-call"), Step("d-plain", "b-broken", "c-expand"),
            Step("all-plain", "a-call", "b-broken", "c-expand", "d-plain") with { Trigger = Trigger.AllDone },
        ]);

    private static StormRun Random(StormDice dice, string id)
    {
        var steps = new List<StepSpec>();
        for (var number = 0; number < 10; number++)
        {
            var before = steps.Where(step => dice.Share($"{id} {number} {step.Key}") < 1.4 / (steps.Count + 1)).Select(step => step.Key);
            var deed = Deeds[dice.Below(Deeds.Length, $"{id} {number}")];
            steps.Add(Step($"s{number}-{deed}", [.. before]) with { Priority = dice.Below(3, $"{id} {number} priority") - 1 });
        }

        return new(id, [.. steps]);
    }
}
