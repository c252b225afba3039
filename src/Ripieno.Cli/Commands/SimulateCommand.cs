using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Simulator;

namespace Ripieno.Cli.Commands;

/// <summary><c>simulate</c>: a fake model server, for trying things out and for tests.</summary>
internal static class SimulateCommand
{
    private const int OllamaPort = 11434;
    private const long ModelSize = 2_019_393_189;

    private static readonly ImmutableArray<(string Name, FaultKind Kind)> Faults =
    [
        ("429", FaultKind.TooManyRequests), ("503", FaultKind.Unavailable), ("500", FaultKind.ServerError), ("401", FaultKind.Unauthorized), ("410", FaultKind.Gone), ("content-filter", FaultKind.ContentFilter),
        ("hang", FaultKind.HangBeforeHeaders), ("stall", FaultKind.HangInStream), ("trickle", FaultKind.Trickle), ("truncated", FaultKind.Truncated),
        ("dropped", FaultKind.Dropped), ("error-in-stream", FaultKind.ErrorInStream), ("html", FaultKind.Html), ("garbage", FaultKind.Garbage), ("huge", FaultKind.Huge),
    ];

    public static Command Create(Invocation invocation)
    {
        var port = new Option<int?>("--port")
        {
            HelpName = "N",
            Description = $"Port on 127.0.0.1; 0 = any free one. Default {OllamaPort}",
            CustomParser = OptionValues.Number(0, 65535),
        };
        var models = new Option<string[]>("--models")
        {
            HelpName = "M",
            Description = "Models that it has. Default llama3.2",
            AllowMultipleArgumentsPerToken = true,
        };
        var slots = new Option<int?>("--slots")
        {
            HelpName = "N",
            Description = "Calls computed at once, further ones queue. Default 1",
            CustomParser = OptionValues.Number(1, 100_000),
        };
        var latency = new Option<TimeSpan?>("--latency")
        {
            HelpName = "TIME",
            Description = "Time that an answer takes. Default 400ms",
            CustomParser = OptionValues.Duration(TimeSpan.FromHours(1)),
        };
        var load = new Option<TimeSpan?>("--load-time")
        {
            HelpName = "TIME",
            Description = "Time that the first call of a model takes longer",
            CustomParser = OptionValues.Duration(TimeSpan.FromHours(1)),
        };
        var seed = new Option<int?>("--seed") { HelpName = "N", Description = "Seed of answers and faults. Default 1", CustomParser = OptionValues.Number(0, int.MaxValue) };
        var faults = new Option<FaultRate[]>("--fault")
        {
            HelpName = "KIND:SHARE",
            Description = $"Share of calls that go wrong, such as 503:0.1. Kinds: {string.Join(", ", Faults.Select(fault => fault.Name))}",
            CustomParser = ParseFaults,
        };
        var command = new DocumentedCommand(
            "simulate",
            "Serve made-up answers as servers of Ollama, OpenAI (/v1), Azure OpenAI (/openai/v1) and GitHub Models (/inference) do, until Ctrl-C.",
            ("in place of Ollama", "ripieno simulate"),
            ("a slow server that is busy now and then", "ripieno simulate --port 11500 --latency 2s --slots 2 --fault 503:0.1"))
        {
            port, models, slots, latency, load, seed, faults,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), new SimulatorOptions
        {
            Port = parsed.GetValue(port) ?? OllamaPort,
            Models = [.. Models(parsed.GetValue(models)).Select(name => new SimulatorModel(name.Contains(':', StringComparison.Ordinal) ? name : name + ":latest", ModelSize))],
            Slots = parsed.GetValue(slots) ?? 1,
            Latency = parsed.GetValue(latency) ?? TimeSpan.FromMilliseconds(400),
            LoadTime = parsed.GetValue(load) ?? TimeSpan.Zero,
            Seed = parsed.GetValue(seed) ?? 1,
            Faults = [.. parsed.GetValue(faults) ?? []],
            Time = invocation.Time,
        }));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, SimulatorOptions options)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var simulator = await ModelSimulator.StartAsync(options, cancellation);
        var models = options.Models.Select(model => model.Name).ToList();
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new SimulatorDocument("started", simulator.Url, simulator.OpenAiUrl, models));
        }
        else
        {
            await invocation.Terminal.Out.WriteLineAsync($"Simulated answers at {simulator.Url} (OpenAI: {simulator.OpenAiUrl}); models: {string.Join(", ", models)}");
            if (!common.Quiet)
                await invocation.Terminal.Out.WriteLineAsync($"Use it: OLLAMA_HOST={simulator.Url.GetLeftPart(UriPartial.Authority)} ripieno run BACKLOG --model {models[0].Split(':')[0]}    (Ctrl-C ends)");
        }

        await invocation.PauseAsync(Timeout.InfiniteTimeSpan, cancellation);
        return ExitCode.Done;
    }

    private static List<string> Models(string[]? given)
    {
        var names = (given ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        return names.Count > 0 ? names : ["llama3.2"];
    }

    private static FaultRate[] ParseFaults(ArgumentResult result)
    {
        var rates = new List<FaultRate>();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            var (name, share) = text.Split(':', 2) is [var left, var right] ? (left, right) : (text, "1");
            var known = Faults.FirstOrDefault(fault => fault.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (known.Name is not null && double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate is >= 0 and <= 1)
                rates.Add(new(new(known.Kind), rate));
            else
                OptionValues.Refuse(result, text, $"KIND or KIND:SHARE with a share from 0 to 1 and one of the kinds {string.Join(", ", Faults.Select(fault => fault.Name))}");
        }

        return [.. rates];
    }
}
