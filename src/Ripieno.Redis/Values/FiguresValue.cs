using System.Text;
using Ripieno.Errors;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// Hourly figures: the field is <c>u4</c> hour, workflow <c>\0</c> executor <c>\0</c> model, the value ten doubles: arrived, succeeded, failed, served, service ms, squares s²,
/// claimed, wait ms, tokens in, tokens out. Written by scripts only.
/// </summary>
internal static class FiguresValue
{
    public const long HourLength = 3_600_000;

    /// <summary>What the fields of the first hour that begins at a moment or later begin with.</summary>
    public static byte[] FirstHour(DateTimeOffset moment) =>
        new ValueWriter().U4(Math.Max(0, (moment.ToUnixTimeMilliseconds() + HourLength - 1) / HourLength)).ToArray();

    public static long HourOf(DateTimeOffset hour) => hour.ToUnixTimeMilliseconds() / HourLength;

    public static byte[] EncodeName(HourlyFigures figures) =>
        new ValueWriter().U4(HourOf(figures.Hour)).Bytes(Encoding.UTF8.GetBytes($"{figures.Workflow}\0{figures.Agent}\0{figures.Model}")).ToArray();

    public static byte[] Encode(HourlyFigures figures) => new ValueWriter()
        .Double(figures.Arrived).Double(figures.Succeeded).Double(figures.Failed).Double(figures.Served).Double(figures.Service.TotalMilliseconds).Double(figures.ServiceSquares)
        .Double(figures.Claimed).Double(figures.Wait.TotalMilliseconds).Double(figures.Usage.Input).Double(figures.Usage.Output).ToArray();

    public static HourlyFigures Decode(RedisValue field, RedisValue value)
    {
        var name = new ValueReader("The name of hourly figures", field);
        var hour = name.U4();
        if (Encoding.UTF8.GetString(name.Rest()).Split('\0') is not [var workflow, var agent, var model])
            throw name.Damaged();
        var sums = new ValueReader("Hourly figures", value);
        var figures = new HourlyFigures
        {
            Hour = DateTimeOffset.FromUnixTimeMilliseconds(hour * HourLength),
            Workflow = workflow,
            Agent = agent,
            Model = model,
            Arrived = Whole(sums.Double()),
            Succeeded = Whole(sums.Double()),
            Failed = Whole(sums.Double()),
            Served = Whole(sums.Double()),
            Service = TimeSpan.FromMilliseconds(Whole(sums.Double())),
            ServiceSquares = sums.Double(),
            Claimed = Whole(sums.Double()),
            Wait = TimeSpan.FromMilliseconds(Whole(sums.Double())),
            Usage = new(Whole(sums.Double()), Whole(sums.Double())),
        };
        sums.End();
        return figures;
    }

    /// <summary>The same hour of the same agent in two partitions.</summary>
    public static HourlyFigures Add(HourlyFigures left, HourlyFigures right) => left with
    {
        Arrived = left.Arrived + right.Arrived,
        Succeeded = left.Succeeded + right.Succeeded,
        Failed = left.Failed + right.Failed,
        Served = left.Served + right.Served,
        Service = left.Service + right.Service,
        ServiceSquares = left.ServiceSquares + right.ServiceSquares,
        Claimed = left.Claimed + right.Claimed,
        Wait = left.Wait + right.Wait,
        Usage = left.Usage + right.Usage,
    };

    /// <summary>Doubles hold whole numbers exactly up to 2⁵³; beyond, or not a number, is damage.</summary>
    private static long Whole(double number) =>
        Math.Abs(number) <= 1L << 53 ? (long)number : throw new StoreDamagedException("Hourly figures are cut short or malformed");
}
