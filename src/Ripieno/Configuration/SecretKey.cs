using System.Collections.Frozen;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Recognises credentials written into the file. Config is committed and copied, so a key in it is lost; only names of variables are accepted.</summary>
internal static class SecretKey
{
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
        ["key", "apikey", "token", "accesstoken", "password", "secret", "clientsecret"], StringComparer.OrdinalIgnoreCase);

    public const string UsualHome = "\"keyEnv\", the name of an environment variable that holds it";

    public static bool Is(string key) =>
        Names.Contains(key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal));

    public static Problem Problem(SourceNode value, string place, string home = UsualHome) =>
        value.Origin.Problem(
            place, "a secret (not shown)", home,
            "Remove the secret from the file, put it into an environment variable, and replace it with a new one if the file was shared.");

    /// <summary>Looks through a section that is otherwise accepted as it stands.</summary>
    public static void Find(SourceNode node, string place, List<Problem> problems)
    {
        if (node is SourceArray array)
        {
            for (var i = 0; i < array.Items.Count; i++)
                Find(array.Items[i], $"{place}[{i}]", problems);
        }
        else if (node is SourceObject section)
        {
            foreach (var (key, value) in section.Members)
            {
                if (Is(key))
                    problems.Add(Problem(value, $"{place}.{key}"));
                else
                    Find(value, $"{place}.{key}", problems);
            }
        }
    }
}
