using System.Globalization;

namespace Ripieno.Cli.Display;

/// <summary>Times and amounts as people read them.</summary>
internal static class TimeText
{
    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>1 min 12 s</c>, <c>2 h 05 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Of(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        if (time < TimeSpan.FromSeconds(1) && time > TimeSpan.Zero)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0.1, time.TotalSeconds):0.0} s");
        return time switch
        {
            { TotalMinutes: < 1 } => $"{time.Seconds} s",
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes:00} min",
            _ => $"{(int)time.TotalDays} d {time.Hours} h",
        };
    }

    /// <summary>A time that stands still between two frames of a display: whole seconds.</summary>
    public static string Whole(TimeSpan time) => Of(TimeSpan.FromSeconds(Math.Floor(Math.Max(0, time.TotalSeconds))));

    /// <summary><c>18,204</c>.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>512 KB</c>, <c>12.4 MB</c>, <c>1.5 GB</c>; 1 KB is 1,024 bytes.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1023) / 1024} KB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GB"),
    };

    /// <summary><c>2026-11-23 09:14</c> in the user's time zone.</summary>
    public static string Moment(DateTimeOffset at, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary><c>11-23 09:00</c>.</summary>
    public static string Hour(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary><c>11-23 09:00:30</c>: of what may be days old.</summary>
    public static string Second(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset at, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary><c>1 task</c>, <c>3 tasks</c>.</summary>
    public static string Count(long count, string one) => count == 1 ? $"1 {one}" : $"{Number(count)} {one}s";
}
