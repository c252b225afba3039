using System.Text.Json;
using Ripieno.Errors;
using Ripieno.Models;

namespace Ripieno.Providers.Http;

/// <summary>Small JSON documents that servers give about themselves.</summary>
internal static class JsonReply
{
    private const int Longest = 8 * 1024 * 1024;

    /// <exception cref="RipienoException">The endpoint is away, refuses, or answers something else than a JSON object.</exception>
    public static async Task<JsonElement> GetAsync(HttpClient client, Endpoint endpoint, string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
            await response.Content.LoadIntoBufferAsync(Longest, cancellation);
            using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw ModelFailure.Call(endpoint, $"answered {path} with JSON of another kind than expected.");
            return document.RootElement.Clone();
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            throw ModelFailure.Transport(endpoint, failure);
        }
    }

    /// <summary>The objects of a list; none when the property is missing or holds something else.</summary>
    public static IEnumerable<JsonElement> Objects(JsonElement reply, string name) =>
        reply.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    public static string? Text(JsonElement reply, string name) =>
        reply.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static long? Number(JsonElement reply, string name) =>
        reply.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
