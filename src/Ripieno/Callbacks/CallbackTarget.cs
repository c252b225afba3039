using System.Collections.Immutable;

namespace Ripieno.Callbacks;

/// <summary>A callback as this instance can carry it out.</summary>
internal abstract record CallbackTarget
{
    /// <summary>A POST.</summary>
    /// <param name="Url">Where to.</param>
    /// <param name="Below">Addresses below it may be asked for as well.</param>
    /// <param name="Key">Signs; null = unsigned.</param>
    public sealed record Webhook(Uri Url, bool Below, WebhookKey? Key) : CallbackTarget
    {
        /// <summary>Where a message goes; null when this instance's configuration does not allow that address.</summary>
        public Uri? For(string? address) => address switch
        {
            null => Url,
            _ when Below && CallbackAddress.TryParse(address) is { } asked && CallbackAddress.IsBelow(Url, asked) => asked,
            _ => null,
        };
    }

    /// <summary>A command on this machine.</summary>
    /// <param name="Arguments">Program and arguments, with <c>{{run.id}}</c> and the like in them.</param>
    /// <param name="TimeLimit">After which it is ended.</param>
    /// <param name="Folder">In which it runs.</param>
    public sealed record Command(ImmutableArray<string> Arguments, TimeSpan TimeLimit, string Folder) : CallbackTarget;
}
