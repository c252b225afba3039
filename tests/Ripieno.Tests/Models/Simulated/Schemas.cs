using System.Text.Json;

namespace Ripieno.Tests.Models.Simulated;

/// <summary>Schemas of the answers that agents ask for, and some others.</summary>
internal static class Schemas
{
    public const string Plan = """
        {
          "title": "plan", "type": "object", "required": ["summary", "tasks", "dropped"], "additionalProperties": false,
          "properties": {
            "summary": { "type": "string" },
            "tasks": { "type": "array", "items": {
              "type": "object", "required": ["id", "title", "description", "entries", "dependsOn"], "additionalProperties": false,
              "properties": {
                "id": { "type": "string", "minLength": 1 }, "title": { "type": "string", "minLength": 1 }, "description": { "type": "string" },
                "entries": { "type": "array", "items": { "type": "string" } }, "dependsOn": { "type": "array", "items": { "type": "string" } } } } },
            "dropped": { "type": "array", "items": {
              "type": "object", "required": ["entry", "reason"], "properties": { "entry": { "type": "string" }, "reason": { "type": "string" } } } }
          }
        }
        """;

    public const string Work = """
        {
          "title": "work", "type": "object", "required": ["summary", "files", "notes"], "additionalProperties": false,
          "properties": {
            "summary": { "type": "string" },
            "files": { "type": "array", "minItems": 1, "items": {
              "type": "object", "required": ["path", "content"], "additionalProperties": false,
              "properties": { "path": { "type": "string", "minLength": 1 }, "content": { "type": "string" } } } },
            "notes": { "type": "string" }
          }
        }
        """;

    public const string Review = """
        {
          "title": "review", "type": "object", "required": ["verdict", "notes"], "additionalProperties": false,
          "properties": { "verdict": { "enum": ["approve", "revise"] }, "notes": { "type": "string" } }
        }
        """;

    public static JsonElement Parse(string schema) => JsonElement.Parse(schema);
}
