namespace Ripieno.Tests.Agents.Artifacts;

/// <summary>Names by which a model, or who speaks through it, might try to write elsewhere. None of them may be used.</summary>
internal static class EvilNames
{
    private static readonly string[] Parts =
    [
        "..", ".", "...", "a", "b.txt", "%2e%2e", "%252e%252e", "%2f", "%5c", "%00", "\\", "..\\", "C:", "c:", "\0", "\n", "\t", "\u007F", " ", "~", "nul", "CON", "com1",
        "\u202E", "\u200B", "\uFEFF", "．．", "․․", "…", "／", "∕", "⧸", "＼", "\uD800", ":", "::$DATA", "*", "?", "\"", "<", "|", "é", "e\u0301", "漢", "🎻", "$(id)", "`id`", "-rf",
        "file:", "http:", ".git", ".ssh", "COM¹", "PRN.txt", "trailing.", "trailing ", "\u00A0", "\u3000", "\u2028", "{0}", "%s", "'", ";",
    ];

    /// <summary>Tricks that are known, spelled out.</summary>
    public static IEnumerable<string> Known =>
    [
        "", "/", "/etc/passwd", "//server/share", "///a", "/a", "..", "../a", "../../a", "../../../../../../../../tmp/a", "a/../b", "a/../../b", "a/..", "./a", ".", "a/.", "a//b", "a/",
        "...", "....", ".../a", "..../a", "....//a", "../", "..//a", ".. /a", "../ a", ". ./a", "..;/a", "a/..;/b",
        ".git/config", ".ssh/authorized_keys", ".bashrc", "a/.b", ".a",
        "a.", "a./b", "a..", "a...", "a. ", "a .", " a", "a ", "a/ b", "a /b", "\ta", "a\t", "\u00A0a", "a\u00A0", "\u3000a", "a\u2003", "a/\u2009",
        "a\\b", "..\\a", "..\\..\\a", "a\\..\\b", "\\a", "\\\\server\\share", "\\\\?\\C:\\a", "\\\\.\\pipe\\a", "C:\\a", "C:/a", "C:a", "c:a", "C:", "C:..\\a", "/C:/a", "a:b", "file.txt::$DATA", "a::$INDEX_ALLOCATION",
        "a\0b", "\0", "a.txt\0.exe", "../a\0", "a\nb", "a\rb", "a\u001Bb", "a\u007Fb", "a\u0085b", "a\u0001",
        "%2e%2e/a", "%2E%2E/a", "%2e%2e%2fa", "%252e%252e/a", "%252e%252e%252fa", "%25252e/a", "a%2Fb", "a%5cb", "%00", "a%00.txt", "%c0%ae%c0%ae/a", "%u002e%u002e/%2e",
        "a?b", "a*b", "a|b", "a<b", "a>b", "a\"b", "~/.ssh/id", "~root", "~", "a/~", "file:///etc/passwd", "http://a/b",
        "nul", "NUL", "NUL.txt", "nul.tar.gz", "a/Con", "con/a", "com1.log", "COM9", "LPT9", "lpt1.txt", "aux .c", "PRN", "CONIN$", "conout$", "CLOCK$", "com¹", "COM²", "lpt³.log", "COM0",
        "\u202Eexe.txt", "a\u202Etxt.exe", "\u2066a\u2069", "a\u200Bb", "\u200B", "a\u200Db", "\uFEFFa", "\u2060a", "a\u00ADb", "\u061Ca", "a\u180Eb", "\uE000", "a\uFFFFb",
        "\uD800", "a\uDC00b", "\uDBFF/a", "․․/a", "‥/a", "…/a", "．．/a", "．/a", "..／a", "a／b", "a∕b", "a⁄b", "a⧸b", "a＼b", "a⧵b", "a∖b", "a﹨b", "a\u2028b", "a\u2029b",
        Repeated("a", 101), Repeated("a", 255), Repeated("a", 256), Repeated("a", 300), Repeated("a", 301), Repeated("a", 5000), Repeated("é", 101), Repeated("字", 80), Repeated("../", 100) + "a",
        Repeated("a/", 200) + "a", string.Join('/', Enumerable.Repeat("abcdefghi", 31)),
    ];

    /// <summary>Pieces of such tricks in any order: some of these names are fine.</summary>
    public static IEnumerable<string> Composed(int seed, int count)
    {
        var random = new Random(seed);
        for (var made = 0; made < count; made++)
        {
            var pieces = Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(3) == 0 ? "/" : Parts[random.Next(Parts.Length)]);
            yield return string.Concat(pieces);
        }
    }

    public static string Repeated(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
