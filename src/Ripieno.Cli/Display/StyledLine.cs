using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>
/// One line of styled text that is cut off, never wrapped: a display whose height depends on the terminal's width flickers. Text to the
/// right keeps its place; the text to the left yields. Takes plain text, so nothing in it can be taken for markup.
/// </summary>
internal sealed class StyledLine : IRenderable
{
    private readonly List<Segment> _left = [];
    private readonly List<Segment> _right = [];

    public StyledLine Add(string text, Style? style = null)
    {
        _left.Add(new(text, style ?? Style.Plain));
        return this;
    }

    public StyledLine Right(string text, Style? style = null)
    {
        _right.Add(new(text, style ?? Style.Plain));
        return this;
    }

    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        // A file has no right edge.
        if (!options.Capabilities.Ansi && _right.Count > 0)
            return [.. Clip([.. _left, new("  "), .. _right], maxWidth, "..."), Segment.LineBreak];
        var right = Segment.CellCount(_right);
        if (right > 0 && right + 12 > maxWidth)
            right = 0;
        var room = maxWidth - right - (right > 0 ? 1 : 0);
        var line = Clip(_left, room, options.Unicode ? "…" : "...");
        if (right > 0)
            line = [.. line, Segment.Padding(maxWidth - right - Segment.CellCount(line)), .. _right];
        return [.. line, Segment.LineBreak];
    }

    private static List<Segment> Clip(List<Segment> segments, int room, string ellipsis)
    {
        if (Segment.CellCount(segments) <= room)
            return segments;
        room = Math.Max(1, room - ellipsis.Length);
        // For a list, Segment.Truncate leaves out the whole segment that does not fit.
        var whole = segments.TakeWhile(segment => (room -= segment.CellCount()) >= 0).ToList();
        var cut = segments[whole.Count];
        var part = Segment.Truncate(cut, room + cut.CellCount());
        return [.. whole, .. part is null ? [] : new[] { part }, new(ellipsis, cut.Style)];
    }
}
