namespace Ripieno.Backlogs;

/// <summary>How a backlog is written.</summary>
internal enum BacklogFormat
{
    Json,
    Markdown,

    /// <summary>One entry a line.</summary>
    Plain,
}
