using System.Text.Json;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Tests.Workflows.Expressions;

public sealed class ConditionTests
{
    private static readonly JsonElement Values = JsonElement.Parse(
        """{ "triage": { "kind": "bug", "priority": 3, "done": false, "labels": ["ui", "urgent"], "nothing": null, "text": "it's slow" }, "list": [1, 2] }""");

    [Theory]
    [InlineData("triage.kind == 'bug'", true)]
    [InlineData("triage.kind == \"bug\"", true)]
    [InlineData("triage.kind != 'bug'", false)]
    [InlineData("triage.kind == 'Bug'", false)]
    [InlineData("triage.priority < 5", true)]
    [InlineData("triage.priority <= 3 and triage.priority >= 3", true)]
    [InlineData("triage.priority > 3", false)]
    [InlineData("triage.priority == 3.0", true)]
    [InlineData("triage.priority > -1", true)]
    [InlineData("triage.kind < 'c'", true)]
    [InlineData("triage.kind < 3", false)]
    [InlineData("triage.kind >= 3", false)]
    [InlineData("triage.labels contains 'urgent'", true)]
    [InlineData("triage.labels contains 'ur'", false)]
    [InlineData("triage.text contains 'slow'", true)]
    [InlineData("triage.text == \"it's slow\"", true)]
    [InlineData("list contains 2", true)]
    [InlineData("triage.done", false)]
    [InlineData("not triage.done", true)]
    [InlineData("not not triage.done", false)]
    [InlineData("triage.missing", false)]
    [InlineData("triage.missing == null", true)]
    [InlineData("triage.nothing == null", true)]
    [InlineData("triage.kind == null", false)]
    [InlineData("list.1 == 2", true)]
    [InlineData("list.7 == 2", false)]
    [InlineData("triage.done == false", true)]
    [InlineData("triage.kind == 'bug' or triage.kind == 'x' and triage.done", true)]
    [InlineData("(triage.kind == 'bug' or triage.kind == 'x') and triage.done", false)]
    [InlineData("not triage.done and triage.kind == 'bug'", true)]
    [InlineData("true", true)]
    public void A_condition_says_what_it_says(string text, bool holds) =>
        Assert.Equal(holds, ConditionParser.Parse(text).Holds(path => new ValuePath(path.Root, path.Segments).In(Values.TryGetProperty(path.Root, out var value) ? value : null)));

    [Theory]
    [InlineData("", "its end where a value was expected")]
    [InlineData("triage.kind = 'bug'", "'= 'bug''")]
    [InlineData("triage.kind == ", "its end where a value was expected")]
    [InlineData("(a == 1", "its end where ')' was expected")]
    [InlineData("a == 1)", "')' after the end")]
    [InlineData("a b", "'b' after the end")]
    [InlineData("a == 'open", "''open'")]
    [InlineData("a && b", "'&& b'")]
    [InlineData("and", "'and' where a value was expected")]
    [InlineData("a == 1 or", "its end where a value was expected")]
    [InlineData("a..b == 1", "'..b == 1'")]
    [InlineData("{{a}} == 1", "'{{a}} == 1'")]
    public void What_is_no_condition_is_told(string text, string problem)
    {
        Assert.Null(ConditionParser.TryParse(text, out var found));
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_of_a_thousand_levels_is_refused_and_not_a_crash()
    {
        foreach (var text in new[] { new string('(', 10_000) + "a" + new string(')', 10_000), string.Concat(Enumerable.Repeat("not ", 10_000)) + "a" })
        {
            Assert.Null(ConditionParser.TryParse(text, out var problem));
            Assert.Contains("levels", problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void It_tells_what_it_looks_at() =>
        Assert.Equal(["a.b", "c", "d.0"], ConditionParser.Parse("a.b == 'x.y' and (not c or 3 < d.0)").Paths.Select(path => path.ToString()));
}
