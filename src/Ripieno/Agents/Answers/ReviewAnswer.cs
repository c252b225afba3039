using System.Text;
using Ripieno.Agents.Prompts;
using Ripieno.Storage;

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

    /// <summary>For messages.</summary>
    public static string Revisions(int count) => count == 1 ? "1 revision" : $"{count} revisions";

    /// <summary>Sentences that say what is wrong with an answer of the right shape; empty = nothing.</summary>
    public static IReadOnlyList<string> Problems(ReviewAnswer answer)
    {
        if (answer.Verdict is not (Approve or Revise))
            return [$"`verdict` is '{LongText.Of(answer.Verdict).Cut(40)}'; it must be '{Approve}' or '{Revise}'."];
        if (answer.Verdict == Revise && string.IsNullOrWhiteSpace(answer.Notes))
            return ["`notes` is empty; with the verdict 'revise' it must say what to change."];
        var size = Encoding.UTF8.GetByteCount(answer.Notes);
        return size > ContentLimits.Result / 8 ? [$"`notes` takes {size} bytes; at most {ContentLimits.Result / 8} are allowed."] : [];
    }
}
