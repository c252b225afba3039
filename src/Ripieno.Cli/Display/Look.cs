using Spectre.Console;

namespace Ripieno.Cli.Display;

/// <summary>The few colours that all displays share. Of the terminal's own palette, so that they suit light and dark backgrounds.</summary>
internal static class Look
{
    public static readonly Style Strong = new(decoration: Decoration.Bold);
    public static readonly Style Quiet = new(Color.Grey);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Bad = new(Color.Red);
    public static readonly Style Warn = new(Color.Yellow);
    public static readonly Style Busy = new(Color.Blue);
    public static readonly Style Simulated = new(Color.Fuchsia);
}
