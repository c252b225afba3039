using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Ripieno.Errors;

namespace Ripieno.Tests.Hosting;

/// <summary>Agents in C#: functions, classes, agents of other frameworks, chat clients, and what is put around models.</summary>
public sealed class CodedAgentTests : IDisposable
{
    private readonly ProgramFolder _folder = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public sealed record Order(string Title, int Amount, string[] Tags);

    public sealed record Bill(string Text, double Total);

    [Fact]
    public async Task InputAndOutputAreTyped()
    {
        Order? seen = null;
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<Order, Bill>("biller", order =>
            {
                seen = order;
                return new(order.Title, order.Amount * 1.5);
            })
            .AddAgent<Bill, double>("reader", bill => bill.Total)
            .AddWorkflow("bill", workflow =>
            {
                workflow.Step("bill", "biller").Input("title", "An order of {{input.who}}").Input("amount", "{{input.count}}").Input("tags", "{{input.tags}}").Answer<Bill>();
                workflow.Step("total", "reader").Prompt("{{bill}}");
            }));
        var result = await coordinator.ExecuteWorkflowAsync("b", "bill", new { Who = "Ada", Count = 4, Tags = new[] { "x", "y" } }, cancellation: None);
        result.EnsureSucceeded();
        Assert.Equal("An order of Ada", seen!.Title);
        Assert.Equal(4, seen.Amount);
        Assert.Equal(["x", "y"], seen.Tags);
        Assert.Equal(new Bill("An order of Ada", 6), await result.ValueAsync<Bill>("bill", None));
        Assert.Equal(6, await result.ValueAsync<double>("total", None));
    }

    [Fact]
    public async Task WhatDoesNotFitFailsAtOnceAndSaysWhy()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<Order, string>("strict", order => order.Title)
            .AddAgent<string, Order>("wrong", text => new(text, 1, []))
            .AddWorkflow("mismatch", workflow => workflow.Step("one", "strict").Input("amount", "many"))
            .AddWorkflow("schema", workflow => workflow.Step("one", "wrong").Prompt("x").Answer<Bill>()));
        var input = await coordinator.ExecuteWorkflowAsync("m", "mismatch", cancellation: None);
        Assert.StartsWith("Agent 'strict' takes Order, and step 'one' gives {\"amount\":\"many\"}", Assert.Single(input.Failed).Reason, StringComparison.Ordinal);
        var output = await coordinator.ExecuteWorkflowAsync("s", "schema", cancellation: None);
        Assert.StartsWith("Agent 'wrong' did not return what the step's \"answer\" says.", Assert.Single(output.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnExceptionCostsATryAndLaterTriesMayDo()
    {
        var tries = new List<int>();
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("shaky", (text, call, _) =>
            {
                tries.Add(call.Attempt);
                return call.Attempt < 3 ? throw new TimeoutException("A socket, say.") : Task.FromResult(text);
            })
            .AddWorkflow("shake", workflow => workflow.Step("one", "shaky").Prompt("ok").Retry(3, TimeSpan.Zero, TimeSpan.Zero)));
        Assert.True((await coordinator.ExecuteWorkflowAsync("x", "shake", cancellation: None)).Succeeded);
        Assert.Equal([1, 2, 3], tries);
    }

    [Fact]
    public async Task AsynchronousFunctionsAreWaitedForAndTasksAreNoResults()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent("later", async (string text) =>
            {
                await Task.Yield();
                return text + " later";
            })
            .AddWorkflow("later", workflow => workflow.Step("one", "later").Prompt("x")));
        Assert.Equal("x later", await (await coordinator.ExecuteWorkflowAsync("l", "later", cancellation: None)).ValueAsync<string>("one", None));
        var refused = Assert.Throws<ArgumentException>(() => _folder.Open(builder => builder.AddAgent("task", (string _) => Task.CompletedTask)));
        Assert.Contains("returns Task", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATimeLimitHoldsForCodeThatDoesNotLookAtItsToken()
    {
        var never = new TaskCompletionSource<string>();
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("deaf", (_, _, _) => never.Task)
            .AddWorkflow("deaf", workflow => workflow.Step("one", "deaf").Prompt("x").Retry(1).TimeLimit(TimeSpan.FromSeconds(1))));
        var result = await coordinator.ExecuteWorkflowAsync("d", "deaf", cancellation: None);
        Assert.Contains("time limit of 1 s", Assert.Single(result.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AClassThatNeedsServicesSaysSoWithoutAHost()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => _folder.Open(builder => builder.AddAgent<Greeter>("greeter")));
        Assert.Contains("services.AddRipieno", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CodeReviewsCodeUntilItIsGoodEnough()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>("writer", (task, call, _) => Task.FromResult($"{call.Work}{task}{(call.Notes.Length > 0 ? "!" : "")}"))
            .AddAgent<string, ReviewVerdict>("critic", (work, call, _) => Task.FromResult(work.EndsWith("!!", StringComparison.Ordinal) ? new ReviewVerdict(true) : new(false, $"Round {call.Round}: more of it.")))
            .AddWorkflow("loop", workflow => workflow.Step("draft", "writer").Prompt("a").Review("critic", maxRevisions: 5).File("draft.md"))
            .AddWorkflow("never", workflow => workflow.Step("draft", "writer").Prompt("b").Review("critic", maxRevisions: 0)));
        var result = await coordinator.ExecuteWorkflowAsync("l", "loop", cancellation: None);
        // Second round: "a" + "a" + "!"; the critic wants two of them.
        Assert.False(result.Succeeded);
        Assert.Contains("was not accepted after 5 revisions", Assert.Single(result.Failed).Reason, StringComparison.Ordinal);
        var never = await coordinator.ExecuteWorkflowAsync("n", "never", cancellation: None);
        Assert.Contains("Round 1: more of it.", Assert.Single(never.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReviewGetsTheWorkAsItsType()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, Bill>("biller", (_, call, _) => Task.FromResult(new Bill("x", call.Round)))
            .AddAgent<Bill, ReviewVerdict>("auditor", bill => bill.Total > 1 ? new(true) : new(false, "Too cheap."))
            .AddWorkflow("audit", workflow => workflow.Step("bill", "biller").Prompt("go").Answer<Bill>().Review("auditor")));
        var result = (await coordinator.ExecuteWorkflowAsync("a", "audit", cancellation: None)).EnsureSucceeded();
        Assert.Equal(new Bill("x", 2), await result.ValueAsync<Bill>("bill", None));
    }

    [Fact]
    public async Task CodeLeavesFilesAndCallsItsModel()
    {
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>(
                "helper",
                async (task, call, cancellation) =>
                {
                    call.AddFile("notes/raw.txt", "raw");
                    return (await call.Chat.GetResponseAsync(task, cancellationToken: cancellation)).Text;
                },
                new AgentSettings { Model = "llama3.2" })
            .AddAgent<string, string>("bare", (task, call, cancellation) => Task.FromResult(call.Chat.ToString()!))
            .AddWorkflow("model", workflow => workflow.Step("one", "helper").Prompt("Say something").File("answer.md"))
            .AddWorkflow("none", workflow => workflow.Step("one", "bare").Prompt("x").Retry(1)));
        var result = (await coordinator.ExecuteWorkflowAsync("m", "model", cancellation: None)).EnsureSucceeded();
        Assert.NotEmpty((await result.ValueAsync<string>("one", None))!);
        Assert.True(result.Run.Usage.Output > 0, "The model's tokens count.");
        var files = (await result.ExportAsync(cancellation: None)).Select(file => Path.GetRelativePath(Path.Combine(_folder.Path, "artifacts", "m"), file));
        Assert.Superset(new HashSet<string> { "answer.md", Path.Combine("notes", "raw.txt") }, files.ToHashSet());

        var none = await coordinator.ExecuteWorkflowAsync("n", "none", cancellation: None);
        Assert.Contains("was given no model", Assert.Single(none.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoAnswersInPlaceOfItsModelIsTold()
    {
        await File.WriteAllTextAsync(_folder.Config, """
            { "runtime": { "ollama": { "host": "http://127.0.0.1:1" }, "simulated": { "latency": "0s" }, "fallbackProviders": [{ "provider": "simulated", "model": "llama3.2" }] } }
            """, None);
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent<string, string>(
                "helper", async (task, call, cancellation) => (await call.Chat.GetResponseAsync(task, cancellationToken: cancellation)).Text, new AgentSettings { Model = "llama3.2", Provider = "ollama" })
            .AddWorkflow("model", workflow => workflow.Step("one", "helper").Prompt("Say something")));
        (await coordinator.ExecuteWorkflowAsync("m", "model", cancellation: None)).EnsureSucceeded();
        var told = Assert.Single(await coordinator.EventsAsync("m", cancellation: None).Where(one => one.Kind == WorkflowEventKind.FallbackAnswered).ToListAsync(None));
        Assert.Contains("simulated/llama3.2 instead of ollama/llama3.2", told.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentOfTheAgentFrameworkDoesStepsAndStandsInTheBuiltInWorkflow()
    {
        var agent = new EchoAgent();
        await using var coordinator = _folder.Open(builder => builder
            .AddAgent("outside", agent)
            .AddAgent("reviewer", new EchoAgent("""{ "verdict": "approve", "notes": "" }"""))
            .AddWorkflow("ask", workflow => workflow.Step("one", "outside").Prompt("Hello {{input}}")));
        var result = (await coordinator.ExecuteWorkflowAsync("a", "ask", "world", cancellation: None)).EnsureSucceeded();
        Assert.Equal("You said: Hello world", await result.ValueAsync<string>("one", None));
        Assert.Equal(7, result.Run.Usage.Output);

        var standard = (await coordinator.RunStandardWorkflowAsync("Something", cancellation: None)).EnsureSucceeded();
        var steps = await coordinator.StepsAsync(standard.Run.Id, None).ToListAsync(None);
        // The reviewer that is code never asks for a revision, and spends 7 tokens each time.
        Assert.All(steps.Where(step => step.Agent == "reviewer"), step => Assert.Equal(7, step.Usage.Output));
        Assert.DoesNotContain(steps, step => step.Key.Contains("revision", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFunctionCannotStandInTheBuiltInWorkflow()
    {
        await using var coordinator = _folder.Open(builder => builder.AddAgent<string, string>("planner", text => text));
        var result = await coordinator.RunStandardWorkflowAsync("Something", cancellation: None);
        Assert.Contains("Agent 'planner' is a function", Assert.Single(result.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMiddlewareSeesEveryCall()
    {
        var seen = new System.Collections.Concurrent.ConcurrentBag<(ModelInfo Model, string Text)>();
        await using var coordinator = _folder.Open(builder => builder
            .UseChatClient((client, model) => client.AsBuilder().Use(
                async (messages, options, next, cancellation) =>
                {
                    seen.Add((model, string.Concat(messages.Select(message => message.Text))));
                    await next(messages, options, cancellation);
                }).Build())
            .AddWorkflow("ask", workflow => workflow.Step("one", "executor").Prompt("Remember the milk")));
        (await coordinator.ExecuteWorkflowAsync("a", "ask", cancellation: None)).EnsureSucceeded();
        var (model, text) = Assert.Single(seen);
        Assert.Equal(new ModelInfo("simulated", "llama3.2"), model);
        Assert.Contains("Remember the milk", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramWithoutTheCodeLeavesItsStepsAlone()
    {
        static void Define(AgentCoordinatorBuilder builder, bool withCode)
        {
            if (withCode)
                builder.AddAgent<string, string>("mine", text => text + " done");
            builder.AddWorkflow("work", workflow => workflow.Step("one", "mine").Prompt("x"));
        }

        using var folder = new ProgramFolder(""" "agents": [{ "id": "mine", "code": true }] """);
        await using var without = folder.Open(builder => Define(builder, withCode: false));
        await using var with = folder.Open(builder => Define(builder, withCode: true));
        using var stop = new CancellationTokenSource();
        var idle = without.RunWorkerAsync(stop.Token);
        var accepted = await without.SubmitAsync("work", cancellation: None);
        var other = await without.RunStandardWorkflowAsync("Meanwhile", cancellation: None);
        Assert.True(other.Succeeded);
        Assert.Equal(0, Assert.Single(await without.StepsAsync(accepted.Id, None).ToListAsync(None)).Executions);
        var result = await with.ExecuteWorkflowAsync(accepted.Id, "work", cancellation: None);
        Assert.Equal("x done", await result.ValueAsync<string>("one", None));
        await stop.CancelAsync();
        await idle;
    }

    [Fact]
    public async Task AClassGetsTheHostsServicesAndOneScopeEachStep()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<Made>().AddScoped<Scoped>()
            .AddRipieno(_folder.Config, ripieno => ripieno
                .AddAgent<Greeter>("greeter")
                .AddWorkflow("greet", workflow => workflow.Step("each", "greeter").ForEach("input").Prompt("{{item}}")))
            .AddRipienoWorker();
        using var host = builder.Build();
        await host.StartAsync(None);
        var coordinator = host.Services.GetRequiredService<AgentCoordinator>();
        var accepted = await coordinator.SubmitAsync("greet", new[] { "Ada", "Bob" }, cancellation: None);
        var result = await coordinator.WaitAsync(accepted.Id, None);
        Assert.Equal(["Hello Ada", "Hello Bob"], await result.ValueAsync<string[]>("each", None) ?? []);
        Assert.Equal((2, 2), (host.Services.GetRequiredService<Made>().Scopes, host.Services.GetRequiredService<Made>().Disposed));
        await host.StopAsync(None);
    }

    [Fact]
    public async Task SeveralCoordinatorsInOneHostHaveKeys()
    {
        using var other = new ProgramFolder();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddKeyedRipieno("a", _folder.Config).AddKeyedRipieno("b", other.Config).AddRipienoWorker("b");
        using var host = builder.Build();
        await host.StartAsync(None);
        var a = host.Services.GetRequiredKeyedService<AgentCoordinator>("a");
        var b = host.Services.GetRequiredKeyedService<AgentCoordinator>("b");
        Assert.NotEqual(a.StoreLocation, b.StoreLocation);
        Assert.True((await b.WaitAsync((await b.SubmitAsync(input: "x", cancellation: None)).Id, None)).Succeeded);
        await host.StopAsync(None);
    }

    [Fact]
    public void AllThatIsWrongIsSaidAtOnce()
    {
        var wrong = Assert.Throws<InvalidInputException>(() => _folder.Open(builder => builder
            .AddAgent<string, string>("bad id!", text => text)
            .AddAgent<string, string>("lost", text => text, new AgentSettings { Provider = "olama" })
            .AddWorkflow("one", workflow =>
            {
                workflow.Step("a", "executor").Prompt("{{b}}");
                workflow.Step("b", "executor").Prompt("{{a}}");
            })
            .AddWorkflow("two", workflow => workflow.Step("a", "nobody").Prompt("x").Retry(0))
            .AddWorkflow("three", workflow => workflow.Step("a", "executor").Prompt("x").AnswerJson("nonsense"))));
        string[] expected = ["bad id!", "olama", "a circle: a → b → a", "retry.maxAttempts", "workflows.three"];
        Assert.All(expected, text => Assert.Contains(text, wrong.Message, StringComparison.Ordinal));
        Assert.All(wrong.Problems, problem => Assert.Null(problem.Line));
    }

    [Fact]
    public void AWorkflowInCodeIsWhatTheSameInAFileIs()
    {
        using var folder = new ProgramFolder("""
            "agents": [{ "id": "analyst" }, { "id": "critic" }], "callbacks": { "told": { "command": ["true"] } },
            "workflows": { "file": {
              "description": "All of it", "maxSteps": 50, "maxParallel": 3, "priority": 2, "onFailure": "stop", "callbacks": ["told"],
              "steps": [
                { "id": "views", "agent": "analyst", "prompt": "Views on {{input.question}}", "answer": { "type": "array", "items": { "type": "string" } }, "queue": "fast", "priority": 5 },
                { "id": "study", "forEach": "views", "itemsDependOn": "after", "when": "item != 'none'", "steps": [
                  { "id": "draft", "agent": "analyst", "prompt": "{{item}}", "input": { "q": "{{input.question}}" }, "file": "{{index}}.md", "review": { "agent": "critic", "prompt": "Hard", "maxRevisions": 1 },
                    "retry": { "maxAttempts": 2, "firstDelay": "2s", "maxDelay": "5s" }, "timeLimit": "3m" } ] },
                { "id": "gate", "approval": { "prompt": "Go? {{study}}", "timeLimit": "2d", "default": "approve", "onReject": "go-on" } },
                { "id": "end", "agent": "analyst", "prompt": "{{study}}", "answer": "json", "trigger": "all-done", "dependsOn": ["gate"] } ] } }
            """);
        var coordinator = folder.Open(builder => builder.AddWorkflow("code", workflow =>
        {
            workflow.Description("All of it").MaxSteps(50).MaxParallel(3).Priority(2).StopOnFailure().Callbacks("told");
            workflow.Step("views", "analyst").Prompt("Views on {{input.question}}").AnswerJson("""{ "type": "array", "items": { "type": "string" } }""").Queue("fast").Priority(5);
            workflow.Group("study", study => study.Step("draft", "analyst").Prompt("{{item}}").Input("q", "{{input.question}}").File("{{index}}.md").Review("critic", "Hard", 1)
                .Retry(2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)).TimeLimit(TimeSpan.FromMinutes(3))).ForEach("views", itemsDependOn: "after").When("item != 'none'");
            workflow.Approval("gate", "Go? {{study}}", TimeSpan.FromDays(2), approvedByDefault: true, rejectedGoesOn: true);
            workflow.Step("end", "analyst").Prompt("{{study}}").AnswerJson().AfterAll().DependsOn("gate");
        }));
        var own = coordinator.Parts.Configuration.Options.Workflows.Own;
        Assert.Equal(Text(own["file"]), Text(own["code"]));

        static string Text(Ripieno.Configuration.WorkflowOptions workflow) => Ripieno.Configuration.EffectiveWorkflows.Workflow(workflow).ToJsonString();
    }

    [Fact]
    public void ASchemaOfATypeIsOneThatServicesEnforce()
    {
        var coordinator = _folder.Open(builder => builder.AddWorkflow("typed", workflow => workflow.Step("a", "executor").Prompt("x").Answer<Order>()));
        var schema = JsonNode.Parse(coordinator.Parts.Configuration.Options.Workflows.Own["typed"].Steps[0].Answer!)!;
        Assert.False(schema["additionalProperties"]!.GetValue<bool>());
        Assert.Equal(["title", "amount", "tags"], schema["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("integer", schema["properties"]!["amount"]!["type"]!.GetValue<string>());
    }

    private sealed class Made
    {
        public int Scopes;
        public int Disposed;
    }

    private sealed class Scoped(Made made) : IDisposable
    {
        public string Greet(string name)
        {
            Interlocked.Increment(ref made.Scopes);
            return $"Hello {name}";
        }

        public void Dispose() => Interlocked.Increment(ref made.Disposed);
    }

    private sealed class Greeter(Scoped scoped) : IAgent<string, string>
    {
        public Task<string> ExecuteAsync(string input, AgentCall call, CancellationToken cancellation) => Task.FromResult(scoped.Greet(input));
    }

    /// <summary>An agent as another framework would bring it.</summary>
    private sealed class EchoAgent(string? answer = null) : AIAgent
    {
        protected override Task<AgentResponse> RunCoreAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new AgentResponse(new ChatMessage(ChatRole.Assistant, Answer(messages))) { Usage = new() { OutputTokenCount = 7 } });

        protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            yield return new(ChatRole.Assistant, Answer(messages));
            yield return new(ChatRole.Assistant, [new UsageContent(new() { OutputTokenCount = 7 })]);
        }

        protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override ValueTask<JsonElement> SerializeSessionCoreAsync(AgentSession session, JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(JsonElement serializedState, JsonSerializerOptions? jsonSerializerOptions = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        private string Answer(IEnumerable<ChatMessage> messages) => answer ?? $"You said: {messages.Last().Text}";
    }
}
