using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ripieno.Models;

namespace Ripieno.Callbacks;

/// <summary>
/// Signs messages as <see href="https://www.standardwebhooks.com">Standard Webhooks</see> says, so that its libraries verify them: HMAC-SHA256 over <c>id.timestamp.body</c>, in base64, with <c>v1,</c> before it.
/// </summary>
internal sealed class WebhookKey
{
    public const string Prefix = "whsec_";

    /// <summary>What a secret looks like, as the end of "expected …".</summary>
    public const string Expected = "whsec_ followed by 24 to 64 bytes in base64";

    /// <summary>How to make one.</summary>
    public const string Advice = "Make one: echo whsec_$(openssl rand -base64 32)";

    private readonly byte[] _key;

    private WebhookKey(byte[] key) => _key = key;

    /// <summary>Null when it is no secret of the standard: a plain text would be taken for base64 by some libraries and as it is by others.</summary>
    public static WebhookKey? TryParse(Secret secret)
    {
        var text = secret.Value.Trim();
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length is >= 24 and <= 64 ? new(key[..length]) : null;
    }

    /// <param name="id">The message's.</param>
    /// <param name="timestamp">Of this try, in Unix seconds: receivers refuse old ones.</param>
    /// <param name="body">As it is sent.</param>
    /// <returns>Value of the header <c>webhook-signature</c>.</returns>
    public string Sign(string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hash.AppendData(body);
        return "v1," + Convert.ToBase64String(hash.GetHashAndReset());
    }
}
