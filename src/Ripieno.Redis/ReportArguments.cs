using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>What became of an execution, as <c>report.lua</c> reads it.</summary>
/// <param name="Kind">Which of its functions it is for.</param>
/// <param name="Flags">Which arguments there are.</param>
/// <param name="Usage">Tokens that the execution has spent.</param>
/// <param name="Arguments">What is not in the head.</param>
internal sealed record ReportArguments(ReportKind Kind, ReportFlags Flags, TokenUsage Usage, Arguments Arguments)
{
    /// <param name="completion">All but its expansion.</param>
    /// <param name="expansion">What <c>steps.lua</c> reads, and how it goes into the run before that; null = none.</param>
    public static ReportArguments Complete(StepCompletion completion, Arguments? expansion = null)
    {
        var arguments = new Arguments();
        var flags = ReportFlags.None;
        Add(ReportFlags.Model, completion.Model);
        Add(ReportFlags.Accepts, completion.Accepts ?? "");
        var result = PackedContent.Of(completion.Result);
        if (result is not null)
            Add(ReportFlags.Result, ResultValue.Encode(result));
        var contents = new List<PackedContent>();
        if (!completion.Artifacts.IsEmpty)
        {
            var artifacts = completion.Artifacts.Select(artifact => (artifact.Name, Content: PackedContent.Pack(artifact.Content.Span))).ToList();
            Add(ReportFlags.Artifacts, ArtifactsValue.Encode(artifacts));
            contents.AddRange(artifacts.Select(artifact => artifact.Content));
        }

        if (result is { IsInline: false })
            contents.Add(result);
        if (contents.Count > 0)
            Add(ReportFlags.Contents, contents.Count);
        foreach (var content in contents)
            arguments.Add(content.Hash).Add(ContentValue.Encode(content));
        if (expansion is not null)
        {
            flags |= ReportFlags.Expansion;
            arguments.AddAll(expansion);
        }

        if (completion.Fallback is { Length: > 0 } fallback)
        {
            flags |= ReportFlags.Fallback;
            arguments.Add(fallback);
        }

        return new(ReportKind.Complete, flags, completion.Usage, arguments);

        void Add(ReportFlags flag, RedisValue value)
        {
            if (value.IsNullOrEmpty)
                return;
            flags |= flag;
            arguments.Add(value);
        }
    }

    public static long Size(StepCompletion completion) => completion.Result.Length + completion.Artifacts.Sum(artifact => (long)artifact.Content.Length);

    public static ReportArguments Fail(StepFailure failure)
    {
        var arguments = new Arguments().Add(failure.Reason);
        var flags = ReportFlags.None;
        if (failure.Model.Length > 0)
        {
            flags |= ReportFlags.Model;
            arguments.Add(failure.Model);
        }

        if (failure.RetryAt is { } at)
        {
            flags |= ReportFlags.Retry;
            arguments.Add(at.ToUnixTimeMilliseconds());
        }

        return new(ReportKind.Fail, flags, failure.Usage, arguments);
    }

    public static ReportArguments Park(DateTimeOffset until, string reason) =>
        new(ReportKind.Park, ReportFlags.None, default, new Arguments().Add(reason).Add(until.ToUnixTimeMilliseconds()));

    public static ReportArguments Release() => new(ReportKind.Release, ReportFlags.None, default, new());

    /// <summary>Reports of one call.</summary>
    /// <param name="reports">In this order they are answered.</param>
    /// <param name="runs">The runs that they touch, to be declared.</param>
    /// <param name="begins">False = nothing more begins; only what an earlier attempt has handed out is told again.</param>
    public static Arguments Join(IReadOnlyCollection<LeaseReport> reports, out IReadOnlyList<string> runs, bool begins = true)
    {
        var places = new Numbered<string>(StringComparer.Ordinal);
        var holders = new Numbered<RedisValue>(EqualityComparer<RedisValue>.Default);
        var wishes = new Numbered<string>(StringComparer.Ordinal);
        var heads = new ValueWriter();
        var body = new Arguments();
        foreach (var (lease, holder, report, next) in reports)
        {
            report.WriteHead(heads, next is null ? report.Kind : ReportKind.CompleteAndFollow, places.Number(lease.RunId), lease, holder.IsNullOrEmpty ? 0 : holders.Number(holder));
            if (next is not null)
                body.Add(wishes.Number(string.Join('\n', next.Classes.Select(HandedOut.NameOf))));
            body.AddAll(report.Arguments);
        }

        runs = places.All;
        var arguments = new Arguments().Add(holders.All.Count);
        foreach (var holder in holders.All)
            arguments.Add(holder);
        arguments.Add(begins ? 1 : 0).Add(wishes.All.Count);
        foreach (var wish in wishes.All)
        {
            var classes = wish.Split('\n');
            arguments.Add(classes.Length);
            foreach (var name in classes)
                arguments.Add(name);
        }

        return arguments.Add(reports.Count).Add(heads.ToArray()).AddAll(body);
    }

    private void WriteHead(ValueWriter heads, ReportKind kind, int run, StepLease lease, int holder) =>
        heads.U2(run).U4(lease.StepIndex).U4(lease.Epoch).U1(holder).U1((byte)kind).U1((byte)Flags).I8(Usage.Input).I8(Usage.Output);
}

/// <summary>A report on an execution.</summary>
/// <param name="Lease">What is reported on.</param>
/// <param name="Holder">Whose it is; empty = unknown.</param>
/// <param name="Report">What became of it.</param>
/// <param name="Next">What its holder can go on with, of a completion; null = nothing is to follow.</param>
internal readonly record struct LeaseReport(StepLease Lease, RedisValue Holder, ReportArguments Report, FollowUpRequest? Next);

/// <summary>What became of a report.</summary>
/// <param name="Text">As the script says it.</param>
/// <param name="FollowUp">What was handed out with it.</param>
internal readonly record struct ReportAnswer(string Text, PackedClaim? FollowUp);

/// <summary>Functions of <c>report.lua</c>.</summary>
internal enum ReportKind : byte
{
    Complete = 1,
    Fail = 2,
    Park = 3,
    Release = 4,
    CompleteAndFollow = 5,
}

/// <summary>Arguments of a report that are not always there, in the order in which they stand.</summary>
[Flags]
internal enum ReportFlags : byte
{
    None = 0,
    Model = 1,
    Accepts = 2,
    Result = 4,
    Artifacts = 8,
    Contents = 16,
    Expansion = 32,
    Retry = 64,
    Fallback = 128,
}
