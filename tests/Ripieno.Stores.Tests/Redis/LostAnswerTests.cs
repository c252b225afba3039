using System.Text;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Answers that are lost on the way back: what was asked for has happened, and the store must find that out.</summary>
public sealed class LostAnswerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly StepClass Work = new("default", "work");

    private static readonly Guid Worker = Guid.Parse("11111111-1111-1111-1111-111111111111");

    private static readonly Guid Permit = Guid.Parse("22222222-2222-2222-2222-222222222222");

    /// <summary>What is there before, and the operation with its answer as text.</summary>
    private static readonly Dictionary<string, (Func<Scene, Task> Before, Func<Scene, Task<string>> Operation)> Operations = new(StringComparer.Ordinal)
    {
        ["submit"] = (_ => Task.CompletedTask, scene => scene.AnswerAsync(store => store.SubmitAsync(Scene.Run("r", 3), None))),
        ["register"] = (_ => Task.CompletedTask, async scene =>
        {
            await scene.Store.RegisterInstanceAsync(Samples.Instance("second") with { Incarnation = Permit }, Lease, None);
            return "";
        }
        ),
        ["renew"] = (scene => scene.RunningAsync(3), scene => scene.AnswerAsync(async store =>
        {
            scene.Time.Advance(Lease / 2);
            var reply = await store.RenewAsync(Worker, scene.Leases, Lease, None);
            return $"{reply.Lost.Count} {reply.Cancelled.Count}";
        })),
        ["complete"] = (scene => scene.RunningAsync(3), scene => scene.AnswerAsync(store => store.CompleteAsync(scene.Leases[0], Result("done"), None))),
        ["complete and go on"] = (
            async scene =>
            {
                await scene.Store.SubmitAsync(Scene.Run("r", 1) with { Steps = [Scene.Step("a"), Scene.Step("b") with { DependsOn = ["a"] }] }, None);
                await scene.ClaimAsync(1);
            },
            scene => scene.AnswerAsync(async store =>
            {
                var (outcome, next) = await store.CompleteAsync(scene.Leases[0], Result("done"), new(Worker, [Work]), None);
                return $"{outcome} {next!.Lease} {next.Key} {next.Waited}";
            })),
        ["complete the last step"] = (scene => scene.RunningAsync(1), scene => scene.AnswerAsync(store => store.CompleteAsync(scene.Leases[0], Result("done"), None))),
        ["expand widely"] = (scene => scene.RunningAsync(2), scene => scene.AnswerAsync(store => store.CompleteAsync(
            scene.Leases[0], new() { Expansion = new(ExpansionTarget.Self, [.. Enumerable.Range(0, 9).Select(i => Scene.Step("x" + i))]) }, None))),
        ["fail"] = (scene => scene.RunningAsync(3), scene => scene.AnswerAsync(store => store.FailAsync(scene.Leases[0], new("broke", null, new(1, 2)), None))),
        ["try again later"] = (scene => scene.RunningAsync(1), scene => scene.AnswerAsync(
            store => store.FailAsync(scene.Leases[0], new("broke", scene.Time.GetUtcNow().AddHours(1), new(1, 2)), None))),
        ["park"] = (scene => scene.RunningAsync(1), scene => scene.AnswerAsync(
            store => store.ParkAsync(scene.Leases[0], scene.Time.GetUtcNow().AddHours(1), "away", None))),
        ["release"] = (scene => scene.RunningAsync(2), scene => scene.AnswerAsync(store => store.ReleaseAsync(scene.Leases[0], None))),
        ["cancel"] = (scene => scene.RunningAsync(2), scene => scene.AnswerAsync(store => store.CancelAsync("r", None))),
        ["retry"] = (scene => scene.FailedAsync(), scene => scene.AnswerAsync(store => store.RetryAsync("r", [], None))),
        ["delete"] = (scene => scene.FailedAsync(), scene => scene.AnswerAsync(store => store.DeleteRunsAsync(["r"], None))),
        ["die"] = (scene => scene.RunningAsync(3), scene => scene.AnswerAsync(store => store.EndInstanceAsync(Worker, InstanceEnd.Died, None))),
        ["stop"] = (scene => scene.RunningAsync(3), scene => scene.AnswerAsync(store => store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None))),
        ["permit"] = (_ => Task.CompletedTask, scene => scene.AnswerAsync(store => store.AcquirePermitAsync(new("limit", 1, 1, Worker, Permit, Lease), None))),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Promise", "I16")]
    public async Task An_operation_whose_answer_was_lost_comes_to_the_same_and_says_the_same(string name)
    {
        var (before, operation) = Operations[name];
        await LoseEverywhereAsync(before, operation);
    }

    /// <summary>Of a store that forgot what it gave, the first claim's steps would stay with nobody until the lease ran out.</summary>
    [Fact]
    [Trait("Promise", "I4")]
    [Trait("Promise", "I16")]
    public Task A_claim_repeated_after_a_lost_answer_gives_the_same_steps() => LoseEverywhereAsync(
        async scene =>
        {
            await scene.Store.SubmitAsync(Scene.Run("r", 5), None);
            await scene.Store.SubmitAsync(Scene.Run("s", 5), None);
        },
        scene => scene.AnswerAsync(async store =>
        {
            var claimed = await store.ClaimAsync(new() { Incarnation = Worker, Classes = [new(Work, 4)], Count = 4, Lease = Lease }, None);
            return string.Join(", ", claimed.Select(step => $"{step.Lease} {step.Key} {Encoding.UTF8.GetString(step.Input.Span)}"));
        }));

    /// <summary>Nobody chose which answers are lost, and all the same the books are those of a store that lost none.</summary>
    [Fact]
    [Trait("Promise", "I3")]
    public async Task With_one_in_twenty_five_answers_lost_the_ledger_is_exact()
    {
        string expected;
        await using (var plain = new RedisFixture())
            expected = await WorkAsync(plain);
        await using var lossy = new LossyRedisFixture();

        var found = await WorkAsync(lossy);

        TestContext.Current.TestOutputHelper?.WriteLine($"{lossy.Swallowed} answers lost");
        Assert.True(lossy.Swallowed > 0, "No answer was lost.");
        Assert.Equal(expected, found);
    }

    private static async Task<string> WorkAsync(RedisFixture fixture)
    {
        await using var scene = await Scene.OpenAsync(fixture);
        for (var i = 0; i < 50; i++)
            await scene.Store.SubmitAsync(Scene.Run($"r{i:00}", 4), None);
        var executed = 0;
        while (await scene.ClaimAsync(3) is > 0 and var count)
        {
            foreach (var lease in scene.Leases)
                Assert.Equal(ReportOutcome.Recorded, await scene.Store.CompleteAsync(lease, Result($"{lease.RunId}/{lease.StepIndex}"), None));
            executed += count;
        }

        Assert.Equal(200, executed);
        return await StorePicture.OfAsync(scene.Store);
    }

    /// <summary>The answer to each write of the operation in turn is lost.</summary>
    private static async Task LoseEverywhereAsync(Func<Scene, Task> before, Func<Scene, Task<string>> operation)
    {
        string expected;
        await using (var scene = await Scene.OpenAsync(new()))
        {
            await before(scene);
            expected = await operation(scene) + "\n" + await StorePicture.OfAsync(scene.Store);
        }

        for (var write = 1; ; write++)
        {
            await using var fixture = new LossyRedisFixture { OneIn = 0 };
            await using var scene = await Scene.OpenAsync(fixture);
            await before(scene);
            fixture.LoseAnswerTo(write);
            var answer = await operation(scene);
            await scene.Store.SettleAsync(None);
            if (fixture.Swallowed == 0)
            {
                Assert.True(write > 1, "The operation writes nothing.");
                return;
            }

            Assert.Equal(1, fixture.Swallowed);
            Assert.Equal(expected, answer + "\n" + await StorePicture.OfAsync(scene.Store));
        }
    }

    private static StepCompletion Result(string text) => new() { Result = Encoding.UTF8.GetBytes($"\"{text}\""), Usage = new(3, 4), Model = "m" };

    private sealed class Scene(RedisFixture fixture) : IAsyncDisposable
    {
        public IStore Store { get; private set; } = null!;

        public Microsoft.Extensions.Time.Testing.FakeTimeProvider Time => fixture.Time;

        public IReadOnlyList<StepLease> Leases { get; private set; } = [];

        public static async Task<Scene> OpenAsync(RedisFixture fixture)
        {
            // So small a batch that wide changes take several writes.
            var scene = new Scene(fixture) { Store = await fixture.OpenAsync(batch: 2) };
            await scene.Store.RegisterInstanceAsync(new(Worker, "worker", "host", 4711, 1, "0.1.0", 8, default), Lease, None);
            return scene;
        }

        public static StepSpec Step(string key, params string[] dependsOn) =>
            new() { Key = key, Definition = "work", Class = Work, DependsOn = [.. dependsOn], Input = Encoding.UTF8.GetBytes($"\"{key}\"") };

        /// <summary>So many steps; of more than three the last comes after the first.</summary>
        public static RunSubmission Run(string id, int steps) => Samples.Run(id) with
        {
            Steps = [.. Enumerable.Range(0, steps - (steps > 3 ? 1 : 0)).Select(i => Step($"{id}-{i}")), .. steps > 3 ? (StepSpec[])[Step(id + "-after", id + "-0")] : []],
        };

        public async Task<string> AnswerAsync<T>(Func<IStore, Task<T>> operation) => $"{await operation(Store)}";

        public async Task<int> ClaimAsync(int count)
        {
            var claimed = await Store.ClaimAsync(new() { Incarnation = Worker, Classes = [new(Work, count)], Count = count, Lease = Lease }, None);
            Leases = [.. claimed.Select(step => step.Lease)];
            return claimed.Count;
        }

        /// <summary>A run with steps in the worker's hands, and more that follow from the first.</summary>
        public async Task RunningAsync(int steps)
        {
            await Store.SubmitAsync(
                Run("r", steps) with { Steps = [.. Enumerable.Range(0, steps).Select(i => Step("s" + i)), .. steps > 1 ? Enumerable.Range(0, 5).Select(i => Step("after" + i, "s0")) : []] },
                None);
            Assert.Equal(steps, await ClaimAsync(steps));
        }

        public async Task FailedAsync()
        {
            await RunningAsync(2);
            foreach (var lease in Leases)
                await Store.FailAsync(lease, new("broke", null, default), None);
            await Store.SettleAsync(None);
        }

        public ValueTask DisposeAsync() => fixture.DisposeAsync();
    }
}
