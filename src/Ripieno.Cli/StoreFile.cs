using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Cli;

/// <summary>The store's file, for commands that treat it as a file.</summary>
internal static class StoreFile
{
    /// <param name="invocation">Where the command runs.</param>
    /// <param name="common">Which store.</param>
    /// <param name="instead">What to do where the store is no file, as sentences.</param>
    /// <exception cref="ConflictException">It is no file.</exception>
    public static string Of(Invocation invocation, CommonSettings common, string instead)
    {
        var configuration = Composition.Load(invocation, common);
        return configuration.Redis is { } redis
            ? throw new ConflictException($"The store {redis.Location} is a Redis, and no file that this command could copy or replace. {instead}")
            : configuration.Absolute(configuration.Options.Runtime.Store.Path);
    }

    /// <exception cref="NotFoundException">There is none.</exception>
    public static string Existing(Invocation invocation, CommonSettings common, string instead) => Of(invocation, common, instead) is var path && File.Exists(path)
        ? path
        : throw new NotFoundException($"There is no store at {path}. Name it with --store sqlite:PATH, or run the command in the project's folder.");

    public static bool MayLive(InstanceRecord instance) => ProcessIdentity.MayLive(instance, oneMachine: true);
}
