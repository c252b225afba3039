using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers.Http;

namespace Ripieno.Providers.Azure;

/// <summary>Says why there is no token, and what to do. Reached only when none could be had, so that Azure's library is loaded for nothing else.</summary>
internal static class EntraFailure
{
    private const string NextStep = "Log in with 'az login', or give the process a managed identity or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; "
        + "or set \"credential\" to \"key\" in runtime.azure-openai.";

    /// <summary>Null for a failure that is not about tokens.</summary>
    public static RipienoException? Of(Endpoint endpoint, Exception failure) => failure switch
    {
        CredentialUnavailableException => new ModelRejectedException($"{ModelFailure.Name(endpoint)}: no Entra ID identity was found. {NextStep}", ModelRefusal.Credentials, failure),
        AuthenticationFailedException when IsPassing(failure) =>
            new EndpointUnavailableException($"{ModelFailure.Name(endpoint)}: Entra ID cannot be reached for a token: {Words(failure)}", inner: failure),
        AuthenticationFailedException => new ModelRejectedException($"{ModelFailure.Name(endpoint)}: Entra ID gave no token: {Words(failure)}. {NextStep}", ModelRefusal.Credentials, failure),
        _ => null,
    };

    private static bool IsPassing(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException or HttpRequestException or TaskCanceledException
                or RequestFailedException { Status: 0 or (int)HttpStatusCode.TooManyRequests or >= (int)HttpStatusCode.InternalServerError })
            {
                return true;
            }
        }

        return false;
    }

    // The first sentence says it; what follows are links to troubleshooting guides and a trace of every source that was tried.
    private static string Words(Exception failure) => ModelFailure.Words(failure.Message.Split('\n')[0], key: null).TrimEnd('.');
}
