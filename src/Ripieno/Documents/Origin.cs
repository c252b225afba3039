namespace Ripieno.Documents;

/// <summary>Where a value was written, so that a problem can point at it and <c>config show</c> can explain it.</summary>
/// <param name="Kind">Which layer.</param>
/// <param name="Name">The file as the user named it, the environment variable, or the option; null for a default.</param>
/// <param name="Line">Line in the file, from 1; null outside files.</param>
internal sealed record Origin(OriginKind Kind, string? Name = null, int? Line = null)
{
    public static Origin Default { get; } = new(OriginKind.Default);

    public override string ToString() => Kind switch
    {
        OriginKind.File => Line is null ? Name ?? "text" : $"{Name ?? "text"}:{Line}",
        OriginKind.Environment => $"environment {Name}",
        OriginKind.CommandLine => $"command line {Name}",
        _ => "default",
    };
}

internal enum OriginKind
{
    Default,
    File,
    Environment,
    CommandLine,
}
