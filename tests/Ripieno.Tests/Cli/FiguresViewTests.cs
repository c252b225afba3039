using Ripieno.Cli.Display;
using Ripieno.Coordination;
using Ripieno.Storage;

namespace Ripieno.Tests.Cli;

public sealed class FiguresViewTests
{
    [Fact]
    public void Numbers_have_units_and_fit_a_terminal()
    {
        FigureRow[] rows =
        [
            Row("", "", served: 40, seconds: 312.4),
            Row("executor", "ollama/llama3.2", served: 1204, seconds: 48.25),
            Row("reviewer", "", served: 0, seconds: 0),
        ];

        var drawn = Samples.Draw(FiguresView.Of(rows, hourly: true, Samples.Now.AddDays(-7), TimeZoneInfo.Utc), width: 120);

        Assert.Matches(@"11-23 09:00 +\(whole runs\) +40 ", drawn);
        Assert.Matches(@"09:00 +executor +ollama/llama3\.2 +1,204 +1,204 +2 +99\.8 +48\.3 ± 0\.00 +1\.50 +120,400 / 24,080", drawn);
        Assert.Matches(@"09:00 +reviewer +0 +0 +0 +– +– +– +0 / 0", drawn);
        Assert.All(drawn.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 120, line));
    }

    [Fact]
    public void Agents_of_several_workflows_are_told_apart()
    {
        var other = Row("executor", "", served: 1, seconds: 1);

        var drawn = Samples.Draw(FiguresView.Of([Row("executor", "", 1, 1), other with { Sums = other.Sums with { Workflow = "other" } }], false, Samples.Now, TimeZoneInfo.Utc), width: 120);

        Assert.Contains("standard/executor", drawn, StringComparison.Ordinal);
        Assert.Contains("other/executor", drawn, StringComparison.Ordinal);
    }

    private static FigureRow Row(string agent, string model, int served, double seconds) => new(new HourlyFigures
    {
        Hour = Samples.Now.AddMinutes(-30),
        Workflow = "standard",
        Agent = agent,
        Model = model,
        Arrived = served,
        Succeeded = served,
        Failed = served > 0 ? 2 : 0,
        Served = served,
        Service = TimeSpan.FromSeconds(served * seconds),
        ServiceSquares = served * seconds * seconds,
        Claimed = served,
        Wait = TimeSpan.FromSeconds(1.5 * served),
        Usage = new(served * 100, served * 20),
    });
}
