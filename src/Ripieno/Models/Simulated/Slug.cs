using System.Text;

namespace Ripieno.Models.Simulated;

/// <summary>A text as a safe file name: lower-case letters, digits and dashes.</summary>
internal static class Slug
{
    private const int Longest = 60;

    public static string Of(string text)
    {
        var slug = new StringBuilder();
        foreach (var letter in text)
        {
            if (slug.Length == Longest)
                break;
            if (char.IsAsciiLetterOrDigit(letter))
                slug.Append(char.ToLowerInvariant(letter));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        var trimmed = slug.ToString().TrimEnd('-');
        return trimmed.Length > 0 ? trimmed : "task";
    }
}
