using Ripieno.Agents.Prompts;
using Ripieno.Errors;

namespace Ripieno.Tests.Agents.Prompts;

public sealed class PromptTemplateTests
{
    [Fact]
    public void The_user_line_parts_system_and_user_message()
    {
        var prompt = Render("You plan.\n\n--- user ---\n\n{{task}}\nGo.\n", ("task", "<task>1</task>"));

        Assert.Equal(new("You plan.", "<task>1</task>\nGo."), prompt);
    }

    [Fact]
    public void Values_are_not_searched_for_placeholders() =>
        Assert.Equal("{{notes}} and nothing", Render("{{task}} and {{ notes }}", ("task", "{{notes}}"), ("notes", "nothing")).User);

    [Fact]
    public void An_empty_value_takes_its_line_with_it() =>
        Assert.Equal("a\nb\n\nc", Render("a\n{{notes}}\nb\n{{task}}\n\nc").User);

    [Fact]
    public void Values_that_the_template_does_not_name_come_at_the_end() =>
        Assert.Equal("Do it.\n\nT\n\nN", Render("Do it.", ("notes", "N"), ("task", "T")).User);

    [Fact]
    public void Braces_that_are_no_placeholder_stay() =>
        Assert.Equal("""{"a": {}} {{1}} {{"x": 1}}""", Render("""{"a": {}} {{1}} {{"x": 1}}""").User);

    [Fact]
    public void Unknown_placeholders_are_told_with_file_line_and_choices()
    {
        var exception = Assert.Throws<InvalidInputException>(() => PromptTemplate.Parse("a\nb {{tusk}}", ["task", "notes"], "my.prompt"));

        Assert.Equal("my.prompt:2: {{tusk}}: found an unknown placeholder, expected one of {{task}}, {{notes}}.", exception.Message);
    }

    [Theory]
    [InlineData("planner")]
    [InlineData("executor")]
    [InlineData("reviewer")]
    public void Built_in_prompts_have_a_system_part_free_of_data_and_name_all_of_their_data_in_the_user_part(string agent)
    {
        var names = PromptNames.Of(agent);
        var template = PromptTemplate.Parse(BuiltInPrompts.Read(agent), names, "x");

        var prompt = template.Render(names.ToDictionary(name => name, name => $"[{name}]"));
        var bare = template.Render(new Dictionary<string, string>());

        Assert.Equal(bare.System, prompt.System);
        Assert.NotEmpty(prompt.System);
        Assert.All(names, name => Assert.Contains($"[{name}]\n", prompt.User, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', bare.User);
    }

    private static RenderedPrompt Render(string template, params (string Name, string Value)[] values) =>
        PromptTemplate.Parse(template, ["task", "notes"], "x.prompt").Render(values.ToDictionary(value => value.Name, value => value.Value));
}
