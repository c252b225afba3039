using System.Collections.Immutable;

namespace Ripieno.Agents.Answers;

/// <summary>A planner's answer, not checked yet.</summary>
internal sealed record PlanAnswer(string Summary, ImmutableArray<PlanAnswerTask> Tasks, ImmutableArray<DroppedEntry> Dropped)
{
    public static readonly AnswerShape<PlanAnswer> Shape = new(
        "plan",
        """
        {
          "title": "plan",
          "type": "object",
          "additionalProperties": false,
          "required": ["summary", "tasks", "dropped"],
          "properties": {
            "summary": { "type": "string" },
            "tasks": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["id", "title", "description", "entries", "dependsOn"],
                "properties": {
                  "id": { "type": "string" },
                  "title": { "type": "string" },
                  "description": { "type": "string" },
                  "entries": { "type": "array", "items": { "type": "string" } },
                  "dependsOn": { "type": "array", "items": { "type": "string" } }
                }
              }
            },
            "dropped": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["entry", "reason"],
                "properties": { "entry": { "type": "string" }, "reason": { "type": "string" } }
              }
            }
          }
        }
        """,
        AnswerJson.Default.PlanAnswer);
}

internal sealed record PlanAnswerTask(
    string Id, string Title, string Description, ImmutableArray<string> Entries, ImmutableArray<string> DependsOn);

/// <summary>A backlog entry for which no task is made, and why.</summary>
internal sealed record DroppedEntry(string Entry, string Reason);
