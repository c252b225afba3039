#:project ../../src/Ripieno.Hosting/Ripieno.Hosting.csproj
// A task queue: some programs submit, any number of others work. The store is the queue. Start this program with the argument
// redis:localhost:6379, and submitters and workers may be on different machines; without it they share a file.
using Ripieno;

var store = args.FirstOrDefault() ?? "sqlite:data/queue.db";
AgentCoordinator Open() => AgentCoordinator.Open(configure: ripieno => ripieno.UseStore(store).UseProvider("simulated"));

// Enqueue. The run is durable when this returns; who submits the same id again gets the same run.
await using var front = Open();
var nightly = await front.SubmitAsync(input: "Summarise the open tickets", workflowId: "nightly-42");
var again = await front.SubmitAsync(input: "Summarise the open tickets", workflowId: "nightly-42");
Console.WriteLine($"{nightly.Id} accepted; a second time: {(again.Existing ? "the same run" : "another run")}");

// Work: `ripieno worker --store …` on any machine does the same.
using var stop = new CancellationTokenSource();
await using var worker1 = Open();
await using var worker2 = Open();
var working = Task.WhenAll(worker1.RunWorkerAsync(stop.Token), worker2.RunWorkerAsync(stop.Token));

// Follow it from anywhere.
await foreach (var happened in front.EventsAsync(nightly.Id, follow: true))
    Console.WriteLine($"{happened.Kind} {happened.Step} {happened.Detail}");

var result = (await front.WaitAsync(nightly.Id)).EnsureSucceeded();
Console.WriteLine($"files: {string.Join(", ", (await result.ExportAsync()).Select(Path.GetFileName))}");
await stop.CancelAsync();
await working;
