using Ripieno.Errors;

namespace Ripieno.Documents;

internal static class OriginProblem
{
    /// <summary>A problem with a value of this origin: told by file and line, or by the variable or option that set it.</summary>
    public static Problem Problem(this Origin origin, string place, string found, string expected, string? nextStep = null) =>
        origin.Kind switch
        {
            OriginKind.File => new Problem(origin.Name, origin.Line, place, found, expected, nextStep),
            OriginKind.Environment or OriginKind.CommandLine => new Problem(null, null, origin.Name!, found, expected, nextStep),
            _ => new Problem(null, null, place, found, expected, nextStep),
        };
}
