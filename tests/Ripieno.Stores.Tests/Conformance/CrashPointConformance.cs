using System.Text;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>
/// The process dies between every two writes of every operation. Each time another process must find a store that agrees with itself, and the operation, repeated, must
/// come to what it comes to undisturbed.
/// </summary>
public abstract class CrashPointConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly StepClass Work = new("default", "work");

    /// <summary>So small that every wide operation takes several commits.</summary>
    private const int Batch = 2;

    private static readonly Guid Worker = Guid.Parse("11111111-1111-1111-1111-111111111111");

    /// <summary>Name, what is there before, and the operation, which may be repeated.</summary>
    private static readonly Dictionary<string, (Func<Scene, Task> Before, Func<Scene, Task> Operation)> Operations = new(StringComparer.Ordinal)
    {
        ["submit"] = (_ => Task.CompletedTask, scene => scene.SubmitAsync("r", "a", "b:a", "c")),
        ["claim"] = (scene => scene.SubmitAsync("r", "a", "b", "c"), scene => scene.ClaimAsync(2)),
        ["complete"] = (scene => scene.RunningAsync("a", "b:a", "c:a", "d:b,c"), scene => scene.CompleteAsync("a")),
        ["complete the last step"] = (scene => scene.RunningAsync("a"), scene => scene.CompleteAsync("a")),
        ["expand"] = (scene => scene.RunningAsync("a", "z:a"), scene => scene.ExpandAsync("a", "a1", "a2:a1")),
        ["expand widely"] = (scene => scene.RunningAsync("a", "z:a"), scene => scene.ExpandAsync("a", "a1", "a2:a1", "a3", "a4:a3,a2", "a5")),
        ["try again later"] = (scene => scene.RunningAsync("a"), scene => scene.Store.FailAsync(scene.Lease("a"), new("broke", scene.Now.AddHours(1), new(1, 2)), None)),
        ["fail and skip"] = (scene => scene.RunningAsync("a", "b:a", "c:b", "d:a"), scene => scene.FailAsync("a")),
        ["fail and skip widely"] = (scene => scene.RunningAsync("a", "b:a", "c:a", "d:a", "e:b", "f:c", "g:d"), scene => scene.FailAsync("a")),
        ["fail and stop"] = (scene => scene.StoppingAsync(1, "a", "b:a", "c", "d:c", "e", "f:e", "g"), scene => scene.FailAsync("a")),
        ["hand back to a stopped run"] = (
            async scene =>
            {
                await scene.StoppingAsync(3, "a", "b", "c", "d:b", "e:d");
                await scene.FailAsync("a");
                await scene.Store.SettleAsync(None);
            },
            scene => scene.Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None)),
        ["retry after a stop"] = (
            async scene =>
            {
                await scene.StoppingAsync(1, "a", "b:a", "c", "d:c", "e");
                await scene.FailAsync("a");
                await scene.Store.SettleAsync(None);
            },
            scene => scene.RetryAsync()),
        ["park"] = (scene => scene.RunningAsync("a"), scene => scene.Store.ParkAsync(scene.Lease("a"), scene.Now.AddHours(1), "away", None)),
        ["release"] = (scene => scene.RunningAsync("a"), scene => scene.Store.ReleaseAsync(scene.Lease("a"), None)),
        ["cancel"] = (scene => scene.RunningAsync("a", "b", "c:a", "d:a", "e:c", "f:d"), scene => scene.Store.CancelAsync("r", None)),
        ["retry"] = (scene => scene.FailedAsync("a", "b:a", "c:b"), scene => scene.RetryAsync()),
        ["delete"] = (scene => scene.FailedAsync("a", "b:a", "c:b"), scene => scene.Store.DeleteRunsAsync(["r"], None)),
        ["die"] = (scene => scene.RunningAsync("a", "b", "c"), scene => scene.Store.EndInstanceAsync(Worker, InstanceEnd.Died, None)),
        ["dead-letter"] = (scene => scene.SuspectAsync("a", "b:a", "c:b"), scene => scene.Store.EndInstanceAsync(Worker, InstanceEnd.Died, None)),
        ["stop"] = (scene => scene.RunningAsync("a", "b", "c"), scene => scene.Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None)),
        ["permit"] = (
            scene => scene.SubmitAsync("r", "a"), scene => scene.Store.AcquirePermitAsync(new("limit", 1, 1, Worker, Worker, TimeSpan.FromHours(1)), None)),
    };

    [Fact]
    [Trait("Promise", "I5")]
    [Trait("Promise", "I16")]
    public async Task Every_operation_survives_a_kill_between_any_two_writes()
    {
        foreach (var (name, (before, operation)) in Operations)
        {
            var kills = await KillEverywhereAsync(before, operation);
            Assert.True(kills > 0, $"'{name}' writes nothing.");
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {kills} kills");
        }
    }

    private static async Task<int> KillEverywhereAsync(Func<Scene, Task> before, Func<Scene, Task> operation)
    {
        string undisturbed;
        await using (var scene = await Scene.OpenAsync())
        {
            await before(scene);
            await operation(scene);
            undisturbed = await scene.PictureAsync();
        }

        var kills = 0;
        for (var write = 1; ; write++)
        {
            await using var scene = await Scene.OpenAsync();
            await before(scene);
            if (!await scene.KillAsync(write, operation))
                return kills;
            kills++;
            Assert.Empty((await scene.Store.CheckAsync(None)).Problems);
            await operation(scene);
            var picture = await scene.PictureAsync();
            Assert.True(undisturbed == picture, $"Killed at write {write}. Undisturbed:\n{undisturbed}\nRepeated:\n{picture}");
        }
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly TFixture _fixture = new();
        private readonly Dictionary<string, StepLease> _leases = new(StringComparer.Ordinal);

        public IStore Store { get; private set; } = null!;

        public DateTimeOffset Now => _fixture.Time.GetUtcNow();

        public static async Task<Scene> OpenAsync()
        {
            var scene = new Scene();
            scene.Store = await scene._fixture.OpenAsync(Batch);
            await scene.RegisterAsync();
            return scene;
        }

        public StepLease Lease(string key) => _leases[key];

        /// <summary>Steps as <c>key:dependency,dependency</c>.</summary>
        public Task<SubmitOutcome> SubmitAsync(string run, params string[] steps) => Store.SubmitAsync(Run(run, steps), None);

        /// <summary>A run that begins nothing more once a step has failed, with its first steps running.</summary>
        public async Task StoppingAsync(int running, params string[] steps)
        {
            await Store.SubmitAsync(Run("r", steps) with { StopOnFailure = true }, None);
            await ClaimAsync(running);
        }

        private static RunSubmission Run(string run, string[] steps) =>
            new()
            {
                Id = run,
                Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(run)),
                Title = run,
                Workflow = "standard",
                Snapshot = "{}"u8.ToArray(),
                Steps = [.. steps.Select(Spec)],
            };

        public async Task ClaimAsync(int count)
        {
            foreach (var step in await Store.ClaimAsync(
                new() { Incarnation = Worker, Classes = [new(Work, count)], Count = count, Lease = CrashPointConformance<TFixture>.Lease }, None))
            {
                _leases[step.Key] = step.Lease;
            }
        }

        public async Task RunningAsync(params string[] steps)
        {
            await SubmitAsync("r", steps);
            await ClaimAsync(10);
        }

        public async Task FailedAsync(params string[] steps)
        {
            await RunningAsync(steps);
            await FailAsync("a");
            await Store.SettleAsync(None);
        }

        /// <summary>The first step is executing alone for the second time, after three deaths.</summary>
        public async Task SuspectAsync(params string[] steps)
        {
            await RunningAsync(steps);
            for (var i = 0; i < 3; i++)
            {
                await Store.EndInstanceAsync(Worker, InstanceEnd.Died, None);
                await RegisterAsync();
                await ClaimAsync(1);
            }
        }

        public Task<ReportOutcome> CompleteAsync(string key) => Store.CompleteAsync(
            Lease(key), new() { Result = "{}"u8.ToArray(), Artifacts = [new("x.txt", "x"u8.ToArray())], Usage = new(3, 4), Model = "m" }, None);

        public Task<ReportOutcome> ExpandAsync(string key, params string[] steps) =>
            Store.CompleteAsync(Lease(key), new() { Expansion = new(ExpansionTarget.Self, [.. steps.Select(Spec)]) }, None);

        public Task<ReportOutcome> FailAsync(string key) => Store.FailAsync(Lease(key), new("broke", null, new(1, 2)), None);

        /// <summary>A retry that has happened is refused the second time.</summary>
        public async Task RetryAsync()
        {
            if ((await Store.FindRunAsync("r", None))!.Status == RunStatus.Failed)
                await Store.RetryAsync("r", [], None);
        }

        /// <summary>The operation, and what it leaves to be carried out, die at a write; another process opens the store. False when there are not so many writes.</summary>
        public async Task<bool> KillAsync(int write, Func<Scene, Task> operation)
        {
            await _fixture.KillAtWriteAsync(write);
            var died = false;
            try
            {
                await operation(this);
                await Store.SettleAsync(None);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                died = true;
            }

            await _fixture.BuryAsync();
            Store = await _fixture.OpenAsync(Batch);
            return died;
        }

        /// <summary>Everything that can be seen of the run, once nothing is under way any more.</summary>
        public async Task<string> PictureAsync()
        {
            await Store.SettleAsync(None);
            var picture = new StringBuilder();
            if (await Store.FindRunAsync("r", None) is { } run)
                picture.AppendLine($"{run.Status} {run.CancelRequested} {run.Steps} {run.OpenSteps} {run.FailedSteps} {run.Usage} {run.FinishedAt}");
            foreach (var step in await Store.ListStepsAsync("r", -1, 100, None))
            {
                picture.AppendLine(
                    $"{step.Key} {step.Status} {step.Generation} {step.FailedAttempts} {step.Epoch} {step.Deaths} {step.DeathsAlone} {step.Result} {step.Reason} {step.Usage} {step.DueAt} {step.Instance}");
                foreach (var dependency in await Store.ListDependenciesAsync("r", step.Index, None))
                    picture.AppendLine($"  after {dependency.Key} {dependency.Status}");
            }

            var events = await Store.ListEventsAsync("r", 0, 100, None);
            // Which of two steps is skipped first is nobody's promise.
            foreach (var one in events.Select(one => $"{one.Kind} {one.StepKey} {one.Detail}").Order(StringComparer.Ordinal))
                picture.AppendLine(one);
            foreach (var artifact in await Store.ListArtifactsAsync("r", null, None))
                picture.AppendLine($"{artifact.StepKey} {artifact.Name} {artifact.Hash}");
            foreach (var figures in await Store.ListHourlyAsync(default, DateTimeOffset.MaxValue, None))
                picture.AppendLine(figures.ToString());
            var check = await Store.CheckAsync(None);
            picture.AppendLine($"{check.Pending} pending; {string.Join("; ", check.Problems)}");
            return picture.ToString();
        }

        public ValueTask DisposeAsync() => _fixture.DisposeAsync();

        private static StepSpec Spec(string text)
        {
            var parts = text.Split(':');
            return new()
            {
                Key = parts[0],
                Definition = "work",
                Class = Work,
                DependsOn = parts.Length > 1 ? [.. parts[1].Split(',')] : [],
                Input = Encoding.UTF8.GetBytes($"\"{parts[0]}\""),
            };
        }

        private Task RegisterAsync() =>
            Store.RegisterInstanceAsync(new(Worker, "worker", "host", Environment.ProcessId, 1, "0.1.0", 8, default), CrashPointConformance<TFixture>.Lease, None);
    }
}
