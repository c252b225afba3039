using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary><c>execute  ━━━━━━━━━━━━━━━──────────  7/12</c>, as wide as there is room, at most 60 cells of bar.</summary>
internal sealed class ProgressBar(PhaseProgress phase, int nameWidth) : IRenderable
{
    private const int Widest = 60;
    private const int Narrowest = 5;

    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var name = $" {(phase.Name.Length <= nameWidth ? phase.Name : phase.Name[..(nameWidth - 1)] + "…").PadRight(nameWidth)}";
        var count = phase.Total == 0 ? "  –" : $"  {TimeText.Number(phase.Done)}/{TimeText.Number(phase.Total)}";
        var line = new StyledLine().Add(name);
        if (Math.Min(Widest, maxWidth - name.Length - Math.Max(count.Length, 9) - 1) is var width && width >= Narrowest)
            AddBar(line, width, options.Unicode);
        return ((IRenderable)line.Add(count, phase.Total == 0 ? Look.Quiet : Style.Plain)).Render(options, maxWidth);
    }

    private void AddBar(StyledLine line, int width, bool unicode)
    {
        var full = phase.Total == 0 ? 0 : (int)((long)width * phase.Done / phase.Total);
        var done = phase.Total > 0 && phase.Done == phase.Total;
        line.Add(new string(unicode ? '━' : '#', full), done ? Look.Good : Look.Busy)
            .Add(new string(unicode ? '─' : '.', width - full), Look.Quiet);
    }
}
