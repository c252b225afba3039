namespace Ripieno.Peers.Orleans;

/// <summary>A run of three steps as a grain: a call for each step, its state written to Redis before the call returns.</summary>
public interface IRunGrain : IGrainWithStringKey
{
    Task PlanAsync(string payload);

    Task ExecuteAsync(string payload);

    Task ReviewAsync(string payload);
}

[GenerateSerializer]
public sealed class RunState
{
    [Id(0)]
    public int Steps { get; set; }

    [Id(1)]
    public string Input { get; set; } = "";

    [Id(2)]
    public List<string> Results { get; set; } = [];
}

public sealed class RunGrain([PersistentState("run")] IPersistentState<RunState> state) : Grain, IRunGrain
{
    public Task PlanAsync(string payload) => AdvanceAsync(payload);

    public Task ExecuteAsync(string payload) => AdvanceAsync(payload);

    public Task ReviewAsync(string payload) => AdvanceAsync(payload);

    private Task AdvanceAsync(string payload)
    {
        state.State.Steps++;
        state.State.Input = payload;
        state.State.Results.Add(payload);
        return state.WriteStateAsync();
    }
}
