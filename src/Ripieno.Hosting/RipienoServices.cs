using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Ripieno;
using Ripieno.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers Ripieno in the services of a .NET host.</summary>
public static class RipienoServices
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Registers an <see cref="AgentCoordinator"/> as a singleton. It reads its config when it is first asked for. It executes what it is told to (<see cref="AgentCoordinator.ExecuteWorkflowAsync"/>);
        /// <see cref="AddRipienoWorker"/> also has the host execute whatever stands in the store.
        /// </summary>
        /// <param name="configPath">The config file; null = <c>config/agents.config.json</c> in the current folder or one above it, else built-in defaults.</param>
        /// <param name="configure">Agents, workflows and overrides in code; null = none.</param>
        public IServiceCollection AddRipieno(string? configPath = null, Action<AgentCoordinatorBuilder>? configure = null) => services.AddRipieno(null, configPath, configure);

        /// <summary>The same under a key, for several coordinators in one host.</summary>
        /// <param name="key">By which it is asked for: <c>[FromKeyedServices(key)] AgentCoordinator</c>.</param>
        /// <param name="configPath">Its config file.</param>
        /// <param name="configure">Agents, workflows and overrides in code; null = none.</param>
        public IServiceCollection AddKeyedRipieno(object key, string? configPath = null, Action<AgentCoordinatorBuilder>? configure = null) => services.AddRipieno(key, configPath, configure);

        /// <summary>Has the host execute steps of all runs on the coordinator's store for as long as it runs. When the host stops, steps under way may finish within its shutdown time; the rest is handed back.</summary>
        /// <param name="key">Key of the coordinator; null = the one without.</param>
        public IServiceCollection AddRipienoWorker(object? key = null) => services.AddSingleton<IHostedService>(
            provider => new WorkerService(provider.GetRequiredKeyedService<AgentCoordinator>(key)));

        private IServiceCollection AddRipieno(object? key, string? configPath, Action<AgentCoordinatorBuilder>? configure)
        {
            services.TryAddKeyedSingleton(key, (provider, _) =>
            {
                var builder = new AgentCoordinatorBuilder();
                configure?.Invoke(builder);
                return new AgentCoordinator(CoordinatorParts.Of(configPath, builder, provider));
            });
            return services;
        }
    }
}
