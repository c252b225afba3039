using Ripieno.Backlogs;

namespace Ripieno.Tests.Backlogs;

public sealed class BacklogJsonTests
{
    [Fact]
    public void A_list_of_entries_is_read_with_names_resolved()
    {
        var backlog = BacklogText.Json(
            """
            [ // comments are fine
              { "title": " Add  login ", "description": "Form and session.", "priority": "hIGH", "estimate": "1 day" },
              { "title": "Ship it", "dependencies": ["ADD LOGIN", "x-1"] },
              { "title": "Größe prüfen", "id": "x-1", },
            ]
            """);

        Assert.Equal("b", backlog.Title);
        Assert.Equal(["add-login", "ship-it", "x-1"], backlog.Entries.Select(entry => entry.Id));
        var first = backlog.Entries[0];
        Assert.Equal(("Add login", "Form and session.", BacklogPriority.High, TimeSpan.FromHours(8)), (first.Title, first.Description, first.Priority, first.Estimate));
        Assert.Equal(["add-login", "x-1"], backlog.Entries[1].Dependencies);
        Assert.Equal((BacklogPriority.Medium, (TimeSpan?)null), (backlog.Entries[1].Priority, backlog.Entries[1].Estimate));
    }

    [Theory]
    [InlineData("backlog")]
    [InlineData("entries")]
    [InlineData("items")]
    public void An_object_may_hold_the_list_and_a_title(string key)
    {
        var backlog = BacklogText.Json($$"""{ "title": "Sprint 1", "{{key}}": [ { "title": "A" } ] }""");

        Assert.Equal(("Sprint 1", "A"), (backlog.Title, backlog.Entries[0].Title));
    }

    [Fact]
    public void Numbers_as_ids_are_names()
    {
        var backlog = BacklogText.Json("""[ { "id": 7, "title": "A" }, { "title": "B", "dependencies": [7] } ]""");

        Assert.Equal(["7"], backlog.Entries[1].Dependencies);
    }

    [Fact]
    public void Derived_ids_are_unique_and_keep_off_those_that_are_given()
    {
        var backlog = BacklogText.Json("""[ { "title": "A b" }, { "title": "A-b!" }, { "title": "x", "id": "a-b" }, { "title": "???" }, { "title": "Добавить вход" } ]""");

        Assert.Equal(["a-b-2", "a-b-3", "a-b", "entry", "добавить-вход"], backlog.Entries.Select(entry => entry.Id));
    }

    [Fact]
    public void All_problems_are_told_at_once_in_the_order_of_lines()
    {
        var problems = BacklogText.Problems(() => BacklogText.Json(
            """
            [
              { "title": "A", "dependencies": ["B"], "priority": "asap" },
              { "title": "B", "estimate": "soon", "dependencies": ["A"] },
              { "title": "C", "dependencies": ["D"], "tags": [] }
            ]
            """));

        Assert.Equal([2, 2, 3, 4, 4], problems.Select(problem => problem.Line!.Value));
        Assert.Contains(problems, problem => problem.Found == "a cycle: A → B → A");
    }

    [Fact]
    public void Two_separate_cycles_are_both_told()
    {
        var problems = BacklogText.Problems(() => BacklogText.Json(
            """
            [ { "title": "A", "dependencies": ["B"] }, { "title": "B", "dependencies": ["A"] },
              { "title": "C", "dependencies": ["D"] }, { "title": "D", "dependencies": ["C"] } ]
            """));

        Assert.Equal(["a cycle: A → B → A", "a cycle: C → D → C"], problems.Select(problem => problem.Found));
    }

    [Fact]
    public void A_chain_of_many_thousands_needs_no_deep_stack()
    {
        const int Count = 50_000;
        var entries = Enumerable.Range(0, Count).Select(i => $$"""{ "title": "t{{i}}", "dependencies": [{{(i + 1 < Count ? $"\"t{i + 1}\"" : "")}}] }""");

        Assert.Equal(Count, BacklogText.Json($"[{string.Join(',', entries)}]").Entries.Length);
    }
}
