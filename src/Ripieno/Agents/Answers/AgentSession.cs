using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Prompts;
using Ripieno.Models;
using Ripieno.Runs;
using Ripieno.Workflows;

namespace Ripieno.Agents.Answers;

/// <summary>The calls of one step to its model, and the tokens that they took together.</summary>
internal sealed class AgentSession(IChatClient client, AgentSnapshot agent, StepActivity activity)
{
    /// <summary>Times that a bad answer is sent back. A model that is wrong three times in a row is wrong the fourth time too.</summary>
    private const int MaxRepeats = 2;

    /// <summary>Above the artifacts of a step with their JSON escapes; an answer this long is a model that does not stop.</summary>
    private const int MaxAnswer = 24 * 1024 * 1024;

    private const int MaxErrorsTold = 20;

    public TokenUsage Usage { get; private set; }

    /// <summary>
    /// Asks until the answer has its shape and passes the check; each bad answer goes back with its errors.
    /// </summary>
    /// <param name="prompt">System and user message.</param>
    /// <param name="shape">What the answer must look like.</param>
    /// <param name="check">Sentences that say what is wrong with an answer of the right shape; empty = nothing.</param>
    /// <param name="label">Put before what the slot shows (<c>planning part 2 of 5</c>); null = nothing.</param>
    /// <param name="cancellation">Aborts the call.</param>
    /// <exception cref="StepFailedException">The last repeat was bad too.</exception>
    public async Task<TAnswer> AskAsync<TAnswer>(
        RenderedPrompt prompt,
        AnswerShape<TAnswer> shape,
        Func<TAnswer, IReadOnlyList<string>> check,
        string? label,
        CancellationToken cancellation)
        where TAnswer : class
    {
        List<ChatMessage> question = [new(ChatRole.User, prompt.User)];
        if (prompt.System.Length > 0)
            question.Insert(0, new(ChatRole.System, prompt.System));

        if (label is not null)
            activity.Show(label);
        var messages = question;
        var doing = label;
        for (var repeat = 0; ; repeat++)
        {
            var (text, cutOff) = await CallAsync(messages, shape.Format, doing, cancellation);
            var (answer, errors) = cutOff is null ? Judge(text, shape, check) : (null, [cutOff]);
            if (answer is not null)
                return answer;
            if (repeat == MaxRepeats)
                throw Failed($"Agent '{agent.Id}' gave no valid {shape.Title} in {repeat + 1} answers. The last one: {string.Join(" ", errors.Take(5))}");

            doing = (label is null ? "" : label + ": ") + $"answer was not valid, asking again ({repeat + 1} of {MaxRepeats})";
            activity.Show(doing);
            messages = [.. question, new(ChatRole.Assistant, Shortened(text)), new(ChatRole.User, Complaint(errors))];
        }
    }

    /// <summary>A failure for good that counts the tokens spent so far.</summary>
    public StepFailedException Failed(string message) => new(message, Usage);

    private static (TAnswer? Answer, IReadOnlyList<string> Errors) Judge<TAnswer>(
        string text, AnswerShape<TAnswer> shape, Func<TAnswer, IReadOnlyList<string>> check)
        where TAnswer : class
    {
        try
        {
            var answer = shape.Read(text);
            var errors = check(answer);
            return (errors.Count == 0 ? answer : null, errors);
        }
        catch (JsonException exception)
        {
            return (null, [exception.Message]);
        }
    }

    private async Task<(string Text, string? CutOff)> CallAsync(
        List<ChatMessage> messages, ChatResponseFormat format, string? label, CancellationToken cancellation)
    {
        var options = new ChatOptions
        {
            ModelId = agent.Model.Model,
            Temperature = (float)agent.Model.Temperature,
            ResponseFormat = format,
            Progress = new LabelledProgress(activity, label),
            Witness = activity,
        };
        var text = new StringBuilder();
        string? cutOff = null;
        await foreach (var update in client.GetStreamingResponseAsync(messages, options, cancellation))
        {
            foreach (var usage in update.Contents.OfType<UsageContent>())
                Usage += new TokenUsage(usage.Details.InputTokenCount ?? 0, usage.Details.OutputTokenCount ?? 0);
            text.Append(update.Text);
            if (update.FinishReason == ChatFinishReason.Length)
                cutOff = "The answer was cut off at the model's length limit before it was complete. Answer more briefly.";
            if (text.Length > MaxAnswer)
                return (text.ToString(0, MaxAnswer), $"The answer is longer than {MaxAnswer} characters.");
        }

        return (text.ToString(), cutOff);
    }

    private static string Complaint(IReadOnlyList<string> errors)
    {
        var text = new StringBuilder("Your answer was not valid:\n");
        foreach (var error in errors.Take(MaxErrorsTold))
            text.Append("- ").Append(error).Append('\n');
        if (errors.Count > MaxErrorsTold)
            text.Append("- and ").Append(errors.Count - MaxErrorsTold).Append(" more\n");
        return text.Append("Answer again with only the JSON object, complete and corrected.").ToString();
    }

    // The question takes up to half of the context and the next answer needs room as well: a quarter is left for the bad one.
    private string Shortened(string answer) => LongText.Of(answer).Cut(LongText.BytesIn(agent.Model.Context / 4));

    private sealed class LabelledProgress(StepActivity activity, string? label) : IProgress<ModelProgress>
    {
        public void Report(ModelProgress value) =>
            activity.Report(label is null ? value : value with { Text = $"{label}: {value.Text}" });
    }
}
