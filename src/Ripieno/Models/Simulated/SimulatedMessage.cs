namespace Ripieno.Models.Simulated;

/// <summary>One message of a conversation, reduced to what a simulated model looks at.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">Its text.</param>
internal sealed record SimulatedMessage(string Role, string Text);
