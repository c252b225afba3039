using System.Collections.Immutable;

namespace Ripieno.Agents.Answers;

/// <summary>An executor's answer, not checked yet.</summary>
internal sealed record WorkAnswer(string Summary, ImmutableArray<WorkAnswerFile> Files, string Notes)
{
    public static readonly AnswerShape<WorkAnswer> Shape = new(
        "work",
        """
        {
          "title": "work",
          "type": "object",
          "additionalProperties": false,
          "required": ["summary", "files", "notes"],
          "properties": {
            "summary": { "type": "string" },
            "files": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["path", "content"],
                "properties": { "path": { "type": "string" }, "content": { "type": "string" } }
              }
            },
            "notes": { "type": "string" }
          }
        }
        """,
        AnswerJson.Default.WorkAnswer);
}

internal sealed record WorkAnswerFile(string Path, string Content);
