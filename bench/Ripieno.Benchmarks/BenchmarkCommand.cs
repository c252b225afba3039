using System.CommandLine;
using System.CommandLine.Parsing;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Peers;
using Ripieno.Benchmarks.Reporting;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks;

/// <summary>The command line: which benchmarks, how often, where, and how the figures come out.</summary>
internal static class BenchmarkCommand
{
    public static RootCommand Create()
    {
        var repetitions = new Option<int>("--repetitions") { HelpName = "N", Description = "How often each is measured, after a warm-up", DefaultValueFactory = _ => 3 };
        var scale = new Option<double>("--scale") { HelpName = "F", Description = "Factor on sizes and lengths; below 1 for a quick look", DefaultValueFactory = _ => 1 };
        repetitions.Validators.Add(result =>
        {
            if (result.GetValue(repetitions) < 1)
                result.AddError("--repetitions must be 1 or more.");
        });
        scale.Validators.Add(result =>
        {
            if (result.GetValue(scale) <= 0)
                result.AddError("--scale must be above 0.");
        });
        var only = new Option<string[]>("--only") { HelpName = "NAME", Description = "Only these", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. AllBenchmarks.List.Select(benchmark => benchmark.Name)]);
        var store = new Option<string>("--store") { HelpName = "KIND", Description = "The store to measure", DefaultValueFactory = _ => StorePlace.Kinds[0] };
        store.AcceptOnlyFromAmong([.. StorePlace.Kinds]);
        var redis = new Option<string?>("--redis") { HelpName = "HOST:PORT", Description = "An empty Redis to use, which is emptied again and again; without it servers of our own" };
        var fsync = new Option<string>("--fsync") { HelpName = "HOW", Description = "When our own servers write to the disk", DefaultValueFactory = _ => "everysec" };
        fsync.AcceptOnlyFromAmong("everysec", "always");
        string[] known = [.. PeerSet.All.Select(peer => peer.Name)];
        var peers = new Option<string[]>("--peers")
        {
            HelpName = "NAMES",
            Description = $"Other engines to measure beside the Redis store, with commas, or '{PeerSet.None}'",
            DefaultValueFactory = _ => known,
            CustomParser = result => ParsePeers(result, known),
        };
        var profile = new Option<bool>("--profile") { Description = "Show which of its commands Redis spent its time on" };
        var data = new Option<string>("--data") { HelpName = "DIR", Description = "Folder for data, on the disk to measure", DefaultValueFactory = _ => Path.GetTempPath() };
        var command = new Option<string?>("--ripieno") { HelpName = "PATH", Description = "The published command, to measure its start" };
        var json = new Option<bool>("--json") { Description = "Figures as JSON" };
        var list = new Option<bool>("--list") { Description = "Say what there is, and measure nothing" };
        var root = new RootCommand("Measures Ripieno beside bare limits, in one session. docs/performance.md tells what the figures mean.")
        {
            repetitions, scale, only, store, redis, fsync, peers, profile, data, command, json, list,
        };
        root.Validators.Add(result =>
        {
            var kind = result.GetValue(store) ?? StorePlace.Kinds[0];
            foreach (var benchmark in AllBenchmarks.List.Where(benchmark => !benchmark.Measures(kind) && result.GetValue(only)?.Contains(benchmark.Name, StringComparer.Ordinal) is true))
                result.AddError($"{benchmark.Name} says nothing about the store '{kind}'. Pass --store {StorePlace.Kinds.First(benchmark.Measures)}.");
        });
        root.SetAction((parsed, cancellation) => parsed.GetValue(list) ? ListAsync() : MeasureAsync(
            new()
            {
                Repetitions = parsed.GetValue(repetitions),
                Scale = parsed.GetValue(scale),
                Only = parsed.GetValue(only) ?? [],
                Store = parsed.GetValue(store)!,
                Redis = parsed.GetValue(redis),
                Fsync = parsed.GetValue(fsync)!,
                Peers = parsed.GetValue(peers) ?? [],
                Profile = parsed.GetValue(profile),
                Data = Path.GetFullPath(parsed.GetValue(data)!),
                Command = parsed.GetValue(command),
                Json = parsed.GetValue(json),
            },
            cancellation));
        return root;
    }

    private static string[] ParsePeers(ArgumentResult result, string[] known)
    {
        var names = result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        if (names is [PeerSet.None])
            return [];
        foreach (var name in names.Except(known, StringComparer.Ordinal))
            result.AddError($"'{name}' is no peer; known are: {string.Join(", ", known)}, or {PeerSet.None}.");
        return names;
    }

    private static Task<int> ListAsync()
    {
        foreach (var benchmark in AllBenchmarks.List)
            Console.WriteLine($"{benchmark.Name,-18} {benchmark.Summary}");
        return Task.FromResult(0);
    }

    private static async Task<int> MeasureAsync(BenchmarkSettings settings, CancellationToken cancellation)
    {
        Surroundings at;
        try
        {
            at = await Surroundings.ReadAsync(settings, cancellation);
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }

        if (at.IsInMemory)
            await Console.Error.WriteLineAsync($"warning: {settings.Data} is on {at.FileSystem}, where a flush costs nothing. Pass --data with a folder on a real disk.");
        var chosen = AllBenchmarks.List.Where(benchmark =>
            benchmark.Measures(settings.Store) && (settings.Only.Count == 0 || settings.Only.Contains(benchmark.Name, StringComparer.Ordinal)));
        var peers = new PeerSet(settings.Peers);
        IReadOnlyList<Figure> figures;
        try
        {
            figures = await new Session(settings, peers, Console.Error).MeasureAsync(chosen, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 130;
        }

        if (settings.Json)
            JsonReport.Write(Console.Out, at, settings, figures, peers.Missing);
        else
            TextReport.Write(Console.Out, at, settings, figures, peers.Missing);
        return 0;
    }
}
