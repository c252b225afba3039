#:project ../../src/Ripieno.Hosting/Ripieno.Hosting.csproj
// Two instances in one process, each with runs of its own. In real life each has its own config file
// (config/agents.config.instance1.json with "extends": "agents.config.json") and mostly its own process.
using Ripieno;

// Instance 1
await using var coordinator1 = AgentCoordinator.Open(configure: ripieno => ripieno.UseInstanceId("instance1").UseProvider("simulated"));
var first = coordinator1.ExecuteWorkflowAsync("instance1_workflow", input: "Write a short README for a to-do list program");

// Instance 2
await using var coordinator2 = AgentCoordinator.Open(configure: ripieno => ripieno.UseInstanceId("instance2").UseProvider("simulated"));
var second = coordinator2.ExecuteWorkflowAsync("instance2_workflow", input: "Design its data model");

foreach (var result in await Task.WhenAll(first, second))
    Console.WriteLine($"{result.Run.Id}: {result.Run.Status}, {result.Run.Steps} steps, {result.Run.Usage.Output} tokens");
