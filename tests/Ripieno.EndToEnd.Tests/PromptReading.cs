using System.Text.Json;
using Ripieno.Simulator;

namespace Ripieno.EndToEnd.Tests;

/// <summary>What a logged request asked for.</summary>
internal static class PromptReading
{
    extension(SimulatedRequest request)
    {
        /// <summary>The user message, without the role's fixed text.</summary>
        public string Prompt() => request.Messages.Last(message => message.Role == "user").Text;

        /// <summary>Title of the task in the prompt's task block.</summary>
        public string Task()
        {
            var prompt = request.Prompt();
            var start = prompt.IndexOf("<task>", StringComparison.Ordinal) + "<task>".Length;
            var end = prompt.IndexOf("</task>", start, StringComparison.Ordinal);
            using var task = JsonDocument.Parse(prompt[start..end]);
            return task.RootElement.GetProperty("title").GetString()!;
        }
    }
}
