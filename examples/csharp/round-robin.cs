#:project ../../src/Ripieno.Hosting/Ripieno.Hosting.csproj
// Tasks dealt out to instances in turn. Mostly it is better not to deal: see task-queue.cs, where the fastest instance takes most.
using Ripieno;

string[] tasks = ["Login page", "Password reset", "Audit log", "Dark mode", "Export to CSV", "Search"];
var instances = Enumerable.Range(1, 3)
    .Select(number => AgentCoordinator.Open(configure: ripieno => ripieno.UseInstanceId($"instance{number}").UseProvider("simulated")))
    .ToArray();

// distribute_tasks: instance i % 3 executes task i.
var results = await Task.WhenAll(tasks.Select((task, i) =>
    instances[i % instances.Length].ExecuteWorkflowAsync($"task-{i + 1}", input: task)));

foreach (var result in results)
    Console.WriteLine($"{result.Run.Id} {result.Run.Title}: {result.Run.Status}");
foreach (var instance in instances)
    await instance.DisposeAsync();
