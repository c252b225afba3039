using System.Text.Json;

namespace Ripieno.Simulator;

/// <summary>Azure's <c>/openai/v1</c>: OpenAI's protocol, with codes in its errors and deployments for models.</summary>
internal sealed class AzureProtocol : OpenAiProtocol
{
    public override string Error(string text) => Error("error", text);

    public override string UnknownModel(string model) => Error(
        "DeploymentNotFound", "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.");

    public static string Error(string code, string text) => JsonSerializer.Serialize(new { error = new { code, message = text } });
}
