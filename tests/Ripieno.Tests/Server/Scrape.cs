using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Ripieno.Tests.Server;

/// <summary>What <c>/metrics</c> answered, sample by sample.</summary>
internal sealed partial class Scrape
{
    private Scrape(string text)
    {
        Text = text;
        Samples =
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).Select(line =>
            {
                var match = Sample().Match(line);
                Assert.True(match.Success, $"No sample: {line}");
                var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(one => one.Groups["name"].Value, one => one.Groups["value"].Value, StringComparer.Ordinal);
                return (match.Groups["name"].Value, labels, double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture));
            }),
        ];
    }

    public string Text { get; }

    public IReadOnlyList<(string Name, Dictionary<string, string> Labels, double Value)> Samples { get; }

    public static async Task<Scrape> OfAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        return new(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The sum of the samples of a name that have these labels, as <c>state=busy</c>; null when there is none.</summary>
    public double? this[string name, params string[] labels]
    {
        get
        {
            var found = Samples.Where(sample => sample.Name == name
                && labels.All(label => label.Split('=') is [var key, var value] && sample.Labels.GetValueOrDefault(key) == value)).ToList();
            return found.Count == 0 ? null : found.Sum(sample => sample.Value);
        }
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<number>\S+)( \d+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[a-zA-Z0-9_]+)="(?<value>([^"\\]|\\.)*)"[,]?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();
}
