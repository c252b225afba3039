using System.Collections.Concurrent;
using Ripieno.Models;

namespace Ripieno.Simulator;

/// <summary>The models that the server has, and which of them are in memory.</summary>
internal sealed class LoadedModels(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<string, bool> _loaded = new(StringComparer.Ordinal);

    public IEnumerable<SimulatorModel> Installed => options.Models;

    public IEnumerable<SimulatorModel> Loaded => options.Models.Where(model => _loaded.ContainsKey(model.Name));

    public SimulatorModel? Find(string name) => options.Models.FirstOrDefault(model => InstalledModel.SameName(model.Name, name));

    /// <summary>Puts the model into memory unless it is there; returns the time that it took.</summary>
    public async Task<TimeSpan> LoadAsync(SimulatorModel model, CancellationToken cancellation)
    {
        if (_loaded.ContainsKey(model.Name))
            return TimeSpan.Zero;
        if (options.LoadTime > TimeSpan.Zero)
            await Task.Delay(options.LoadTime, options.Time, cancellation);
        _loaded[model.Name] = true;
        return options.LoadTime;
    }
}
