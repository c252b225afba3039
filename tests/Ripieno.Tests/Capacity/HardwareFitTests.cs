using System.Collections.Immutable;
using Ripieno.Capacity;
using Ripieno.Diagnostics;

namespace Ripieno.Tests.Capacity;

public sealed class HardwareFitTests
{
    [Theory]
    [InlineData(2, 7.6, null, "phi3.5", 4096, 1)]
    [InlineData(4, 15.4, null, "llama3.2", 8192, 2)]
    [InlineData(4, 15.4, 8.0, "llama3.2", 8192, 2)]
    [InlineData(8, 31.2, 12.0, "llama3.2", 16384, 3)]
    [InlineData(8, 31.2, 16.0, "llama3.2", 16384, 4)]
    [InlineData(32, 125.0, 8.0, "llama3.2", 8192, 2)]
    [InlineData(16, 62.5, 24.0, "deepseek-coder", 16384, 6)]
    [InlineData(32, 125.0, 48.0, "deepseek-coder", 16384, 8)]
    [InlineData(64, 15.5, null, "llama3.2", 8192, 2)]
    public void A_machine_gets_the_model_context_and_concurrency_of_its_row(
        int cores, double memory, double? gpu, string model, int context, int concurrency)
    {
        var advice = HardwareFit.Recommend(Made(cores, memory, gpu), null);

        Assert.Equal((model, context, concurrency), (advice.Model, advice.Context, advice.Concurrency));
    }

    [Fact]
    public void The_reasons_name_the_row_and_what_binds()
    {
        var reasons = HardwareFit.Recommend(Made(16, 64, 8), null).Reasons;

        Assert.Equal("16 cores, 64 GB of memory and 8 GB of GPU memory: row 1–2.", reasons[0]);
        Assert.Equal("Limited by 8 GB of GPU memory; the rest would carry more.", reasons[1]);
    }

    [Fact]
    public void A_small_machine_is_told_that_it_is_below_the_table() =>
        Assert.Contains("below the smallest row", HardwareFit.Recommend(Made(2, 8, null), null).Reasons[0], StringComparison.Ordinal);

    [Fact]
    public void Unknown_memory_does_not_bind() =>
        Assert.Equal(4, HardwareFit.Recommend(new Machine(8, null, [], null), null).Concurrency);

    [Theory]
    [InlineData("gemma2:latest", "gemma2:latest")]
    [InlineData("llama3.2:1b", "llama3.2:1b")]
    [InlineData("mistral:latest", "mistral:latest")]
    public void An_installed_model_is_preferred(string installed, string model)
    {
        var advice = HardwareFit.Recommend(Made(4, 16, null), [installed]);

        Assert.Equal((model, true), (advice.Model, advice.Installed));
    }

    [Fact]
    public void Among_installed_models_the_best_for_the_machine_is_taken() =>
        Assert.Equal("llama3.2:latest", HardwareFit.Recommend(Made(4, 16, null), ["phi3.5:latest", "gemma2:9b", "llama3.2:latest"]).Model);

    [Fact]
    public void With_nothing_installed_the_reasons_say_what_to_pull()
    {
        var advice = HardwareFit.Recommend(Made(4, 16, null), []);

        Assert.False(advice.Installed);
        Assert.Contains("ollama pull llama3.2", advice.Reasons[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_concurrency_that_the_machine_carries_has_no_findings(int concurrency) =>
        Assert.Empty(HardwareFit.Findings(Made(4, 16, 8), concurrency));

    [Fact]
    public void A_concurrency_above_the_machine_is_a_finding_for_each_thing_that_lacks()
    {
        var findings = HardwareFit.Findings(Made(4, 32, 8), 4);

        Assert.Equal(
            [
                "Concurrency 4 (row 3–4) needs 8 cores or more, this machine has 4 cores: set the concurrency to 2, or expect slower answers.",
                "Concurrency 4 (row 3–4) needs 12 GB of GPU memory or more, this machine has 8 GB of GPU memory: set the concurrency to 2, or expect slower answers.",
            ],
            findings);
    }

    [Fact]
    public void A_concurrency_above_the_table_is_a_finding() =>
        Assert.Contains("above the table", Assert.Single(HardwareFit.Findings(Made(64, 256, 80), 9)), StringComparison.Ordinal);

    private static Machine Made(int cores, double memory, double? gpu) => new(
        cores, (long)(memory * Machine.Gigabyte), gpu is null ? [] : ImmutableArray.Create(new MachineGpu("made up", (long)(gpu.Value * Machine.Gigabyte))), null);
}
