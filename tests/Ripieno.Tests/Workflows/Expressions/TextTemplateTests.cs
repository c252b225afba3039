using System.Text.Json;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Tests.Workflows.Expressions;

public sealed class TextTemplateTests
{
    private static readonly JsonElement Values = JsonElement.Parse("""{ "item": { "title": "A {{draft}}", "tags": ["x", "ü<y>"], "count": 3, "no": null }, "draft": "first" }""");

    [Theory]
    [InlineData("Do {{item.title}} now", "Do A {{draft}} now")]
    [InlineData("{{ draft }}", "first")]
    [InlineData("{{item.tags}} {{item.tags.1}}", "[\"x\",\"ü<y>\"] ü<y>")]
    [InlineData("{{item.count}}/{{item.no}}/{{item.missing}}", "3//")]
    [InlineData("no { braces } here", "no { braces } here")]
    public void Values_are_put_in_as_they_are(string text, string rendered) =>
        Assert.Equal(rendered, TextTemplate.Parse(text).Render(path => path.In(Values.GetProperty(path.Root))));

    [Theory]
    [InlineData("{{a b}}")]
    [InlineData("{{}}")]
    [InlineData("{{1.a}}")]
    [InlineData("{{#if a}}")]
    [InlineData("{{a.}}")]
    public void A_misspelt_placeholder_is_refused(string text)
    {
        Assert.Null(TextTemplate.TryParse(text, out var problem));
        Assert.Contains(text, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_values_are_shortened_and_the_text_around_them_is_not() =>
        Assert.Equal("Say fir!", TextTemplate.Parse("Say {{draft}}").Render(_ => Values.GetProperty("draft"), text => text[..3] + "!"));
}
