namespace Ripieno.Callbacks;

/// <summary>Addresses that are given directly, by whoever submits. Workers call them from inside of a network, so only what lies below a configured address is allowed.</summary>
internal static class CallbackAddress
{
    private const int Longest = 1024;

    /// <summary>Whether a text is meant as an address and not as a name.</summary>
    public static bool Is(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Null when it is no address of a receiver.</summary>
    public static Uri? TryParse(string text) =>
        text.Length <= Longest && !text.Any(character => char.IsControl(character) || character == ' ') && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.Host.Length > 0 ? url : null;

    /// <summary>The same scheme, host and port, and a path that continues at a slash.</summary>
    public static bool IsBelow(Uri root, Uri address)
    {
        if (root.Scheme != address.Scheme || root.Port != address.Port || !root.IdnHost.Equals(address.IdnHost, StringComparison.OrdinalIgnoreCase))
            return false;
        var (folder, path) = (root.AbsolutePath.TrimEnd('/') + "/", address.AbsolutePath);
        // What is a slash or a dot to some servers and a letter to others could lead out again.
        var isPlain = !path.Contains("%2f", StringComparison.OrdinalIgnoreCase) && !path.Contains("%5c", StringComparison.OrdinalIgnoreCase)
            && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase) && !path.Contains('\\', StringComparison.Ordinal);
        return isPlain && (path.StartsWith(folder, StringComparison.Ordinal) || path == root.AbsolutePath);
    }
}
