using System.Collections.Immutable;

namespace Ripieno.Simulator;

/// <summary>How a simulated model server behaves.</summary>
internal sealed record SimulatorOptions
{
    /// <summary>Port on 127.0.0.1; 0 = any free one.</summary>
    public int Port { get; init; }

    public ImmutableArray<SimulatorModel> Models { get; init; } = [new("llama3.2:latest", 2_019_393_189)];

    /// <summary>Calls computed at once, as Ollama's <c>OLLAMA_NUM_PARALLEL</c>; further calls queue.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Calls that may queue; further ones are answered 503. 512 is Ollama's <c>OLLAMA_MAX_QUEUE</c>.</summary>
    public int MaxQueue { get; init; } = 512;

    /// <summary>Time from the start of computing to the first token.</summary>
    public TimeSpan TimeToFirstToken { get; init; } = TimeSpan.Zero;

    public TimeSpan TimePerToken { get; init; } = TimeSpan.Zero;

    /// <summary>Computing time of a whole answer, however long it is; replaces the two times above. Null = they count.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Added to the first call of each model.</summary>
    public TimeSpan LoadTime { get; init; } = TimeSpan.Zero;

    /// <summary>Seed of answers and of random faults.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Share of reviews that ask for a revision, 0 to 1.</summary>
    public double RevisionRate { get; init; } = 0.25;

    /// <summary>Faults that strike at random, each with the share of calls it strikes.</summary>
    public ImmutableArray<FaultRate> Faults { get; init; } = [];

    /// <summary>File to which every call is appended, one JSON object when it arrives and one when it ends; null = none.</summary>
    public string? LogFile { get; init; }

    /// <summary>Key that Azure's paths ask for; null with <see cref="Token"/> = anyone is let in.</summary>
    public string? Key { get; init; }

    /// <summary>Bearer token that the paths of Azure and GitHub ask for, and that the identity endpoint gives.</summary>
    public string? Token { get; init; }

    /// <summary>Calls kept in memory for <see cref="ModelSimulator.Requests"/>; older ones are forgotten.</summary>
    public int KeptRequests { get; init; } = 10_000;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A model that the simulated server has.</summary>
/// <param name="Name">With its tag, as Ollama prints it.</param>
/// <param name="Size">Bytes on disk.</param>
internal sealed record SimulatorModel(string Name, long Size);
