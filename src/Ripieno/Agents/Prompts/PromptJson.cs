using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Ripieno.Agents.Prompts;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImmutableArray<PromptEntry>))]
[JsonSerializable(typeof(ImmutableArray<PromptOther>))]
[JsonSerializable(typeof(PromptTask))]
[JsonSerializable(typeof(PromptWork))]
[JsonSerializable(typeof(ImmutableArray<PromptWork>))]
internal sealed partial class PromptJson : JsonSerializerContext;

/// <summary>A backlog entry as the planner sees it.</summary>
internal sealed record PromptEntry(
    string Id, string Title, string Description, string Priority, string? Estimate, ImmutableArray<string> Dependencies);

/// <summary>An entry that is planned elsewhere, or the number of those for which there was no room.</summary>
internal sealed record PromptOther(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Title,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? More = null);

/// <summary>A task as executor and reviewer see it.</summary>
internal sealed record PromptTask(string Id, string Title, string Description, ImmutableArray<PromptTaskEntry> Entries);

internal sealed record PromptTaskEntry(string Id, string Title, string Description);

/// <summary>What a task produced.</summary>
/// <param name="Task">Its id; left out where the task is given beside it.</param>
/// <param name="Summary">The executor's.</param>
/// <param name="Notes">The executor's.</param>
/// <param name="Files">As far as there was room.</param>
/// <param name="FilesLeftOut">How many were not shown.</param>
internal sealed record PromptWork(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Task,
    string Summary,
    string Notes,
    ImmutableArray<PromptFile> Files,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int FilesLeftOut);

internal sealed record PromptFile(string Path, string Content);
