using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Agents;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Coded;
using Ripieno.Agents.Custom;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Tests.Configuration;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Tests.Workflows;

/// <summary>Whole runs of users' workflows on a real store, with a model that answers as the test says.</summary>
public sealed class OwnRunTests : IAsyncLifetime
{
    private const string RunId = "own";

    private readonly ConfigFolder _folder = new();
    private readonly Guid _incarnation = Guid.NewGuid();
    private readonly List<(string Step, string System, string User)> _asked = [];
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private SqliteStore _store = null!;
    private RunSnapshot _snapshot = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteStore.OpenAsync(Path.Combine(_folder.Path, "test.db"), _time, default);
        await _store.RegisterInstanceAsync(new(_incarnation, "test", "host", Environment.ProcessId, 1, "1", 1, _time.GetUtcNow()), TimeSpan.FromHours(1), default);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_list_is_worked_off_and_joined()
    {
        await StartAsync(
            """
            { "id": "views", "agent": "writer", "prompt": "Views of {{input.question}}", "answer": { "type": "array", "items": { "type": "string" } } },
            { "id": "study", "forEach": "views", "agent": "writer", "prompt": "{{index}}: {{item}} of {{input.question}}" },
            { "id": "report", "agent": "writer", "prompt": "Report", "input": { "studies": "{{study}}", "second": "{{study.1}}" }, "file": "out/report.md" }
            """,
            """{ "question": "tea" }""");

        var order = await WorkAsync((step, _) => step switch { "views" => """["hot", "cold"]""", "report" => "All is well.", _ => "about " + step });

        Assert.Equal(["views", "study", "study/1", "study/2", "report"], order);
        Assert.Equal("Views of tea\n\nAnswer with JSON only.", Asked("views"));
        Assert.Equal("2: cold of tea", Asked("study/2"));
        Assert.Equal("Report\n\n<second>\nabout study/2\n</second>\n\n<studies>\n[\"about study/1\",\"about study/2\"]\n</studies>", Asked("report"));
        Assert.Equal("All is well.\n", await FileAsync("out/report.md"));
        Assert.Contains("4 steps: 4 done", await FileAsync("summary.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_wait_for_each_other_by_their_ids()
    {
        await StartAsync(
            """{ "id": "do", "forEach": "input", "itemsDependOn": "after", "agent": "writer", "prompt": "{{item.id}}" }""",
            """[ { "id": "c", "after": ["a", "b"] }, { "id": "b", "after": "a" }, { "id": "a" }, 7 ]""");

        Assert.Equal(["do", "do/a", "do/b", "do/c", "do/4"], await WorkAsync((_, _) => "ok"));
    }

    [Theory]
    [InlineData("""[ { "id": "a", "after": ["b"] }, { "id": "b", "after": ["a"] } ]""", "in a circle; among them: a, b")]
    [InlineData("""[ { "id": "a", "after": ["a"] } ]""", "in a circle; among them: a")]
    [InlineData("""[ { "id": "a", "after": ["x"] } ]""", "waits for 'x'")]
    [InlineData("""[ { "id": "a" }, { "id": "a" } ]""", "have the key 'a'")]
    [InlineData("""{ "a": 1 }""", "needs a list; input is an object")]
    [InlineData("null", "needs a list; input is nothing")]
    public async Task A_list_that_cannot_be_worked_off_fails_its_step_and_says_why(string input, string reason)
    {
        await StartAsync("""{ "id": "do", "forEach": "input", "itemsDependOn": "after", "agent": "writer", "prompt": "x" }, { "id": "then", "agent": "writer", "prompt": "{{do}}" }""", input);

        Assert.Equal(["do"], await WorkAsync((_, _) => "ok"));

        Assert.Contains(reason, (await StepAsync("do")).Reason, StringComparison.Ordinal);
        Assert.Equal((RunStatus.Failed, StepStatus.Skipped), ((await _store.FindRunAsync(RunId, default))!.Status, (await StepAsync("then")).Status));
    }

    [Fact]
    public async Task Nothing_is_asked_of_a_step_whose_condition_does_not_hold_and_what_waits_for_it_alone_is_left_out_too()
    {
        await StartAsync(
            """
            { "id": "kind", "agent": "writer", "prompt": "Sort", "answer": "json" },
            { "id": "fix", "agent": "writer", "when": "kind.bug", "prompt": "Fix" },
            { "id": "test", "agent": "writer", "prompt": "Test {{fix}}" },
            { "id": "all", "forEach": "input", "agent": "writer", "when": "item.wanted", "prompt": "{{item.id}}" },
            { "id": "group", "when": "kind.bug", "steps": [ { "id": "inner", "agent": "writer", "prompt": "x" } ] },
            { "id": "end", "agent": "writer", "dependsOn": ["test", "group"], "prompt": "End: {{fix}}, {{all}}, {{kind.bug}}" }
            """,
            """[ { "id": "a", "wanted": true }, { "id": "b" } ]""");

        var order = await WorkAsync((step, _) => step == "kind" ? """{ "bug": false }""" : "did " + step);

        Assert.Equal(["kind", "all/a", "end"], _asked.Select(call => call.Step));
        Assert.Contains("test", order);
        Assert.DoesNotContain("group/inner", order);
        Assert.Equal("End: , [\"did all/a\",null], false", Asked("end"));
        Assert.Equal(StepOutcome.SkippedHash, (await StepAsync("test")).Result);
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
        Assert.Contains("| `test` | left out |", await FileAsync("summary.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_in_a_list_may_mention_the_item_of_the_outer_one()
    {
        await StartAsync(
            """
            {
              "id": "chapters", "forEach": "input",
              "steps": [
                { "id": "parts", "forEach": "item.parts", "agent": "writer", "when": "chapters.item.title != 'empty'", "prompt": "{{chapters.index}}.{{index}}: {{item}} of {{chapters.item.title}}" },
                { "id": "deep", "forEach": "item.parts", "steps": [ { "id": "one", "agent": "writer", "prompt": "{{deep.item}} in {{chapters.item.title}}" } ] }
              ]
            }
            """,
            """[ { "title": "Tea", "parts": ["leaf", "cup"] }, { "id": "x", "title": "Bread", "parts": ["flour"] } ]""");

        await WorkAsync((_, _) => "ok");

        Assert.Equal("1.2: cup of Tea", Asked("chapters/1/parts/2"));
        Assert.Equal("2.1: flour of Bread", Asked("chapters/x/parts/1"));
        Assert.Equal("leaf in Tea", Asked("chapters/1/deep/1/one"));
    }

    [Fact]
    public async Task A_reviewer_sends_work_back_until_it_is_accepted()
    {
        await StartAsync(
            """
            { "id": "draft", "agent": "writer", "prompt": "Write about {{input}}", "review": { "agent": "editor", "prompt": "Judge {{input}}", "maxRevisions": 2 }, "file": "draft.md" },
            { "id": "print", "agent": "writer", "prompt": "{{draft}}" }
            """,
            "\"rain\"");

        var order = await WorkAsync((step, _) => step switch
        {
            "draft/review-1" => """{ "verdict": "revise", "notes": "shorter" }""",
            "draft/review-2" => """{ "verdict": "approve", "notes": "" }""",
            "draft/revision-2" => "Rain.",
            _ => "Rain is wet.",
        });

        Assert.Equal(["draft", "draft/review-1", "draft/revision-2", "draft/review-2", "print"], order);
        Assert.Equal("Judge rain\n\n<work>\nRain is wet.\n</work>", Asked("draft/review-1"));
        Assert.Equal("Write about rain\n\n<previous>\nRain is wet.\n</previous>\n\n<notes>\nRound 1: shorter\n</notes>", Asked("draft/revision-2"));
        Assert.Equal("Rain.", Asked("print"));
        Assert.Equal("Rain.\n", await FileAsync("draft.md"));
        Assert.Contains("| `draft` | accepted | 2 |", await FileAsync("summary.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_is_never_accepted_fails_with_the_last_notes_and_a_retry_gives_it_a_full_budget_again()
    {
        await StartAsync("""{ "id": "draft", "agent": "writer", "prompt": "Write", "review": { "agent": "editor", "maxRevisions": 1 } }""", "null");
        string Never(string step, string _) => step.Contains("review", StringComparison.Ordinal) ? """{ "verdict": "revise", "notes": "no" }""" : "text";

        await WorkAsync(Never);
        Assert.Equal("'draft' was not accepted after 1 revision: no", (await StepAsync("draft/review-2")).Reason);
        Assert.Equal(RunStatus.Failed, (await _store.FindRunAsync(RunId, default))!.Status);

        await _store.RetryAsync(RunId, [], default);
        Assert.Equal(["draft/review-2", "draft/revision-3", "draft/review-3"], await WorkAsync((step, text) => step == "draft/review-3" ? """{ "verdict": "approve", "notes": "" }""" : Never(step, text)));
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
    }

    [Fact]
    public async Task Groups_in_lists_see_what_is_around_them()
    {
        await StartAsync(
            """
            { "id": "style", "agent": "writer", "prompt": "Style" },
            {
              "id": "chapters", "forEach": "input",
              "steps": [
                { "id": "outline", "agent": "writer", "prompt": "Outline {{item}} as {{style}}", "answer": "json" },
                { "id": "parts", "forEach": "outline", "agent": "writer", "prompt": "{{item}} in {{style}}" },
                { "id": "text", "agent": "writer", "prompt": "{{item}}: {{parts}}", "file": "{{item}}.md" }
              ]
            },
            { "id": "book", "agent": "writer", "prompt": "{{chapters.0.text}} {{chapters.1.parts.0}}" }
            """,
            """["one", "two"]""");

        await WorkAsync((step, _) => step.EndsWith("outline", StringComparison.Ordinal) ? """["p"]""" : step == "style" ? "plain" : $"[{step}]");

        Assert.Equal("Outline two as plain\n\nAnswer with JSON only.", Asked("chapters/2/outline"));
        Assert.Equal("p in plain", Asked("chapters/2/parts/1"));
        Assert.Equal("two: [\"[chapters/2/parts/1]\"]", Asked("chapters/2/text"));
        Assert.Equal("[chapters/1/text] [chapters/2/parts/1]", Asked("book"));
        Assert.Equal("[chapters/2/text]\n", await FileAsync("chapters/2/text/two.md"));
    }

    [Fact]
    public async Task An_answer_that_its_schema_refuses_goes_back_with_what_is_wrong()
    {
        await StartAsync("""{ "id": "a", "agent": "writer", "prompt": "x", "answer": { "type": "object", "required": ["n"], "properties": { "n": { "type": "integer", "minimum": 1 } } } }""", "null");
        var answers = new Queue<string>(["<html>", """{ "n": 0 }""", """{ "n": 1 }"""]);

        await WorkAsync((_, _) => answers.Dequeue());

        Assert.Equal(StepStatus.Succeeded, (await StepAsync("a")).Status);
        Assert.Contains("`n`: number too small.", _asked[2].User, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_which_a_part_failed_still_has_what_the_others_did()
    {
        await StartAsync(
            """
            { "id": "do", "forEach": "input", "agent": "writer", "prompt": "{{item}}", "file": "{{item}}" },
            { "id": "end", "agent": "writer", "trigger": "all-done", "prompt": "{{do}}" },
            { "id": "strict", "agent": "writer", "prompt": "{{do}}" }
            """,
            """["a", "../b"]""");

        await WorkAsync((step, _) => "did " + step);

        Assert.Equal("[\"did do/1\",null]", Asked("end"));
        Assert.Equal(StepStatus.Skipped, (await StepAsync("strict")).Status);
    }

    [Fact]
    public async Task Files_of_the_same_name_lie_in_folders_of_their_steps_and_a_name_that_leads_out_is_refused()
    {
        await StartAsync("""{ "id": "do", "forEach": "input", "agent": "writer", "prompt": "{{item}}", "file": "{{item}}" }""", """["a.md", "a.md", "../../x"]""");

        await WorkAsync((step, _) => step);

        Assert.Equal("do/1\n", await FileAsync("do/1/a.md"));
        Assert.Equal("do/2\n", await FileAsync("do/2/a.md"));
        Assert.Contains("\"../../x\" of step 'do/3'", (await StepAsync("do/3")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agents_file_is_what_it_always_is_told_and_may_mention_the_data()
    {
        _folder.With("prompts/writer.prompt", "You write.\n--- user ---\nData: {{text}}\n{{task}}");
        await StartAsync("""{ "id": "a", "agent": "writer", "prompt": "Do it.", "input": { "text": "{{input}}" } }""", "\"</text> x\"", "\"prompt\": \"prompts/writer.prompt\"");

        await WorkAsync((_, _) => "ok");

        Assert.Equal(("a", "You write.", "Data: <text>\n\\</text> x\n</text>\nDo it."), Assert.Single(_asked));
    }

    private const string Gated =
        """
        { "id": "draft", "agent": "writer", "prompt": "Write" },
        { "id": "gate", "approval": { "prompt": "Publish {{draft}}?" } },
        { "id": "print", "agent": "writer", "prompt": "Print {{draft}}, as {{gate.by}} said: {{gate.note}}" }
        """;

    [Fact]
    public async Task People_approve_what_no_worker_asks_for()
    {
        await StartAsync(Gated, "null");
        Assert.Equal(["draft", "gate"], await WorkAsync((_, _) => "text"));
        Assert.Equal(new PendingApproval(RunId, "gate", "Publish text?"), Assert.Single(await Approvals.ListAsync(RunId, default)));
        Assert.Equal(RunStatus.Running, (await _store.FindRunAsync(RunId, default))!.Status);

        await Approvals.DecideAsync(RunId, "gate", new(true, "fine", "Ada"), default);

        Assert.Empty(await Approvals.ListAsync(RunId, default));
        Assert.Equal(["print"], await WorkAsync((_, _) => "ok"));
        Assert.Equal("Print text, as Ada said: fine", Asked("print"));
        Assert.Contains("| `gate` | decided |", await FileAsync("summary.md"), StringComparison.Ordinal);
        Assert.Equal(_incarnation, Assert.Single(await _store.ListInstancesAsync(default)).Incarnation);
    }

    [Fact]
    public async Task A_rejection_fails_the_run_and_a_retry_asks_again()
    {
        await StartAsync(Gated, "null");
        await WorkAsync((_, _) => "text");

        await Approvals.DecideAsync(RunId, "gate", new(false, "too long", "Ada"), default);

        Assert.Equal("Rejected by Ada: too long", (await StepAsync("gate/approval")).Reason);
        Assert.Equal((RunStatus.Failed, StepStatus.Skipped), ((await _store.FindRunAsync(RunId, default))!.Status, (await StepAsync("print")).Status));
        await _store.RetryAsync(RunId, [], default);
        Assert.Empty(await WorkAsync((_, _) => "text"));
        await Approvals.DecideAsync(RunId, "gate", new(true, "", "Ada"), default);
        await WorkAsync((_, _) => "text");
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
    }

    [Fact]
    public async Task Approvals_of_a_list_are_decided_one_by_one_and_a_rejection_may_be_a_value()
    {
        await StartAsync(
            """
            { "id": "gate", "forEach": "input", "approval": { "prompt": "{{item}}?", "onReject": "go-on" } },
            { "id": "end", "agent": "writer", "prompt": "{{gate.0.approved}} {{gate.1.approved}} {{gate.1.note}}" }
            """,
            """["a", "b"]""");
        await WorkAsync((_, _) => "ok");
        Assert.Equal([("gate/1", "a?"), ("gate/2", "b?")], (await Approvals.ListAsync(RunId, default)).Select(one => (one.Step, one.Question)));

        await Approvals.DecideAsync(RunId, "gate/2", new(false, "no", "Ada"), default);
        Assert.Equal("gate/1", Assert.Single(await Approvals.ListAsync(RunId, default)).Step);
        await Approvals.DecideAsync(RunId, "gate/1", new(true, "", "Ada"), default);

        Assert.Equal(["end"], await WorkAsync((_, _) => "ok"));
        Assert.Equal("true false no", Asked("end"));
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
    }

    [Theory]
    [InlineData("approve", true)]
    [InlineData("reject", false)]
    public async Task When_the_time_is_over_it_is_decided_by_default(string byDefault, bool approved)
    {
        await StartAsync(
            $$$"""{ "id": "gate", "approval": { "timeLimit": "10m", "default": "{{{byDefault}}}", "onReject": "go-on" } }, { "id": "end", "agent": "writer", "prompt": "{{gate.approved}}, {{gate.by}}" }""", "null");
        Assert.Equal(["gate", "gate/approval-timer"], await WorkAsync((_, _) => "ok"));
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Empty(await WorkAsync((_, _) => "ok"));
        Assert.StartsWith("'gate' waits for approval until ", (await StepAsync("gate/approval-timer")).Reason, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["gate/approval-timer", "end"], await WorkAsync((_, _) => "ok"));

        Assert.Equal($"{(approved ? "true" : "false")}, the time limit", Asked("end"));
    }

    [Fact]
    public async Task A_decision_in_time_ends_the_timer_too()
    {
        await StartAsync("""{ "id": "gate", "approval": { "timeLimit": "10m" } }, { "id": "end", "agent": "writer", "prompt": "x", "dependsOn": ["gate"] }""", "null");
        await WorkAsync((_, _) => "ok");

        await Approvals.DecideAsync(RunId, "gate", new(true, "", "Ada"), default);

        Assert.Equal(["gate/approval-timer", "end"], await WorkAsync((_, _) => "ok"));
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
    }

    [Fact]
    public async Task What_cannot_be_decided_is_said()
    {
        await StartAsync("""{ "id": "a", "agent": "writer", "prompt": "x" }, { "id": "gate", "when": "a == 'x'", "approval": { } }, { "id": "late", "dependsOn": ["gate"], "approval": { } }""", "null");
        var decision = new ApprovalDecision(true, "", "Ada");
        Assert.Contains("asks for none now", (await Assert.ThrowsAsync<NotFoundException>(() => Approvals.DecideAsync(RunId, "gate", decision, default))).Message, StringComparison.Ordinal);
        await WorkAsync((_, _) => "x");
        Assert.Contains("it asks for: gate", (await Assert.ThrowsAsync<NotFoundException>(() => Approvals.DecideAsync(RunId, "late", decision, default))).Message, StringComparison.Ordinal);
        Assert.Contains("it asks for: gate", (await Assert.ThrowsAsync<NotFoundException>(() => Approvals.DecideAsync(RunId, "a", decision, default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => Approvals.DecideAsync("nobody", "gate", decision, default));

        await Approvals.DecideAsync(RunId, "gate", decision, default);

        Assert.Contains("decided already", (await Assert.ThrowsAsync<ConflictException>(() => Approvals.DecideAsync(RunId, "gate", decision, default))).Message, StringComparison.Ordinal);
        await WorkAsync((_, _) => "x");
        await _store.CancelAsync(RunId, default);
        Assert.Contains("is cancelled", (await Assert.ThrowsAsync<ConflictException>(() => Approvals.DecideAsync(RunId, "late", decision, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_decide_at_once_one_decides()
    {
        await StartAsync(Gated, "null");
        await WorkAsync((_, _) => "text");
        var approvals = new Approvals(_store, TimeProvider.System);

        var both = new[] { true, false }.Select(async approved =>
        {
            try
            {
                await approvals.DecideAsync(RunId, "gate", new(approved, "", "Ada"), default);
                return true;
            }
            catch (ConflictException)
            {
                return false;
            }
        });

        Assert.Single(await Task.WhenAll(both), decided => decided);
    }

    [Fact]
    public async Task Values_that_are_too_long_for_the_model_are_shortened_and_what_is_to_be_done_is_not()
    {
        var text = new string('x', 200_000);
        await StartAsync("""{ "id": "a", "agent": "writer", "prompt": "Sum up {{input.short}}.", "input": { "text": "{{input.text}}" } }""", $$"""{ "text": "{{text}}", "short": "all of it" }""");

        await WorkAsync((_, _) => "ok");

        var user = Assert.Single(_asked).User;
        Assert.StartsWith("Sum up all of it.", user, StringComparison.Ordinal);
        Assert.Contains("[cut: ", user, StringComparison.Ordinal);
        Assert.InRange(user.Length, 1000, 8192 * 3 / 2);
    }

    /// <summary>The first of four items fails: nothing else is asked but what is done in any case, its review included, and a retry goes on.</summary>
    [Fact]
    public async Task A_workflow_that_stops_at_the_first_failure_asks_nothing_more_until_it_is_retried()
    {
        await StartAsync(
            """
            { "id": "do", "forEach": "input", "agent": "writer", "prompt": "{{item}}", "review": { "agent": "editor" } },
            { "id": "join", "agent": "writer", "prompt": "Join {{do}}" },
            { "id": "gate", "priority": 5, "approval": { "prompt": "Go on?", "timeLimit": "1d" } },
            { "id": "after", "agent": "writer", "dependsOn": ["gate"], "prompt": "After" },
            { "id": "sum", "agent": "writer", "dependsOn": ["join", "after"], "trigger": "all-done", "prompt": "Sum up {{do}}", "review": { "agent": "editor" } }
            """,
            "[1, 2, 3, 4]", onFailure: "stop");
        var works = false;
        string Answer(string step, string prompt) => step switch
        {
            "do/1" when !works => throw new StepFailedException("broke"),
            _ when step.Contains("review", StringComparison.Ordinal) => """{ "verdict": "approve", "notes": "" }""",
            _ => "did " + step,
        };

        var order = await WorkAsync(Answer);

        Assert.Equal("gate, gate/approval-timer, do, do/1, sum, sum/review-1", string.Join(", ", order));
        Assert.Equal(RunStatus.Failed, (await _store.FindRunAsync(RunId, default))!.Status);
        Assert.Equal("'do/1' failed, and the run stops at the first failure", (await StepAsync("after")).Reason);
        Assert.Equal((StepStatus.Skipped, StepStatus.Skipped), ((await StepAsync("gate/approval")).Status, (await StepAsync("gate/approval-timer")).Status));
        Assert.Empty(await Approvals.ListAsync(RunId, default));
        Assert.Contains("is skipped: there is nothing to decide any more", (await Assert.ThrowsAsync<ConflictException>(() => Approvals.DecideAsync(RunId, "gate", new(true, "", "Ada"), default))).Message, StringComparison.Ordinal);
        var summary = await FileAsync("summary.md");
        Assert.Contains("| `do/1` | failed |", summary, StringComparison.Ordinal);
        Assert.Contains("| `do/2` | skipped |", summary, StringComparison.Ordinal);

        works = true;
        await new RunCoordinator(_store, _time).RetryAsync(RunId, [], default);
        var again = await WorkAsync(Answer);
        Assert.Contains("do/1", again);
        Assert.Contains("do/4/review-1", again);
        Assert.Contains("do/3", again);
        Assert.Single(await Approvals.ListAsync(RunId, default));
        await Approvals.DecideAsync(RunId, "gate", new(true, "", "Ada"), default);
        Assert.Contains("after", await WorkAsync(Answer));
        Assert.Equal(RunStatus.Succeeded, (await _store.FindRunAsync(RunId, default))!.Status);
    }

    private static string Config(string steps, string agent, string onFailure) => $$"""
        {
          "runtime": { "defaultProvider": "simulated" },
          "agents": [ { "id": "writer"{{(agent.Length > 0 ? ", " + agent : "")}} }, { "id": "editor" } ],
          "workflows": { "mine": { "onFailure": "{{onFailure}}", "steps": [ {{steps}} ] } }
        }
        """;

    private async Task StartAsync(string steps, string input, string agent = "", string onFailure = "continue")
    {
        var configuration = _folder.With(ConfigurationFile.Standard, Config(steps, agent, onFailure)).Load();
        _snapshot = RunSnapshots.Read(RunSnapshots.Write(RunSnapshots.Take(configuration.Options, _folder.Path, "mine")));
        await new RunCoordinator(_store, TimeProvider.System).StartAsync(new() { Id = RunId, Snapshot = _snapshot, Input = Encoding.UTF8.GetBytes(input) }, default);
    }

    private Approvals Approvals => new(_store, _time);

    private string Asked(string step) => Assert.Single(_asked, call => call.Step == step).User;

    private async Task<StepRecord> StepAsync(string key) => (await _store.FindStepAsync(RunId, key, default))!;

    private async Task<string> FileAsync(string path)
    {
        await ArtifactExport.ExportAsync(_store, RunId, _folder.Path, default);
        return await File.ReadAllTextAsync(Path.Combine(_folder.Path, RunId, path));
    }

    /// <summary>A worker with one slot, until nothing can be claimed.</summary>
    /// <returns>Keys of the steps in the order in which they were claimed.</returns>
    private async Task<List<string>> WorkAsync(Func<string, string, string> answer)
    {
        var order = new List<string>();
        var classes = _snapshot.Workflow.Steps.Where(step => step.Executor != WorkflowComposer.Approval).Select(step => step.Class).Distinct().Select(stepClass => new ClassDemand(stepClass, 1)).ToArray();
        var request = new ClaimRequest { Incarnation = _incarnation, Classes = classes, Count = 1, Lease = TimeSpan.FromHours(1) };
        while ((await ClaimAsync()).SingleOrDefault() is { } step)
        {
            order.Add(step.Key);
            using var client = new AnsweringChatClient((system, user) =>
            {
                _asked.Add((step.Key, system, user));
                return answer(step.Key, user);
            });
            IChatClient Client(Ripieno.Models.ModelChoice model) => client;
            IStepExecutor[] executors = [new AgentStepExecutor(Client, CodedAgents.None), new AgentReviewStepExecutor(Client, CodedAgents.None), new ExpandStepExecutor(), new ApprovalTimerStepExecutor(_time)];
            var definition = _snapshot.Workflow.Step(step.Definition);
            var context = new StepContext { Step = step, Snapshot = _snapshot, Definition = definition, Store = _store, Activity = new(TimeProvider.System, RunId, step.Key) };
            try
            {
                var completion = await executors.Single(executor => executor.Name == definition.Executor).ExecuteAsync(context, default);
                Assert.Equal(ReportOutcome.Recorded, await _store.CompleteAsync(step.Lease, completion, default));
            }
            catch (StepWaitsException waits)
            {
                await _store.ParkAsync(step.Lease, _time.GetUtcNow() + waits.Pause, waits.Message, default);
            }
            catch (StepFailedException failure)
            {
                await _store.FailAsync(step.Lease, new(failure.Message, null, failure.Usage), default);
            }
        }

        return order;

        async Task<IReadOnlyList<ClaimedStep>> ClaimAsync()
        {
            await _store.SettleAsync(default);
            return await _store.ClaimAsync(request, default);
        }
    }

    private sealed class AnsweringChatClient(Func<string, string, string> answer) : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var all = messages.ToList();
            yield return new(ChatRole.Assistant, answer(all.Find(message => message.Role == ChatRole.System)?.Text ?? "", all[^1].Text)) { FinishReason = ChatFinishReason.Stop };
        }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("Agents stream.");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
