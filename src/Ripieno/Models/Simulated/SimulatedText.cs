namespace Ripieno.Models.Simulated;

/// <summary>Plain sentences for places where any text will do.</summary>
internal static class SimulatedText
{
    private static readonly string[] Subjects = ["The main part", "The first step", "The interface", "The data", "The error case", "The configuration", "The example"];

    private static readonly string[] Verbs = ["covers", "describes", "handles", "replaces", "checks", "explains", "keeps"];

    private static readonly string[] Objects =
        ["what the task asks for", "the common case", "the limits given", "the former behaviour", "every value once", "the result step by step"];

    private static readonly string[] Words = ["alpha", "baton", "cadence", "duet", "echo", "fugue", "gamut", "harmony", "largo", "motif", "octave", "presto", "tempo", "viola"];

    public static string Sentence(SeededRandom random) => $"{random.Pick(Subjects)} {random.Pick(Verbs)} {random.Pick(Objects)}.";

    public static string Remark(SeededRandom random) => $"Nothing is left open. {Sentence(random)}";

    public static string Word(SeededRandom random) => random.Pick(Words);

    /// <summary>Two to four sentences that quote the beginning of the prompt.</summary>
    public static string Paragraph(SeededRandom random, string prompt)
    {
        const int quoted = 60;
        var line = prompt.ReplaceLineEndings(" ").Trim();
        var start = line.Length == 0 ? "A simulated answer." : $"A simulated answer to \"{(line.Length <= quoted ? line : Cut(line, quoted) + "…")}\".";
        var sentences = Enumerable.Range(0, (int)random.Between(1, 3)).Select(_ => Sentence(random));
        return string.Join(' ', sentences.Prepend(start));
    }

    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
