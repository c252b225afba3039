using Ripieno.Cli.Grammar;
using Ripieno.Errors;

namespace Ripieno.Cli;

/// <summary>The store's file, for commands that treat it as a file.</summary>
internal static class StorePath
{
    public static string Of(Invocation invocation, CommonSettings common)
    {
        var configuration = Composition.Load(invocation, common);
        return configuration.Absolute(configuration.Options.Runtime.Store.Path);
    }

    /// <exception cref="NotFoundException">There is none.</exception>
    public static string Existing(Invocation invocation, CommonSettings common) => Of(invocation, common) is var path && File.Exists(path)
        ? path
        : throw new NotFoundException($"There is no store at {path}. Name it with --store sqlite:PATH, or run the command in the project's folder.");
}
