using System.Text;
using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Tests.Redis;

public sealed class ValuesTests
{
    private static readonly ContentHash Snapshot = ContentHash.Of("snapshot"u8);
    private static readonly ContentHash Input = ContentHash.Of("input"u8);

    private static readonly RunSubmission Submission = new()
    {
        Id = "naïve-run",
        Title = "Überschrift ✓",
        Workflow = "standard",
        Tenant = "team-ö",
        Fingerprint = ContentHash.Of("asked for"u8),
        Priority = 7,
        Weight = 3,
        TenantWeight = 2,
        MaxParallel = 4,
        MaxSteps = 9000,
        MaxDeathsAlone = 5,
        StopOnFailure = true,
        Snapshot = "snapshot"u8.ToArray(),
        Steps = [],
    };

    private static readonly byte[] Info = [.. RunInfo.Encode(Submission, Snapshot, Input), .. new ValueWriter().I8(1_700_000_000_123).ToArray()];

    private static readonly byte[] Run = new ValueWriter()
        .U1(2).U1(1).U4(10).U4(12).U4(3).U4(4).U4(99).I8(1000).I8(2000).I8(1_700_000_000_001).I8(1_700_000_000_002).I8(77).U4(6)
        .U2(2).U2(1).U2(1).I8(5000).U1(1).U4(4).U2(7).I8(6000).U1(0).U4(0).Bytes(new byte[13]).U1(0).ToArray();

    private static readonly byte[] SmallRunHead = new ValueWriter()
        .U1(0).U1(0).U4(2).U4(3).U4(2).U4(0).U4(1).I8(0).I8(0).I8(0).I8(0).I8(77).U4(0).U2(0).U2(0).U1(1).U4(5).Bytes("terms"u8).U4(2).Bytes("\0\0"u8).ToArray();

    private static readonly byte[] StepHead = new ValueWriter()
        .U1(3).U1(1).U2(1).U2(65_000).U2(2).U2(3).U2(4).U2(5).U4(4_000_000_000).U4(6).U4(7).U4(8).U4(9).U4(10).I4(-1).I4(-20).I4(11).U4(12).U4(13)
        .I8(101).I8(102).I8(103).I8(104).I8(105).I8(106).I8(107).ToArray();

    private static readonly byte[] Instance = [
        .. new ValueWriter().U4(5).U4(4711).I8(-3).I8(1_700_000_000_005).U4(8).I8(1_700_000_030_005).ToArray(),
        .. InstanceValue.EncodeTexts(new(Guid.Empty, "worker", "host/boot", 0, 0, "1.2.3", 0, default))];

    private static readonly byte[] FiguresField = [.. new ValueWriter().U4(472_222).ToArray(), .. "standard\0execute\0ollama/m"u8];

    private static readonly byte[] Figures = new ValueWriter()
        .Double(1).Double(2).Double(3).Double(4).Double(5000).Double(6.25).Double(7).Double(8000).Double(9).Double(10).ToArray();

    [Fact]
    public void What_a_run_was_submitted_with_comes_back() => Assert.Equal(
        new RunInfo("naïve-run", "Überschrift ✓", Submission.Fingerprint, Snapshot, Input, 1_700_000_000_123), RunInfo.Decode(Info));

    [Fact]
    public void The_terms_of_a_run_come_back() =>
        Assert.Equal(new RunTerms(-7, 3, 2, 4, 9000, 5, true, "standard", "team-ö", Snapshot), RunTerms.Decode(RunTerms.Encode(Submission, Snapshot)));

    [Fact]
    public void A_text_that_its_length_cannot_say_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(() => RunTerms.Encode(Submission with { Tenant = new('ö', 40_000) }, Snapshot));
        Assert.Equal("the run's tenant: found 80000 bytes, expected at most 65535 bytes", error.Message.TrimEnd('.'));
    }

    [Fact]
    public void The_state_of_a_run_is_read()
    {
        var run = RunValue.Decode(Run);

        Assert.Equal([new(1, 5000, true, 3), new(7, 6000, false)], run.Lanes);
        Assert.Equal(new(RunStatus.Failed, true, 10, 12, 3, 4, 99, new(1000, 2000), 1_700_000_000_001, 1_700_000_000_002, 77, 5, run.Lanes, true, null), run);
    }

    [Fact]
    public void The_steps_of_a_small_run_are_read()
    {
        byte[] hole = [254, .. new byte[StepValue.Size - 1]];

        var run = RunValue.Decode((byte[])[.. SmallRunHead, .. StepHead, .. hole, .. StepHead, 2, 0, 2, 0, 1, 2, .. new ValueWriter().U4(7).Bytes("weil ö"u8).ToArray()]);

        Assert.Equal([(0, 2), (0, 1)], run.Small!.Dependencies);
        Assert.Equal([StepValue.Decode(StepHead), null, StepValue.Decode(With(StepHead, "weil ö"))], run.Small.Steps);
        Assert.Equal("weil ö", run.StepOrNull(2, RedisValue.Null)!.Reason);
        Assert.Null(run.StepOrNull(3, StepHead));
        Assert.Throws<StoreDamagedException>(() => RunValue.Decode((byte[])[.. SmallRunHead, .. StepHead, .. hole, .. StepHead, 0, 1, 0, 0]));
    }

    [Fact]
    public void The_state_of_a_step_is_read()
    {
        var step = StepValue.Decode(With(StepHead, "weil ö"));

        Assert.Equal(
            new()
            {
                Status = StepStatus.Running,
                Trigger = Trigger.AllDone,
                Generation = 2,
                FailedAttempts = 3,
                Deaths = 4,
                DeathsAlone = 5,
                Epoch = 4_000_000_000,
                RecordedEpoch = 6,
                Pending = 7,
                BrokenDependencies = 8,
                OpenMembers = 9,
                BrokenMembers = 10,
            }, step.State);
        Assert.Equal((1, 65_000, null, -20, 11, 12u, 13), (step.Definition, step.Class, step.Parent, step.Rank, step.Accepted, step.Owner, step.Fan));
        Assert.Equal((101, 102, 103, 104, 105), (step.Since, step.Claimed, step.Due, step.Started, step.Finished));
        Assert.Equal((new TokenUsage(106, 107), "weil ö", false), (step.Usage, step.Reason, step.IsStaged));
    }

    [Fact]
    public void A_step_without_a_reason_has_none_and_one_written_ahead_is_known_as_such()
    {
        Assert.Null(StepValue.Decode(StepHead).Reason);
        Assert.True(StepValue.Decode((byte[])[255, .. StepHead[1..]]).IsStaged);
        Assert.Throws<StoreDamagedException>(() => StepValue.Decode((byte[])[10, .. StepHead[1..]]));
    }

    [Fact]
    public void The_constants_of_a_step_are_read()
    {
        var head = new ValueWriter().Text("key", "tasks/ü").HashOrNull(Input).ToArray();
        var step = StepConstants.Decode((byte[])[.. head, .. new ValueWriter().U4(3).U4(70_000).ToArray()]);
        Assert.Equal(("tasks/ü", Input), (step.Key, step.Input));
        Assert.Equal([3, 70_000], step.Dependencies);
        Assert.Null(StepConstants.Decode(new ValueWriter().Text("key", "a").HashOrNull(null).ToArray()).Input);
        Assert.Throws<StoreDamagedException>(() => StepConstants.Decode((byte[])[.. head, 0, 0, 0]));

        var inline = StepConstants.Decode(new ValueWriter().Text("key", "a").U1(2).Hash(Input).U2(3).Bytes("abc"u8).U4(3).ToArray());
        Assert.Equal((Input, "abc"), (inline.Input, Encoding.UTF8.GetString(inline.InlineInput!)));
        Assert.Equal([3], inline.Dependencies);
    }

    [Fact]
    public void Definitions_and_their_counts_are_read()
    {
        var names = DefinitionsValue.DecodeNames(new ValueWriter().Text("", "plan").Text("", "wörk").ToArray());
        var counts = new ValueWriter();
        for (var i = 0; i < 20; i++)
            counts.U4(i is 5 or 11 or 13 ? i : 0);

        Assert.Equal(["plan", "wörk"], names);
        Assert.Equal(
            [new("plan", StepStatus.Succeeded, 5), new("wörk", StepStatus.Ready, 11), new("wörk", StepStatus.Running, 13)],
            DefinitionsValue.DecodeCounts(counts.ToArray(), names));
        Assert.Throws<StoreDamagedException>(() => DefinitionsValue.DecodeCounts(counts.ToArray(), ["plan"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_content_comes_back(int size)
    {
        var content = new byte[size];
        var packed = PackedContent.Pack(content);
        var stored = ContentValue.Encode(packed);
        Assert.Equal(content, ContentValue.Decode(packed.Hash, stored).ToArray());
        stored[^1] ^= 1;
        Assert.Throws<StoreDamagedException>(() => ContentValue.Decode(packed.Hash, stored));
    }

    [Fact]
    public void A_result_stands_with_its_step_when_it_is_small()
    {
        var small = ResultValue.Decode(ResultValue.Encode(PackedContent.Pack("small"u8)));
        Assert.Equal((ContentHash.Of("small"u8), -5, true), (small.Hash, small.SignedSize, small.IsInline));
        Assert.Equal("small"u8.ToArray(), small.Body);

        var noise = new byte[2000];
        new Random(1).NextBytes(noise);
        var large = ResultValue.Decode(ResultValue.Encode(PackedContent.Pack(noise)));
        Assert.Equal((ContentHash.Of(noise), -2000, false), (large.Hash, large.SignedSize, large.IsInline));
    }

    [Fact]
    public void Artifacts_come_back()
    {
        var stored = ArtifactsValue.Encode([("src/a.cs", PackedContent.Pack("a"u8)), ("leer", PackedContent.Pack([]))]);
        Assert.Equal([("src/a.cs", ContentHash.Of("a"u8), 1), ("leer", ContentHash.Of([]), 0)], ArtifactsValue.Decode(stored));
    }

    [Fact]
    public void An_instance_comes_back() => Assert.Equal(
        new InstanceValue(5, 4711, -3, 1_700_000_000_005, 8, 1_700_000_030_005, "worker", "host/boot", "1.2.3"), InstanceValue.Decode(Instance));

    [Fact]
    public void Hourly_figures_are_read_and_add_up()
    {
        var figures = FiguresValue.Decode(FiguresField, Figures);
        Assert.Equal((1_699_999_200_000, "standard", "execute", "ollama/m"), (figures.Hour.ToUnixTimeMilliseconds(), figures.Workflow, figures.Agent, figures.Model));
        var twice = FiguresValue.Add(figures, figures);
        Assert.Equal((2, 4, 6, 8, 12.5, 14), (twice.Arrived, twice.Succeeded, twice.Failed, twice.Served, twice.ServiceSquares, twice.Claimed));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(16), new TokenUsage(18, 20)), (twice.Service, twice.Wait, twice.Usage));
        Assert.Throws<StoreDamagedException>(() => FiguresValue.Decode(FiguresField[..^9], Figures));
    }

    [Fact]
    public void Events_that_stand_together_are_read()
    {
        var together = new ValueWriter().I8(123).U1((int)RunEventKind.StepFailed).I4(4).U4(4).Bytes("weil"u8).I8(124).U1((int)RunEventKind.RunFinished).I4(-1).U4(0).ToArray();
        Assert.Equal([new(123, RunEventKind.StepFailed, 4, "weil"), new(124, RunEventKind.RunFinished, null, null)], EventValue.DecodeAll(together));
    }

    [Fact]
    public void A_place_comes_back()
    {
        var place = new Place("run/1", 0x0102_0304);
        Assert.Equal(place, Place.Decode(place.Encode()));
        Assert.Equal((place, 9u), Place.DecodeLease((byte[])[.. place.Encode(), 0, 0, 0, 9]));
        Assert.Throws<StoreDamagedException>(() => Place.Decode("no place"u8.ToArray()));
        Assert.Throws<StoreDamagedException>(() => Place.DecodeLease((byte[])[0, 0, 0]));
    }

    public static TheoryData<string> Formats => ["info", "terms", "run", "step", "instance", "figures", "result", "event", "artifacts", "names", "counts"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_value_that_is_cut_short_anywhere_is_damage(string format)
    {
        (byte[] Value, Action<byte[]> Decode) one = format switch
        {
            "info" => (Info, value => RunInfo.Decode(value)),
            "terms" => (RunTerms.Encode(Submission, Snapshot), value => RunTerms.Decode(value)),
            "run" => (Run, value => RunValue.Decode(value)),
            "step" => (StepHead, value => StepValue.Decode(value)),
            "instance" => (Instance, value => InstanceValue.Decode(value)),
            "figures" => (Figures, value => FiguresValue.Decode(FiguresField, value)),
            "result" => (new byte[36], value => ResultValue.Decode(value)),
            "event" => (new byte[17], value => EventValue.DecodeAll(value)),
            "artifacts" => (ArtifactsValue.Encode([("name", PackedContent.Pack([]))]), value => ArtifactsValue.Decode(value)),
            "names" => (new ValueWriter().Text("", "name").ToArray(), value => DefinitionsValue.DecodeNames(value)),
            _ => (new byte[40], value => DefinitionsValue.DecodeCounts(value, ["plan"])),
        };
        one.Decode(one.Value);
        // Lists may be empty.
        for (var length = format is "artifacts" or "names" or "counts" ? 1 : 0; length < one.Value.Length; length++)
            Assert.Throws<StoreDamagedException>(() => one.Decode(one.Value[..length]));
    }

    [Theory]
    [InlineData("info")]
    [InlineData("terms")]
    [InlineData("run")]
    [InlineData("instance")]
    public void A_value_with_something_behind_it_is_damage(string format) => Assert.Throws<StoreDamagedException>(() => _ = format switch
    {
        "info" => (object)RunInfo.Decode(With(Info, "!")),
        "terms" => RunTerms.Decode(With(RunTerms.Encode(Submission, Snapshot), "!")),
        "run" => RunValue.Decode(With(Run, "!")),
        _ => InstanceValue.Decode(With(Instance, "!")),
    });

    private static RedisValue With(byte[] head, string tail) => (byte[])[.. head, .. Encoding.UTF8.GetBytes(tail)];
}
