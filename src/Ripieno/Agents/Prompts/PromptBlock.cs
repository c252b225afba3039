using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Ripieno.Agents.Prompts;

/// <summary>Data as they stand in a user message: JSON or text between tags of their own.</summary>
internal static partial class PromptBlock
{
    // Readable for a model: quotes, angle brackets and letters of all scripts stay as they are.
    private static readonly PromptJson Json = new(new JsonSerializerOptions(PromptJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Of<TValue>(string name, TValue value)
    {
        var json = JsonSerializer.Serialize(value, (JsonTypeInfo<TValue>)Json.GetTypeInfo(typeof(TValue))!);
        // Data can neither end their own block nor begin another: this is the same JSON and no tag.
        return Tagged(name, TagPattern().Replace(json, @"\u003c"));
    }

    public static string OfText(string name, string text) =>
        Tagged(name, Regex.Replace(TagPattern().Replace(text, @"\<"), $@"(?<!\\)</{Regex.Escape(name)}>", $@"\</{name}>", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10)));

    private static string Tagged(string name, string content) => $"<{name}>\n{content}\n</{name}>";

    [GeneratedRegex("<(?=/?(?:backlog|others|task|results|previous|notes|work)>)", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex TagPattern();
}
