using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>What one busy slot does: step, doing, time. On a narrow terminal the step's name yields before the doing.</summary>
/// <param name="slot">The slot.</param>
/// <param name="widestName">Cells of the longest name among the rows above and below, so that they form columns.</param>
internal sealed class SlotRow(SlotLine slot, int widestName) : IRenderable
{
    private const int WidestName = 44;
    private const int NarrowestName = 12;

    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public static string NameOf(SlotLine slot)
    {
        var key = SafeText.Of(slot.StepKey, longest: 200);
        return key.StartsWith("tasks/", StringComparison.Ordinal) ? key["tasks/".Length..] : key;
    }

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var width = Math.Max(NarrowestName, Math.Min(Math.Min(widestName, WidestName), maxWidth * 45 / 100));
        var name = NameOf(slot);
        var shown = name.Length <= width ? name.PadRight(width) : Shorten(name, width, options.Unicode ? "…" : "..");
        var tokens = slot.Tokens > 0 ? $", {TimeText.Count(slot.Tokens, "token")}" : "";
        var line = new StyledLine()
            .Add(options.Unicode ? " ● " : " * ", Look.Busy).Add($"{shown}  ").Add(SafeText.Of(slot.Text) + tokens, Look.Quiet);
        if (slot.Since >= TimeSpan.FromSeconds(1))
            line.Right($"{TimeText.Whole(slot.Since)} ", Look.Quiet);
        return ((IRenderable)line).Render(options, maxWidth);
    }

    // The end of a key tells the round, its beginning the task.
    private static string Shorten(string name, int width, string gap)
    {
        var tail = name.LastIndexOf('/') is var slash and > 0 && name.Length - slash < width / 2 ? name[slash..] : "";
        return name[..(width - tail.Length - gap.Length)] + gap + tail;
    }
}
