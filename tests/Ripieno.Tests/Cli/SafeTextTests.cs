using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain title", "plain title")]
    [InlineData("two\nlines\tand  more", "two lines and more")]
    [InlineData("red \e[31mtext\e[0m", "red [31mtext[0m")]
    [InlineData("bell\a back\b c1\u009b31m", "bell back c131m")]
    [InlineData("evil\u202Egnp.exe\u2066", "evilgnp.exe")]
    [InlineData("Grüße 你好 🎻", "Grüße 你好 🎻")]
    [InlineData("  spaces  ", "spaces")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Only_what_can_be_seen_is_left(string? text, string expected) => Assert.Equal(expected, SafeText.Of(text));

    [Fact]
    public void Long_texts_are_cut() => Assert.Equal("aaaaa…", SafeText.Of(new string('a', 100), longest: 5));
}
