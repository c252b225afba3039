using System.Globalization;
using Ripieno.Agents;
using Ripieno.Benchmarks.Stores;
using Ripieno.Benchmarks.Working;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Providers;
using Ripieno.Workers;

namespace Ripieno.Benchmarks.Processes;

/// <summary>
/// An instance of Ripieno in a process of its own: a store, the model path, a worker, composed as the command composes them. With a model server its steps are model
/// calls; without one they are nothing, and it writes the moment at which each begins.
/// </summary>
internal static class InstanceRole
{
    public const string Name = "instance";

    /// <summary>Answers with the managed memory in use, in MB.</summary>
    public const string Managed = "managed";

    /// <summary>Answers with the number of steps that it has executed.</summary>
    public const string Done = "done";

    /// <summary>Answers with its id, to which steps may be pinned.</summary>
    public const string Id = "id";

    /// <param name="place">Where its store is.</param>
    /// <param name="slots">Of the worker.</param>
    /// <param name="server">URL of the model server that its steps call; null = they call none.</param>
    /// <param name="tokens">Most tokens of an answer; null = as many as the server likes.</param>
    public static IEnumerable<string> Arguments(StorePlace place, int slots, string? server, int? tokens = null)
    {
        string[] own = [Roles.Option, Name, place.Kind, place.Address, $"{slots}"];
        return server is null ? own : tokens is null ? [.. own, server] : [.. own, server, $"{tokens}"];
    }

    public static async Task RunAsync(string[] arguments)
    {
        var slots = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        await using var store = await StorePlace.OpenStoreAsync(arguments[0], arguments[1], CancellationToken.None);
        var instance = ThisInstance.Describe(null, slots, TimeProvider.System);
        using var providers = ModelProviders.Create(new RipienoOptions(), TimeProvider.System);
        Endpoint[] endpoints = arguments.Length > 3 ? [new("simulator", ProviderKind.Ollama, new Uri(arguments[3]), slots, null, null)] : [];
        using var path = new ModelPath(endpoints, providers.ByKind, store, instance.Incarnation, TimeProvider.System);
        var starts = new StartsExecutor();
        IStepExecutor executor = endpoints.Length > 0 ? new CallingExecutor(path, arguments.Length > 4 ? int.Parse(arguments[4], CultureInfo.InvariantCulture) : null) : starts;
        await using var worker = new Worker(
            store, instance, new() { Slots = slots, Classes = [Work.Class] }, [executor], TimeProvider.System);
        await worker.StartAsync(CancellationToken.None);
        var telling = TellStartsAsync(starts);
        await Roles.ServeAsync(line => line switch
        {
            Done => worker.StepsDone.ToString(CultureInfo.InvariantCulture),
            Id => instance.Id,
            _ => (GC.GetTotalMemory(forceFullCollection: false) / 1024d / 1024d).ToString("0.0", CultureInfo.InvariantCulture),
        });
        await worker.StopAsync(TimeSpan.Zero);
        starts.End();
        await telling;
    }

    private static async Task TellStartsAsync(StartsExecutor starts)
    {
        await foreach (var start in starts.Starts.ReadAllAsync())
            await Console.Out.WriteLineAsync(start.ToString(CultureInfo.InvariantCulture));
    }
}
