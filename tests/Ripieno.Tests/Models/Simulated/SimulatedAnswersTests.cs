using System.Text.Json;
using NJsonSchema;
using Ripieno.Models.Simulated;

namespace Ripieno.Tests.Models.Simulated;

public sealed class SimulatedAnswersTests
{
    private const string Backlog = """
        Plan this.
        <backlog>
        [ { "id": "login", "title": "Add login", "description": "With a password.", "priority": "high", "dependencies": [] },
          { "id": "reset", "title": "Reset a password", "description": "", "priority": "low", "dependencies": ["login", "unknown"] } ]
        </backlog>
        """;

    private static readonly SimulatedAnswers Answers = new(seed: 7, revisionRate: 0.25);

    [Theory]
    [InlineData(Schemas.Plan, Backlog)]
    [InlineData(Schemas.Work, """<task>{ "id": "t1", "title": "Implement the parser", "description": "In C#." }</task>""")]
    [InlineData(Schemas.Review, """<task>{ "id": "t1", "title": "Write it", "description": "" }</task>""")]
    [InlineData(Schemas.Plan, "no block at all")]
    [InlineData(Schemas.Plan, "<backlog>not json</backlog>")]
    [InlineData(Schemas.Work, "no block at all")]
    [InlineData(Schemas.Work, "<task>[1]</task>")]
    [InlineData(Schemas.Review, "<task>[1]</task>")]
    public async Task Answers_satisfy_the_schema_whatever_the_prompt_holds(string schema, string prompt)
    {
        var answer = Answers.Answer([new("system", "You are an agent."), new("user", prompt)], Schemas.Parse(schema));

        Assert.Empty((await JsonSchema.FromJsonAsync(schema)).Validate(answer));
    }

    [Fact]
    public void Equal_input_gives_equal_bytes_and_other_seeds_or_prompts_give_others()
    {
        var schema = Schemas.Parse("""{ "type": "array", "items": { "type": "string" }, "minItems": 5, "maxItems": 5 }""");
        string Say(int seed, string prompt) => new SimulatedAnswers(seed, 0).Answer([new("user", prompt)], schema);

        Assert.Equal(Say(1, "hello"), Say(1, "hello"));
        Assert.NotEqual(Say(1, "hello"), Say(2, "hello"));
        Assert.NotEqual(Say(1, "hello"), Say(1, "hello!"));
    }

    [Fact]
    public void An_answer_stays_what_it_was_when_this_test_was_written()
    {
        Assert.Equal(
            """{"verdict":"approve","notes":"The work does what was asked and is easy to follow."}""",
            new SimulatedAnswers(1, 0.25).Answer([new("user", "Review this.")], Schemas.Parse(Schemas.Review)));
        Assert.Equal(
            "A simulated answer to \"Say something.\". The main part checks every value once. The configuration covers the former behaviour.",
            new SimulatedAnswers(1, 0.25).Answer([new("user", "Say something.")], null));
    }

    [Fact]
    public void A_plan_has_one_task_for_each_entry_and_keeps_known_dependencies()
    {
        using var plan = JsonDocument.Parse(Answers.Answer([new("user", Backlog)], Schemas.Parse(Schemas.Plan)));

        var tasks = plan.RootElement.GetProperty("tasks").EnumerateArray().ToList();
        Assert.Equal(["login", "reset"], tasks.Select(task => task.GetProperty("id").GetString()));
        Assert.Equal(["login", "reset"], tasks.SelectMany(task => task.GetProperty("entries").EnumerateArray()).Select(entry => entry.GetString()));
        Assert.Equal("With a password.", tasks[0].GetProperty("description").GetString());
        Assert.NotEqual("", tasks[1].GetProperty("description").GetString());
        Assert.Empty(tasks[0].GetProperty("dependsOn").EnumerateArray());
        Assert.Equal(["login"], tasks[1].GetProperty("dependsOn").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal(0, plan.RootElement.GetProperty("dropped").GetArrayLength());
    }

    [Fact]
    public void The_last_user_message_is_the_one_that_counts()
    {
        const string other = """<backlog>[ { "id": "other", "title": "Other" } ]</backlog>""";

        using var plan = JsonDocument.Parse(Answers.Answer([new("user", other), new("assistant", "hm"), new("user", Backlog)], Schemas.Parse(Schemas.Plan)));

        Assert.Equal("login", plan.RootElement.GetProperty("tasks")[0].GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("Implement the login page", "With TypeScript.", "login-1.md", "src/login-1.ts")]
    [InlineData("Fix the parser", "It is written in C#.", "login-1.md", "src/login-1.cs")]
    [InlineData("Write a script", "", "login-1.md", "src/login-1.py")]
    [InlineData("Describe the release", "", "login-1.md")]
    public void Work_is_a_note_and_code_where_the_title_speaks_of_code(string title, string description, params string[] paths)
    {
        using var work = Work(JsonSerializer.Serialize(new { id = "Login 1", title, description }), notes: null);

        var files = work.RootElement.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(paths, files.Select(file => file.GetProperty("path").GetString()));
        Assert.All(files, file => Assert.Contains(title, file.GetProperty("content").GetString()!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("C:\\Windows")]
    [InlineData("…")]
    public void Paths_of_work_stay_in_their_folder(string id)
    {
        using var work = Work(JsonSerializer.Serialize(new { id, title = "Implement it", description = "" }), notes: null);

        Assert.All(
            work.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()!),
            path => Assert.Matches("^(src/)?[a-z0-9][a-z0-9-]*\\.[a-z]+$", path));
    }

    [Fact]
    public void Work_after_a_review_says_that_the_notes_were_addressed()
    {
        const string task = """{ "id": "t", "title": "Write it", "description": "" }""";
        using var first = Work(task, notes: null);
        using var second = Work(task, "Add an example.\nAnd a test.");

        Assert.DoesNotContain("addressed", first.RootElement.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("addressed", second.RootElement.GetProperty("summary").GetString()!, StringComparison.Ordinal);
        Assert.Contains("Add an example.", second.RootElement.GetProperty("notes").GetString()!, StringComparison.Ordinal);
        Assert.Contains("And a test.", second.RootElement.GetProperty("files")[0].GetProperty("content").GetString()!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.25, 200, 300)]
    [InlineData(1, 1000, 1000)]
    public void Reviews_ask_for_revision_at_the_rate_given(double rate, int least, int most)
    {
        var answers = new SimulatedAnswers(3, rate);

        var revisions = Enumerable.Range(0, 1000).Count(number => Verdict(answers, $"Review number {number}.") == "revise");

        Assert.InRange(revisions, least, most);
    }

    [Fact]
    public void A_request_for_revision_gives_reasons()
    {
        using var review = JsonDocument.Parse(
            new SimulatedAnswers(3, 1).Answer([new("user", """<task>{ "title": "Write it" }</task>""")], Schemas.Parse(Schemas.Review)));

        Assert.StartsWith("The work on \"Write it\" is not complete yet. ", review.RootElement.GetProperty("notes").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_schema_with_a_known_title_is_answered_by_its_own_shape()
    {
        const string schema = """{ "title": "plan", "type": "object", "required": ["chapters"], "properties": { "chapters": { "type": "integer" } } }""";

        var answer = Answers.Answer([new("user", Backlog)], Schemas.Parse(schema));

        Assert.Empty((await JsonSchema.FromJsonAsync(schema)).Validate(answer));
    }

    private static JsonDocument Work(string task, string? notes)
    {
        var prompt = $"Do it.\n<task>{task}</task>{(notes is null ? "" : $"\n<notes>\n{notes}\n</notes>")}";
        return JsonDocument.Parse(Answers.Answer([new("user", prompt)], Schemas.Parse(Schemas.Work)));
    }

    private static string? Verdict(SimulatedAnswers answers, string prompt)
    {
        using var review = JsonDocument.Parse(answers.Answer([new("user", prompt)], Schemas.Parse(Schemas.Review)));
        return review.RootElement.GetProperty("verdict").GetString();
    }
}
