namespace Ripieno.Agents.Answers;

/// <summary>A reviewer's answer, not checked yet.</summary>
internal sealed record ReviewAnswer(string Verdict, string Notes)
{
    public const string Approve = "approve";
    public const string Revise = "revise";

    public static readonly AnswerShape<ReviewAnswer> Shape = new(
        "review",
        """
        {
          "title": "review",
          "type": "object",
          "additionalProperties": false,
          "required": ["verdict", "notes"],
          "properties": {
            "verdict": { "type": "string", "enum": ["approve", "revise"] },
            "notes": { "type": "string" }
          }
        }
        """,
        AnswerJson.Default.ReviewAnswer);
}
