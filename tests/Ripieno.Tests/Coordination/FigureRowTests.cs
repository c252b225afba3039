using Ripieno.Coordination;
using Ripieno.Storage;

namespace Ripieno.Tests.Coordination;

public sealed class FigureRowTests
{
    private static readonly DateTimeOffset Nine = new(2030, 1, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Hours_are_added_up()
    {
        var row = Assert.Single(FigureRow.Of([Of(Nine.AddHours(1), "executor", "m", served: 3, seconds: 5), Of(Nine, "executor", "m", served: 1, seconds: 1)], hourly: false));

        Assert.Equal((Nine, 4, TimeSpan.FromSeconds(16)), (row.Sums.Hour, row.Sums.Served, row.Sums.Service));
        Assert.Equal(TimeSpan.FromSeconds(4), row.MeanService);
        // 1, 5, 5, 5: their variance is 3.
        Assert.Equal(Math.Sqrt(3), row.ServiceDeviation!.Value.TotalSeconds, 5);
    }

    [Fact]
    public void Equal_times_have_no_deviation_however_they_are_rounded()
    {
        var row = Assert.Single(FigureRow.Of([Of(Nine, "a", "m", served: 7, seconds: 0.1)], hourly: false));

        Assert.Equal(0, row.ServiceDeviation!.Value.TotalSeconds, 3);
    }

    [Fact]
    public void What_has_no_model_belongs_to_the_only_one()
    {
        var arrivals = Of(Nine, "executor", "") with { Arrived = 8, Claimed = 4, Wait = TimeSpan.FromSeconds(2), Failed = 1 };

        var row = Assert.Single(FigureRow.Of([arrivals, Of(Nine, "executor", "m", served: 3, seconds: 1) with { Succeeded = 3 }], hourly: false));

        Assert.Equal(("m", 8, 3, 0.75), (row.Sums.Model, row.Sums.Arrived, row.Sums.Served, row.SuccessRate));
        Assert.Equal(TimeSpan.FromSeconds(0.5), row.MeanWait);
    }

    [Fact]
    public void Among_several_models_it_stays_apart()
    {
        var rows = FigureRow.Of([Of(Nine, "executor", "") with { Arrived = 8 }, Of(Nine, "executor", "m"), Of(Nine, "executor", "n")], hourly: false);

        Assert.Equal(["", "m", "n"], rows.Select(row => row.Sums.Model));
        Assert.Equal([8, 0, 0], rows.Select(row => row.Sums.Arrived));
    }

    [Fact]
    public void Hour_by_hour_whole_runs_come_first()
    {
        var rows = FigureRow.Of([Of(Nine.AddHours(1), "", ""), Of(Nine, "b", "m"), Of(Nine, "", "")], hourly: true);

        Assert.Equal([(9, ""), (9, "b"), (10, "")], rows.Select(row => (row.Sums.Hour.Hour, row.Sums.Agent)));
    }

    [Fact]
    public void Nothing_is_told_of_what_did_not_happen()
    {
        var row = Assert.Single(FigureRow.Of([Of(Nine, "a", "")], hourly: false));

        Assert.Equal((null, null, null, null), (row.SuccessRate, row.MeanService, row.ServiceDeviation, row.MeanWait));
    }

    private static HourlyFigures Of(DateTimeOffset hour, string agent, string model, int served = 0, double seconds = 0) => new()
    {
        Hour = hour,
        Workflow = "standard",
        Agent = agent,
        Model = model,
        Arrived = 0,
        Succeeded = 0,
        Failed = 0,
        Served = served,
        Service = TimeSpan.FromSeconds(served * seconds),
        ServiceSquares = served * seconds * seconds,
        Claimed = 0,
        Wait = TimeSpan.Zero,
        Usage = default,
    };
}
