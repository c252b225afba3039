namespace Ripieno.Agents.Prompts;

/// <summary>The prompts that apply when an agent's configuration names no file: the repository's folder <c>prompts</c>.</summary>
internal static class BuiltInPrompts
{
    public static string Read(string agent)
    {
        using var stream = typeof(BuiltInPrompts).Assembly.GetManifestResourceStream(FileOf(agent))
            ?? throw new InvalidOperationException($"There is no built-in prompt for agent '{agent}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What the prompt is called in errors.</summary>
    public static string FileOf(string agent) => $"prompts/{agent}.prompt";
}
