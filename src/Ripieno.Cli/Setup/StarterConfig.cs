using System.Text.Json;
using Ripieno.Capacity;

namespace Ripieno.Cli.Setup;

/// <summary>The files that <c>init</c> writes.</summary>
internal static class StarterConfig
{
    public const string Backlog = """
        # A first backlog

        Each entry becomes one or more tasks: planned, executed, reviewed. Indented lines describe the entry above them.

        - [ ] Write a short README for a to-do list program
          Name, purpose, three features, how to start it.
        - [ ] Design its data model (high)
          A table of fields with type and meaning, for tasks and lists.
        - [ ] Write its first user story
          As a new user, with three acceptance criteria.
        """;

    /// <summary>A config file with comments.</summary>
    /// <param name="project">Name of the project.</param>
    /// <param name="host">The Ollama server.</param>
    /// <param name="advice">Model, context and concurrency, and why.</param>
    public static string Text(string project, Uri host, HardwareAdvice advice)
    {
        var reasons = string.Concat(advice.Reasons.Select(reason => $"  // {SafeText.Of(reason)}\n"));
        var model = Json(advice.Model);
        return $$"""
            // The configuration of this project. Comments and trailing commas are fine. Everything in here has a default, so any part may go.
            // `ripieno config check` tells what is wrong with it, `ripieno config show` what applies and where each value comes from.
            {
              "$schema": "./agents.config.schema.json",
              "metadata": { "project": {{Json(project)}}, "version": "1.0.0" },

            {{reasons}}  "runtime": {
                // ollama, openai (any server that speaks its protocol), azure-openai, github-models (retired on 2026-07-30; another service by its protocol)
                // or simulated (made-up answers, for a machine without a model).
                "defaultProvider": "ollama",

                // Who is asked when that one cannot be had: "fallbackProviders": [ { "provider": "azure-openai", "model": "gpt-4o" } ]
                // "azure-openai": { "endpointEnv": "AZURE_OPENAI_ENDPOINT", "credential": "entra-id" }

                // All state lives in this file. Relative paths start from the folder that holds config/.
                // For several machines: "store": { "kind": "redis", "endpoints": ["HOST:6379"], "passwordEnv": "RIPIENO_REDIS_PASSWORD" }
                "store": { "kind": "sqlite", "path": "data/ripieno.db" },

                // "concurrency" = calls made at once. The environment variable OLLAMA_HOST overrides "host".
                "ollama": { "host": {{Json(host.GetLeftPart(UriPartial.Authority))}}, "concurrency": {{advice.Concurrency}} }
              },

              "models": {
                "ollama": {
                  // "context" in tokens; a larger one costs memory. "parallel": false = a request for this model is alone on its server.
                  {{model}}: { "context": {{advice.Context}}, "temperature": 0.4, "parallel": true }
                }
              },

              // Without "prompt" an agent uses its built-in one; "prompt": "prompts/planner.prompt" names a file of your own.
              "agents": [
                { "id": "planner", "defaultModel": {{model}}, "outputs": ["plan.md"], "cache": true },
                { "id": "executor", "defaultModel": {{model}}, "requires": ["planner"] },
                { "id": "reviewer", "defaultModel": {{model}}, "outputs": ["review-notes.md"], "requires": ["executor"] }
              ]
            }

            """;
    }

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
