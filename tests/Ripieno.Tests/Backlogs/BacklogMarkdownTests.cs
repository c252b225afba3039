using Ripieno.Backlogs;

namespace Ripieno.Tests.Backlogs;

public sealed class BacklogMarkdownTests
{
    [Fact]
    public void Headings_below_the_title_are_entries_with_attributes_and_description()
    {
        var backlog = BacklogText.Markdown(
            """
            # Shop

            Some words about it.

            ## Add login
            Priority: High
            **Estimate:** 1.5 hours

            Users sign in.

            - by mail

            ## Ship, and tell
            - priority: low
            - depends on: add login

            ## Party
            Depends on: Ship, and tell, Add login
            """);

        Assert.Equal("Shop", backlog.Title);
        Assert.Equal(["Add login", "Ship, and tell", "Party"], backlog.Entries.Select(entry => entry.Title));
        Assert.Equal((BacklogPriority.High, TimeSpan.FromMinutes(90)), (backlog.Entries[0].Priority, backlog.Entries[0].Estimate));
        Assert.Equal("Users sign in.\n\n- by mail", backlog.Entries[0].Description);
        Assert.Equal(BacklogPriority.Low, backlog.Entries[1].Priority);
        Assert.Equal(["ship-and-tell", "add-login"], backlog.Entries[2].Dependencies);
    }

    [Fact]
    public void The_deepest_headings_are_the_entries_and_those_between_are_groups()
    {
        var backlog = BacklogText.Markdown("# T\n## Group 1\nabout\n### A\n### B\n## Group 2\n### C ###\ntext\n");

        Assert.Equal(["A", "B", "C"], backlog.Entries.Select(entry => entry.Title));
        Assert.Equal("text", backlog.Entries[2].Description);
    }

    [Theory]
    [InlineData("# T\n## A\nwords\n### Acceptance criteria\n- x\n## B\nmore\n")]
    [InlineData("# T\n## A\nPriority: High\n### Acceptance criteria\n- x\n## B\n")]
    [InlineData("# T\n## A\n### Acceptance criteria\n- x\n## B\n### Acceptance criteria\n- y\n")]
    public void Headings_in_a_description_belong_to_it_and_no_entry_gets_lost(string text)
    {
        var backlog = BacklogText.Markdown(text);

        Assert.Equal(["A", "B"], backlog.Entries.Select(entry => entry.Title));
        Assert.Contains("### Acceptance criteria\n- x", backlog.Entries[0].Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# T\n## Introduction\nwords\n## Tasks\n### A\ntext\n### B\n")]
    [InlineData("# T\n## Introduction\nwords\n## Tasks\nmore words\n### A\nPriority: Low\n### B\n")]
    public void An_introduction_is_no_entry(string text) => Assert.Equal(["A", "B"], BacklogText.Markdown(text).Entries.Select(entry => entry.Title));

    [Fact]
    public void A_numbered_checklist_is_a_checklist() =>
        Assert.Equal(["A", "B"], BacklogText.Markdown("1. [ ] A\n2) [ ] B\n3. [x] C\n4. plain\n").Entries.Select(entry => entry.Title));

    [Fact]
    public void Several_top_headings_are_entries() =>
        Assert.Equal(["A", "B"], BacklogText.Markdown("# A\n# B\n").Entries.Select(entry => entry.Title));

    [Fact]
    public void A_lone_heading_is_an_entry() => Assert.Equal("A", Assert.Single(BacklogText.Markdown("# A\ntext").Entries).Title);

    [Fact]
    public void Fenced_code_in_a_description_is_text()
    {
        var entry = Assert.Single(BacklogText.Markdown(
            """
            ## A
            ````sh
            # not a heading
            ```
            Priority: nonsense
            - [ ] not an item
            ````
            after
            """).Entries);

        Assert.Equal("````sh\n# not a heading\n```\nPriority: nonsense\n- [ ] not an item\n````\nafter", entry.Description);
    }

    [Fact]
    public void Checklist_items_are_entries_and_ticked_ones_are_done_but_may_be_named()
    {
        var backlog = BacklogText.Markdown(
            """
            # Sprint

            ## To do
            - [ ] Add login (high, 2h)
              Form and session.
              - [ ] a part of it
              - Depends on: Set up
            - [ ] Rename (the old one)

            ## Done
            * [x] Set up
            """);

        Assert.Equal("Sprint", backlog.Title);
        Assert.Equal(["Add login", "Rename (the old one)"], backlog.Entries.Select(entry => entry.Title));
        var login = backlog.Entries[0];
        Assert.Equal((BacklogPriority.High, TimeSpan.FromHours(2)), (login.Priority, login.Estimate));
        Assert.Equal("Form and session.\n- [ ] a part of it", login.Description);
        Assert.Empty(login.Dependencies);
    }

    [Theory]
    [InlineData("## Add login\nPriority: High\n- [ ] form\n- [ ] tests\n")]
    [InlineData("## Add login\nUsers sign in.\n- [ ] form\n- [ ] tests\n")]
    public void Items_below_a_heading_with_text_of_its_own_are_its_acceptance_criteria(string text)
    {
        var entry = Assert.Single(BacklogText.Markdown(text).Entries);

        Assert.Equal("Add login", entry.Title);
        Assert.Contains("- [ ] form\n- [ ] tests", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_line_ends_are_fine()
    {
        var backlog = BacklogText.Markdown("# T\r\n\r\n## A\r\nPriority: High\r\n\r\nline\r\nline\r\n## B\r\nDepends on: none\r\n");

        Assert.Equal((BacklogPriority.High, "line\nline"), (backlog.Entries[0].Priority, backlog.Entries[0].Description));
        Assert.Empty(backlog.Entries[1].Dependencies);
    }
}
