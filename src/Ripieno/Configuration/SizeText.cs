using System.Globalization;

namespace Ripieno.Configuration;

/// <summary>
/// Amounts of memory as people write them in config: a number and a unit, <c>512MB</c>, <c>2GB</c>. Units are binary, as in the tools that show memory:
/// 1 KB is 1,024 bytes.
/// </summary>
internal static class SizeText
{
    public const string Expected = "a size such as \"512MB\" or \"2GB\"";

    private static readonly (string Name, long Bytes)[] Units = [("KB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30)];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.AsSpan().Trim();
        foreach (var (name, size) in Units)
        {
            if (!trimmed.EndsWith(name, StringComparison.Ordinal))
                continue;
            if (!double.TryParse(trimmed[..^name.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return false;
            // Beyond 2^53 bytes a double is not exact any more, and no machine has as much.
            var exact = count * size;
            if (exact is not (>= 0 and <= 1L << 53))
                return false;
            bytes = (long)exact;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same size.</summary>
    public static string Format(long bytes)
    {
        foreach (var (name, size) in Units.Reverse())
        {
            if (bytes > 0 && bytes % size == 0)
                return $"{bytes / size}{name}";
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / 1024}KB");
    }
}
