using System.CommandLine;
using System.CommandLine.Parsing;
using Ripieno.Configuration;
using Ripieno.Documents;

namespace Ripieno.Cli.Grammar;

/// <summary>What is wrong with a command line, one line each, with a suggestion where one is near.</summary>
internal static class UsageErrors
{
    /// <summary>Empty when the command line is fine, or when it asks for help or the version.</summary>
    public static IReadOnlyList<string> Of(ParseResult result)
    {
        if (result.Errors.Count == 0)
            return [];
        var command = result.CommandResult.Command;
        var lines = new List<string>();
        if (Unknown(result) is { } unknown)
            lines.Add(unknown);
        else
            lines.AddRange(result.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal).Select(message => Say(message, command)));
        lines.Add($"Try '{FullName(result.CommandResult)} --help'.");
        return [.. lines.Take(lines.Count - 1).Select(line => $"ripieno: {SafeText.Of(RedisAddress.Mask(line))}"), lines[^1]];
    }

    // A word that no one knows usually brings follow-up errors, which would only hide it.
    private static string? Unknown(ParseResult result)
    {
        if (result.UnmatchedTokens is not [var word, ..])
            return null;
        var command = result.CommandResult.Command;
        if (word.StartsWith('-'))
        {
            var options = Options(result.CommandResult).SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal));
            return $"unknown option '{word}'.{Suggest(word.Split('=')[0], options)}";
        }

        if (command.Subcommands.Count > 0)
            return $"unknown command '{word}'.{Suggest(word, command.Subcommands.Select(known => known.Name))}";
        return command.Arguments.Count > 0
            ? $"one word too many: '{word}'. A sentence or a path with spaces must stand in quotes."
            : $"'{command.Name}' takes no '{word}'.";
    }

    private static string Say(string message, Command command) => message switch
    {
        "Required command was not provided." => $"'{command.Name}' needs one of: {string.Join(", ", command.Subcommands.Select(known => known.Name))}.",
        _ when message.StartsWith("Required argument '", StringComparison.Ordinal) && command.Arguments.FirstOrDefault(one => message.StartsWith($"Required argument '{one.Name}'", StringComparison.Ordinal)) is { } missing =>
            $"'{command.Name}' needs {missing.Name.ToUpperInvariant()}: {missing.Description}.",
        _ when message.StartsWith("Required argument missing for option: '", StringComparison.Ordinal) =>
            $"option {message["Required argument missing for option: ".Length..].TrimEnd('.')} needs a value.",
        _ => message,
    };

    private static string Suggest(string word, IEnumerable<string> known) =>
        NearestName.Of(word, known) is { } name ? $" Did you mean '{name}'?" : "";

    private static IEnumerable<Option> Options(CommandResult? result)
    {
        for (var own = true; result is not null; result = result.Parent as CommandResult, own = false)
        {
            foreach (var option in result.Command.Options.Where(option => own || option.Recursive))
                yield return option;
        }
    }

    private static string FullName(CommandResult result)
    {
        var names = new Stack<string>();
        for (var at = result; at?.Parent is not null; at = at.Parent as CommandResult)
            names.Push(at.Command.Name);
        return string.Join(' ', names.Prepend("ripieno"));
    }
}
