namespace Ripieno.Workflows;

/// <summary>Who is to be told that a run has ended.</summary>
/// <param name="Name">Of a callback in the configuration of the worker that tells.</param>
/// <param name="Address">Below that callback's own address; null = that address itself, or a command.</param>
internal sealed record CallbackOrder(string Name, string? Address = null)
{
    /// <summary>How people call it.</summary>
    public string Text => Address ?? Name;
}
