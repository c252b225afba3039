namespace Ripieno.Backlogs;

/// <summary>Priorities as people write them, in any case.</summary>
internal static class PriorityText
{
    public const string Expected = "High, Medium or Low";

    public static bool TryParse(string text, out BacklogPriority priority)
    {
        priority = BacklogPriority.Medium;
        foreach (var known in Enum.GetValues<BacklogPriority>())
        {
            if (!string.Equals(text.Trim(), known.ToString(), StringComparison.OrdinalIgnoreCase))
                continue;
            priority = known;
            return true;
        }

        return false;
    }
}
