using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>What became of executions, as <c>report.lua</c> reads it.</summary>
internal static class ReportArguments
{
    /// <summary>All but the expansion.</summary>
    public static Arguments Complete(StepCompletion completion)
    {
        var result = PackedContent.Of(completion.Result);
        var artifacts = completion.Artifacts.Select(artifact => (artifact.Name, Content: PackedContent.Pack(artifact.Content.Span))).ToList();
        var contents = artifacts.Select(artifact => artifact.Content).ToList();
        if (result is { IsInline: false })
            contents.Add(result);
        var arguments = new Arguments().Add("complete").Add(completion.Model).Add(completion.Usage.Input).Add(completion.Usage.Output).Add(completion.Accepts ?? "")
            .Add(result is null ? [] : ResultValue.Encode(result)).Add(ArtifactsValue.Encode(artifacts)).Add(contents.Count);
        foreach (var content in contents)
            arguments.Add(content.Hash).Add(ContentValue.Encode(content));
        return arguments;
    }

    public static long Size(StepCompletion completion) => completion.Result.Length + completion.Artifacts.Sum(artifact => (long)artifact.Content.Length);

    public static Arguments Fail(StepFailure failure) => new Arguments().Add("fail").Add(failure.Model).Add(failure.Usage.Input).Add(failure.Usage.Output).Add(failure.Reason)
        .Add(failure.RetryAt is { } at ? at.ToUnixTimeMilliseconds() : "");

    public static Arguments Park(DateTimeOffset until, string reason) => new Arguments().Add("park").Add(reason).Add(until.ToUnixTimeMilliseconds());

    /// <summary>A single report.</summary>
    public static Arguments Of(StepLease lease, RedisValue holder, Arguments report) =>
        new Arguments().Add(1).Add(1).Add(lease.StepIndex).Add(lease.Epoch).Add(holder).AddAll(report);
}
