using System.CommandLine;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Workflows;

namespace Ripieno.Cli.Grammar;

/// <summary>Options of the commands that make a run.</summary>
internal sealed class RunFlags
{
    private readonly Argument<string?> _backlog = new("BACKLOG")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "a Markdown or JSON file, a plain list, '-' for standard input, or a sentence in quotes; not with --workflow",
    };

    private readonly Option<string?> _workflow = new("--workflow")
    {
        HelpName = "NAME",
        Description = "A workflow of your own, from the config, in place of planning a backlog",
    };

    private readonly Option<string?> _input = new("--input")
    {
        HelpName = "FILE",
        Description = "With --workflow: what it works on: a JSON or text file, '-' for standard input, JSON, or a sentence in quotes",
    };

    private readonly Option<string?> _id = new("--id")
    {
        HelpName = "ID",
        Description = "Id of the run; the same id with the same backlog and settings is the same run",
    };

    private readonly Option<string?> _provider = new("--provider")
    {
        HelpName = "P",
        Description = "Provider for every agent: ollama, openai, or simulated (no model needed; answers are made up)",
    };

    private readonly Option<string?> _model = new("--model") { HelpName = "M", Description = "Model for every agent" };

    private readonly Option<int?> _context = new("--context")
    {
        HelpName = "N",
        Description = "Context window in tokens",
        CustomParser = OptionValues.Number(512, 4_194_304),
    };

    private readonly Option<double?> _temperature = new("--temperature")
    {
        HelpName = "T",
        Description = "Sampling temperature, 0 to 2",
        CustomParser = OptionValues.Fraction(0, 2),
    };

    private readonly Option<int?> _priority = new("--priority")
    {
        HelpName = "N|high",
        Description = "Higher runs go first: high, normal, low, or a number",
        CustomParser = OptionValues.Priority,
    };

    private readonly Option<string?> _tenant = new("--tenant") { HelpName = "T", Description = "Label whose runs share fairly with other labels'", CustomParser = OptionValues.Shaped(ConfigurationTexts.Text) };

    private readonly Option<int?> _seed = new("--seed")
    {
        HelpName = "N",
        Description = "Seed of simulated answers: the same seed gives the same answers",
        CustomParser = OptionValues.Number(0, int.MaxValue),
    };

    public void AddTo(Command command)
    {
        command.Add(_backlog);
        foreach (var option in (ReadOnlySpan<Option>)[_workflow, _input, _id, _provider, _model, _context, _temperature, _priority, _tenant, _seed])
            command.Add(option);
    }

    public RunSettings Read(ParseResult parsed) => new()
    {
        Backlog = parsed.GetValue(_backlog),
        Workflow = parsed.GetValue(_workflow) ?? StandardWorkflow.Name,
        Input = parsed.GetValue(_input),
        Id = parsed.GetValue(_id),
        Priority = parsed.GetValue(_priority),
        Tenant = parsed.GetValue(_tenant) ?? "default",
        Seed = parsed.GetValue(_seed),
        Overrides = new(parsed.GetValue(_provider), parsed.GetValue(_model), parsed.GetValue(_context), parsed.GetValue(_temperature)),
    };
}

/// <summary>What the options say of the run to be made.</summary>
internal sealed record RunSettings
{
    /// <summary>Of the standard workflow; null = none was given.</summary>
    public required string? Backlog { get; init; }

    public required string Workflow { get; init; }

    /// <summary>Of a workflow of the user's own; null = none was given.</summary>
    public required string? Input { get; init; }

    public required string? Id { get; init; }

    /// <summary>Null = as the workflow says.</summary>
    public required int? Priority { get; init; }

    public required string Tenant { get; init; }

    public required int? Seed { get; init; }

    /// <summary>Of the steps whose agents name none; null = the usual one.</summary>
    public string? Queue { get; init; }

    public RunSpread Spread { get; init; } = RunSpread.Pull;

    /// <summary>Names and addresses of callbacks; null where nobody is told, because whoever asks sees the end.</summary>
    public IReadOnlyList<string>? Callbacks { get; init; }

    /// <summary>Provider, model and their options.</summary>
    public required CommandLineOverrides Overrides { get; init; }
}
