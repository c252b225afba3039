using System.Text;
using Spectre.Console;

namespace Ripieno.Cli;

/// <summary>Standard input, output and error, and what may be done with them.</summary>
internal sealed class Terminal
{
    // Nothing wraps a file or a pipe; the bound is for tables that would grow to it.
    private const int PlainWidth = 200;

    public Terminal(TextReader input, TextWriter output, TextWriter error, IAnsiConsole console, bool isLive, bool canAsk)
    {
        In = input;
        Out = output;
        Error = error;
        Console = console;
        IsLive = isLive;
        CanAsk = canAsk;
    }

    public TextReader In { get; }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    /// <summary>Standard output with colours and tables, or without when it is no terminal.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Output may be drawn again and again: a terminal, no <c>NO_COLOR</c>, not <c>TERM=dumb</c>.</summary>
    public bool IsLive { get; }

    /// <summary>A person can be asked.</summary>
    public bool CanAsk { get; }

#pragma warning disable RS0030 // The console is banned everywhere but here, where it becomes the terminal that all else is given.
    public static Terminal OfProcess(Func<string, string?> variable)
    {
        var isLive = !System.Console.IsOutputRedirected && string.IsNullOrEmpty(variable("NO_COLOR")) && variable("TERM") != "dumb";
        return isLive
            ? new(
                System.Console.In, System.Console.Out, System.Console.Error, AnsiConsole.Console, isLive: true,
                canAsk: !System.Console.IsInputRedirected)
            : Plain(System.Console.In, System.Console.Out, System.Console.Error);
    }

    public static Stream OpenInput() => System.Console.OpenStandardInput();

    /// <summary>Shows the cursor again, which a live display hides: for an end without any clean-up.</summary>
    public static void ShowCursor()
    {
        if (!System.Console.IsOutputRedirected)
            System.Console.Out.Write("\e[?25h");
    }
#pragma warning restore RS0030

    /// <summary>Text only.</summary>
    public static Terminal Plain(TextReader input, TextWriter output, TextWriter error)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new PlainOutput(output),
        });
        return new(input, output, error, console, isLive: false, canAsk: false);
    }

    private sealed class PlainOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => PlainWidth;

        public int Height => int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
