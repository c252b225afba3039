using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ripieno.Configuration;

/// <summary>The JSON schema of the config file, for editors; <c>config/agents.config.schema.json</c> is its text.</summary>
internal static class ConfigurationSchema
{
    public static JsonSerializerOptions Readable { get; } = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Configuration of Ripieno",
            ["allowComments"] = true,
            ["allowTrailingCommas"] = true,
        };
        foreach (var (key, value) in ConfigurationKeys.Whole.Schema())
            schema[key] = value?.DeepClone();
        return schema.ToJsonString(Readable) + "\n";
    }
}
