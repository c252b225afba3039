#:project ../../src/Ripieno.Hosting/Ripieno.Hosting.csproj
// Agents in C#: a function with typed input and output, one that calls its model, a reviewer; a workflow in C#; approval by a person;
// and a middleware around every model call.
using Microsoft.Extensions.AI;
using Ripieno;

var calls = 0;
await using var coordinator = AgentCoordinator.Open(configure: ripieno => ripieno
    .UseProvider("simulated")

    // A function: its input is made from the step's data.
    .AddAgent<Text, Statistics>("counter", text => new(text.Body.Split(' ').Length, text.Body.Length))

    // A function that calls a model, behind the same limits and counters as every agent.
    .AddAgent<string, string>(
        "writer",
        async (task, call, cancellation) =>
        {
            call.Show(call.Round == 1 ? "drafting" : $"revising: {call.Notes}");
            var answer = await call.Chat.GetResponseAsync($"{task} {call.Notes}", cancellationToken: cancellation);
            return call.Round == 1 ? answer.Text : $"# Notice\n\n{answer.Text}";
        },
        new AgentSettings { Model = "llama3.2" })

    // A reviewer: it gets the work, and accepts it or sends it back.
    .AddAgent<string, ReviewVerdict>("proofreader", work =>
        work.StartsWith('#') ? new(Approved: true) : new(Approved: false, "Begin with a heading."))

    .AddWorkflow("notice", workflow =>
    {
        workflow.Description("A notice, proofread, counted and approved").MaxParallel(2);
        workflow.Step("draft", "writer").Prompt("Write a notice: {{input}}").Review("proofreader").File("notice.md").TimeLimit(TimeSpan.FromMinutes(5));
        workflow.Step("size", "counter").Input("body", "{{draft}}");
        workflow.Approval("release", "Publish {{size.words}} words?", timeLimit: TimeSpan.FromDays(3), rejectedGoesOn: true);
        workflow.Step("translate", "executor").When("release.approved").Prompt("Translate to German: {{draft}}").Retry(maxAttempts: 6);
    })

    // Around every model call of this program.
    .UseChatClient((client, model) => client.AsBuilder()
        .Use(async (messages, options, next, cancellation) =>
        {
            Interlocked.Increment(ref calls);
            await next(messages, options, cancellation);
        })
        .Build()));

var accepted = await coordinator.SubmitAsync("notice", "We move on Monday");
var executing = coordinator.ExecuteWorkflowAsync(accepted.Id, "notice", "We move on Monday");

// The run waits for a person, at no cost of a slot. Here the person is this program.
await foreach (var run in coordinator.WatchAsync(accepted.Id))
{
    foreach (var question in await coordinator.ApprovalsAsync(run.Id))
    {
        Console.WriteLine($"{question.Step}: {question.Question}");
        await coordinator.ApproveAsync(run.Id, question.Step, approved: true, by: "Ada", note: "Good");
    }
}

var result = (await executing).EnsureSucceeded();
var size = await result.ValueAsync<Statistics>("size");
Console.WriteLine($"{size!.Words} words, {calls} model calls, {result.Run.Usage.Output} tokens");
Console.WriteLine((await result.ValueAsync<string>("draft"))!.Split('\n')[0]);

sealed record Text(string Body);
sealed record Statistics(int Words, int Characters);
