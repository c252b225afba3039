using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ripieno.Configuration;
using Ripieno.Configuration.Shapes;
using Ripieno.Errors;

namespace Ripieno.Cli.Grammar;

/// <summary>Reads option values and says, in the words of every other problem, what is wrong with them.</summary>
internal static class OptionValues
{
    public static Func<ArgumentResult, int?> Number(int least, int most) => result =>
    {
        var text = result.Tokens[^1].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Refuse(result, text, $"a whole number from {least} to {most}");
        return null;
    };

    public static Func<ArgumentResult, double?> Fraction(double least, double most) => result =>
    {
        var text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        Refuse(result, text, $"a number from {least} to {most}");
        return null;
    };

    public static Func<ArgumentResult, TimeSpan?> Duration(TimeSpan most) => result =>
    {
        var text = result.Tokens[^1].Value;
        if (DurationText.TryParse(text, out var duration) && duration <= most)
            return duration;
        Refuse(result, text, $"{DurationText.Expected}, at most {DurationText.Format(most)}");
        return null;
    };

    /// <summary>A number, or <c>high</c> (10), <c>normal</c> (0), <c>low</c> (−10).</summary>
    public static int? Priority(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        int? named = text.ToUpperInvariant() switch { "HIGH" => 10, "NORMAL" or "MEDIUM" => 0, "LOW" => -10, _ => null };
        if (named is not null)
            return named;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && Math.Abs((long)number) <= 1000)
            return number;
        Refuse(result, text, "high, normal, low, or a whole number from -1000 to 1000");
        return null;
    }

    /// <summary>A text as the config's values of the same kind.</summary>
    public static Func<ArgumentResult, string?> Shaped(TextShape shape) => result =>
    {
        var text = result.Tokens[^1].Value;
        if (shape.Accepts(text))
            return text;
        Refuse(result, text, shape.Says);
        return null;
    };

    /// <summary>Several of them, separated by commas or given again.</summary>
    public static Func<ArgumentResult, string[]?> List(TextShape shape) => result =>
    {
        string[] texts = [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries))];
        if (texts.FirstOrDefault(text => !shape.Accepts(text)) is { } wrong)
            Refuse(result, wrong, shape.Says);
        else if (texts.Length == 0)
            Refuse(result, "", shape.Says);
        else
            return texts;
        return null;
    };

    /// <summary><c>PORT</c> on 127.0.0.1, or <c>ADDRESS:PORT</c>. No names: what one stands for may change.</summary>
    public static IPEndPoint? HttpAddress(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        var (host, port) = text.LastIndexOf(':') is >= 0 and var colon ? (text[..colon], text[(colon + 1)..]) : ("127.0.0.1", text);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            host = "127.0.0.1";
        // An IPv6 address without brackets would take its last group for the port.
        if (ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IPAddress.TryParse(host, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6) == host.StartsWith('[') && (host.Contains('.', StringComparison.Ordinal) || host.StartsWith('[')))
        {
            return new(address, number);
        }

        Refuse(result, text, "PORT or ADDRESS:PORT, such as 9464, 127.0.0.1:9464 or [::1]:9464");
        return null;
    }

    public static Func<ArgumentResult, T?> Choice<T>(params (string Name, T Value)[] choices) where T : struct => result =>
    {
        var text = result.Tokens[^1].Value;
        foreach (var (name, value) in choices)
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        Refuse(result, text, $"one of {string.Join(", ", choices.Select(choice => choice.Name))}");
        return null;
    };

    /// <summary>As <see cref="Choice"/>, several at once.</summary>
    public static Func<ArgumentResult, T[]?> Choices<T>(params (string Name, T Value)[] choices) where T : struct => result =>
    {
        var chosen = new List<T>();
        foreach (var token in result.Tokens)
        {
            var at = Array.FindIndex(choices, choice => choice.Name.Equals(token.Value, StringComparison.OrdinalIgnoreCase));
            if (at >= 0)
                chosen.Add(choices[at].Value);
            else
                Refuse(result, token.Value, $"one of {string.Join(", ", choices.Select(choice => choice.Name))}");
        }

        return [.. chosen];
    };

    public static void Refuse(ArgumentResult result, string found, string expected) =>
        result.AddError(new Problem(null, null, Place(result), $"\"{found}\"", expected).ToString());

    private static string Place(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name.ToUpperInvariant();
}
