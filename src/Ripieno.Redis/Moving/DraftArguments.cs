using System.Text;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage.Moving;
using StackExchange.Redis;

namespace Ripieno.Redis.Moving;

/// <summary>What <c>draft.lua</c> and <c>appear.lua</c> are given.</summary>
internal static class DraftArguments
{
    /// <summary>No run has such an id, so its keys are nobody else's.</summary>
    public static string DraftOf(string runId) => "draft:" + runId;

    public static Arguments OfPart(RunDraft draft, ImagePart part)
    {
        var classes = new Numbered<StepClass>(EqualityComparer<StepClass>.Default);
        var (steps, fields, count) = (new Arguments(), new Arguments(), 0);
        foreach (var step in part.Steps)
        {
            var isListed = step.State is { Status: StepStatus.Ready, IsSuspect: false };
            steps.Add(step.Index).Add(classes.Number(step.Class)).Add(StepValue.Encode(step, draft.DefinitionOf(step))).Add(isListed ? -step.Priority : RedisValue.EmptyString);
            Field(RunFields.Constants(step.Index), StepConstants.Encode(step));
            Field(RunFields.Key(step.Key), step.Index);
            if (step.Input?.Inline is { } input)
                Field(RunFields.InputOf(input.Hash), step.Index);
            if (step.Result is { } result)
                Field(RunFields.Result(step.Index), ResultValue.Encode(result));
            if (step.Artifacts.Count > 0)
                Field(RunFields.Artifacts(step.Index), ArtifactsValue.Encode(step.Artifacts));
            foreach (var (field, value) in DependentsValue.Encode(step.Index, step.Dependents))
                Field(field, value);
        }

        foreach (var content in part.Contents)
            Field(RunFields.Content(content.Hash), ContentValue.Encode(content));
        var number = part.FirstEvent;
        foreach (var together in part.Events.Chunk(EventValue.Together))
        {
            Field(RunFields.Event(number), EventValue.EncodeAll(together));
            number += together.Length;
        }

        var arguments = new Arguments().Add(draft.Token.ToByteArray()).Add(part.Run is null ? 0 : 1).Add(classes.All.Count);
        foreach (var stepClass in classes.All)
            arguments.Add(Name(stepClass));
        return arguments.Add(part.Steps.Count).AddAll(steps).Add(count).AddAll(fields);

        void Field(RedisValue field, RedisValue value)
        {
            fields.Add(field).Add(value);
            count++;
        }
    }

    /// <param name="draft">All parts of it are written.</param>
    /// <param name="leastSeq">The run comes behind those before it, in whichever partition they are.</param>
    public static Arguments OfAppearance(RunDraft draft, long leastSeq)
    {
        var run = draft.Run;
        var arguments = new Arguments().Add(draft.Token.ToByteArray()).Add(draft.Digest!.Value.ToBytes()).Add(run.Fingerprint.ToBytes())
            .Add(new RunInfo(run.Id, run.Title, run.Fingerprint, run.Snapshot, run.Input, run.CreatedAt.ToUnixTimeMilliseconds()).Encode())
            .Add(new RunTerms(
                -run.Priority, run.Weight, run.TenantWeight, run.MaxParallel, run.MaxSteps, run.MaxDeathsAlone, run.StopOnFailure, run.Workflow, run.Tenant, run.Snapshot).Encode())
            .Add(DefinitionsValue.EncodeNames(draft.Definitions)).Add(DefinitionsValue.EncodeCounts(draft.Counts))
            .Add((int)run.Status).Add(run.CancelRequested ? 1 : 0).Add(run.Steps).Add(run.Next).Add(run.Open).Add(run.Failed).Add(run.Events).Add(run.Usage.Input).Add(run.Usage.Output)
            .Add(StepValue.Time(run.StartedAt)).Add(StepValue.Time(run.FinishedAt)).Add(run.StoppedBy + 1 ?? 0)
            .Add(draft.Snapshot.Hash).Add(ContentValue.Encode(draft.Snapshot)).Add(leastSeq);
        arguments.Add(draft.Ready.Count);
        foreach (var ready in draft.Ready)
            arguments.Add(Name(ready.Class)).Add(ready.Count).Add(ready.First).Add(-ready.Priority);
        arguments.Add(draft.Waiting.Count);
        foreach (var (index, dueAt) in draft.Waiting)
            arguments.Add(index).Add(StepValue.Time(dueAt));
        arguments.Add(draft.Suspects.Count);
        foreach (var (index, stepClass) in draft.Suspects)
            arguments.Add(Name(stepClass)).Add(index);
        arguments.Add(draft.Dead.Count);
        foreach (var (index, at) in draft.Dead)
            arguments.Add(index).Add(StepValue.Time(at));
        return arguments;
    }

    private static RedisValue Name(StepClass stepClass) => Encoding.UTF8.GetBytes($"{stepClass.Queue}\0{stepClass.Executor}");
}
