namespace Ripieno.Cli.Setup;

/// <summary>What a check found.</summary>
/// <param name="Level">How bad.</param>
/// <param name="Subject">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="NextStep">What to do; null when nothing needs doing.</param>
internal sealed record Finding(FindingLevel Level, string Subject, string Text, string? NextStep = null);

internal enum FindingLevel
{
    Ok,

    /// <summary>Works, but probably not as wanted.</summary>
    Warning,

    /// <summary>Nothing can be run until it is mended.</summary>
    Error,
}
