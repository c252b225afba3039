using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ripieno.Storage.Moving;

/// <summary>
/// A hash over an image, the same in every store and however the image was cut into parts. Contents are in it by their hashes, so two runs of one digest are equal in all that can be
/// read of them, and in all that decides how they go on.
/// </summary>
internal sealed class ImageDigest : IDisposable
{
    private readonly Part _run = new();
    private readonly Part _steps = new();
    private readonly Part _events = new();

    public void Add(ImagePart part)
    {
        if (part.Run is { } run)
            Add(run);
        foreach (var step in part.Steps)
            Add(step);
        foreach (var one in part.Events)
            _events.Add(one.At).Add((int)one.Kind).Add(one.StepIndex).Add(one.Detail);
    }

    public ContentHash Finish() => ContentHash.Of([.. _run.Finish(), .. _steps.Finish(), .. _events.Finish()]);

    public void Dispose()
    {
        _run.Dispose();
        _steps.Dispose();
        _events.Dispose();
    }

    private void Add(RunImage run) => _run
        .Add(run.Id).Add(run.Fingerprint).Add(run.Title).Add(run.Workflow).Add(run.Tenant).Add(run.TenantWeight).Add(run.Priority).Add(run.Weight).Add(run.MaxParallel)
        .Add(run.MaxSteps).Add(run.MaxDeathsAlone).Add(run.StopOnFailure ? 1 : 0).Add(run.Snapshot).Add(run.Input).Add((int)run.Status).Add(run.CancelRequested ? 1 : 0)
        .Add(run.StoppedBy).Add(run.Steps).Add(run.Next).Add(run.Open).Add(run.Failed).Add(run.Events).Add(run.Usage.Input).Add(run.Usage.Output)
        .Add(run.CreatedAt).Add(run.StartedAt).Add(run.FinishedAt);

    private void Add(StepImage step)
    {
        var state = step.State;
        _steps.Add(step.Index).Add(step.Key).Add(step.Definition).Add(step.Class.Queue).Add(step.Class.Executor).Add(step.Parent).Add(step.Priority)
            .Add((int)state.Status).Add((int)state.Trigger).Add(state.Pending).Add(state.BrokenDependencies).Add(state.OpenMembers).Add(state.BrokenMembers)
            .Add(state.Generation).Add(state.FailedAttempts).Add(state.Epoch).Add(state.RecordedEpoch).Add(state.Deaths).Add(state.DeathsAlone)
            .Add(step.Accepted).Add(step.Reason).Add(step.Usage.Input).Add(step.Usage.Output)
            .Add(step.ReadyAt).Add(step.ClaimedAt).Add(step.DueAt).Add(step.StartedAt).Add(step.FinishedAt).Add(step.Input?.Hash).Add(step.Result?.Hash);
        _steps.Add(step.Dependencies.Count);
        foreach (var source in step.Dependencies)
            _steps.Add(source);
        _steps.Add(step.Artifacts.Count);
        foreach (var artifact in step.Artifacts)
            _steps.Add(artifact.Name).Add(artifact.Hash).Add(artifact.Size);
    }

    /// <summary>Everything has its length before it, or a fixed one, so that no two images are the same bytes.</summary>
    private sealed class Part : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public Part Add(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            _hash.AppendData(bytes);
            return this;
        }

        public Part Add(long? number) => number is { } some ? Add(1L).Add(some) : Add(0L);

        public Part Add(string? text)
        {
            if (text is null)
                return Add(-1L);
            var bytes = Encoding.UTF8.GetBytes(text);
            Add((long)bytes.Length);
            _hash.AppendData(bytes);
            return this;
        }

        public Part Add(ContentHash? hash) => Add(hash?.ToString());

        public Part Add(DateTimeOffset? time) => Add(time?.ToUnixTimeMilliseconds() ?? -1L);

        public byte[] Finish() => _hash.GetHashAndReset();

        public void Dispose() => _hash.Dispose();
    }
}
