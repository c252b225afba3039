using System.Collections.Immutable;
using Ripieno.Diagnostics;
using Ripieno.Models;

namespace Ripieno.Capacity;

/// <summary>Compares a machine with the <see cref="HardwareTable"/>. Pure.</summary>
internal static class HardwareFit
{
    // A machine sold as 16 GB reports up to a tenth less: firmware and integrated graphics keep a part.
    private const double Sold = 0.9;

    // The guide's table of models, best first for each size of machine: index = number of rows of the hardware table that the machine fulfils.
    private static readonly ImmutableArray<ImmutableArray<string>> Models =
    [
        ["phi3.5"],
        ["llama3.2", "gemma2", "phi3.5"],
        ["llama3.2", "gemma2", "phi3.5"],
        ["deepseek-coder", "llama3.2", "gemma2", "phi3.5"],
    ];

    private static readonly ImmutableArray<int> Contexts = [4096, 8192, 16384, 16384];

    /// <summary>Model, context and concurrency for a machine.</summary>
    /// <param name="machine">The machine that serves the models.</param>
    /// <param name="installed">Installed models, as the server prints them; null = unknown. Only an installed one is recommended when a suitable one is.</param>
    public static HardwareAdvice Recommend(Machine machine, IReadOnlyCollection<string>? installed)
    {
        var measures = Measures(machine);
        var rows = measures.Min(measure => measure.Rows);
        var reasons = new List<string> { $"{Listed(measures)}: {(rows == 0 ? "below the smallest row of the table" : $"row {HardwareTable.Rows[rows - 1]}")}." };
        var binding = measures.Where(measure => measure.Rows == rows).ToList();
        if (binding.Count < measures.Count)
            reasons.Add($"Limited by {Listed(binding)}; the rest would carry more.");

        var row = rows == 0 ? null : HardwareTable.Rows[rows - 1];
        var carried = measures.Min(measure => measure.Agents);
        var concurrency = row is null ? 1 : Math.Clamp(carried, row.From, row.To);
        if (row is not null && concurrency < row.To)
            reasons.Add($"{Listed(measures.Where(measure => measure.Agents <= concurrency))} carry {concurrency} of the row's {row.To} agents at {HardwareTable.CoresEach} cores, {HardwareTable.GigabytesEach} GB and {HardwareTable.GpuGigabytesEach} GB of GPU memory each.");
        if (machine.GpuMemory is null)
            reasons.Add("No GPU was found, so models run on the cores: expect minutes for a long answer.");

        var (model, isInstalled, why) = Model(Models[rows], installed);
        reasons.Add(why);
        return new HardwareAdvice(model, isInstalled, Contexts[rows], concurrency, [.. reasons]);
    }

    /// <summary>What speaks against a concurrency on a machine that serves the models itself; empty = it fits.</summary>
    public static IReadOnlyList<string> Findings(Machine machine, int concurrency)
    {
        if (HardwareTable.RowFor(concurrency) is not { } row)
            return [$"Concurrency {concurrency} is above the table (at most {HardwareTable.Rows[^1].To} on one machine): spread the calls over several endpoints."];
        var needed = HardwareTable.Rows.IndexOf(row) + 1;
        var advised = Recommend(machine, null).Concurrency;
        var remedy = advised < concurrency ? $"set the concurrency to {advised}, or expect slower answers" : "expect slow answers, or serve the models on a larger machine";
        return [.. Measures(machine)
            .Where(measure => measure.Rows < needed)
            .Select(measure => $"Concurrency {concurrency} (row {row}) needs {measure.Need(row)}, this machine has {measure.Has}: {remedy}.")];
    }

    private static List<Measure> Measures(Machine machine)
    {
        var measures = new List<Measure>
        {
            new($"{machine.Cores} cores", machine.Cores, row => row.Cores, "cores", HardwareTable.CoresEach, 1),
        };
        if (machine.Memory is { } memory)
            measures.Add(new Measure($"{Machine.Size(memory)} of memory", (double)memory / Machine.Gigabyte, row => row.Memory, "GB of memory", HardwareTable.GigabytesEach, Sold));
        if (machine.GpuMemory is { } gpu)
            measures.Add(new Measure($"{Machine.Size(gpu)} of GPU memory", (double)gpu / Machine.Gigabyte, row => row.GpuMemory, "GB of GPU memory", HardwareTable.GpuGigabytesEach, Sold));
        return measures;
    }

    private static (string Model, bool Installed, string Why) Model(ImmutableArray<string> suitable, IReadOnlyCollection<string>? installed)
    {
        var found = suitable
            .Select(model => installed?.FirstOrDefault(name => InstalledModel.SameName(name, model)) ?? installed?.FirstOrDefault(name => Family(name) == model))
            .FirstOrDefault(name => name is not null);
        if (found is not null)
            return (found, true, $"{found} is installed and suits this machine.");
        var best = suitable[0];
        if (installed is null)
            return (best, false, $"{best} suits this machine.");
        return installed.Order(StringComparer.Ordinal).FirstOrDefault() is { } other
            ? (other, true, $"{string.Join(" or ", suitable)} would suit this machine, {other} is what is installed; to change that: ollama pull {best}.")
            : (best, false, $"No model is installed; {best} suits this machine: ollama pull {best}.");
    }

    // "llama3.2:1b" is a llama3.2.
    private static string Family(string name) => name.Split(':')[0];

    private static string Listed(IEnumerable<Measure> measures)
    {
        var texts = measures.Select(measure => measure.Has).ToList();
        return texts.Count == 1 ? texts[0] : $"{string.Join(", ", texts.SkipLast(1))} and {texts[^1]}";
    }

    private sealed record Measure(string Has, double Amount, Func<HardwareRow, int> Of, string Unit, int Each, double Tolerance)
    {
        /// <summary>Rows of the table that this measure fulfils, counted from the smallest.</summary>
        public int Rows => HardwareTable.Rows.Count(row => Amount >= Of(row) * Tolerance);

        public int Agents => (int)Math.Floor(Amount / Tolerance / Each);

        public string Need(HardwareRow row) => $"{Of(row)} {Unit} or more";
    }
}
