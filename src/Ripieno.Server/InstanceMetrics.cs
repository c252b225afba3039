using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Ripieno.Cluster;
using Ripieno.Diagnostics;
using Ripieno.Workers;

namespace Ripieno.Server;

/// <summary>What the process measures, in Prometheus' text format.</summary>
internal static class InstanceMetrics
{
    public static void Add(IServiceCollection services, InstanceServerOptions options, Worker worker, ClusterGlance glance) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.Clear()
            .AddService("ripieno", serviceVersion: ThisInstance.Version, serviceInstanceId: options.Instance)
            .AddAttributes([new(RipienoMeter.Instance, options.Instance)]))
        .WithMetrics(metrics => metrics
            .AddMeter([.. options.Meters])
            // Another worker of this process has a label of its own; under this one's its values would lie.
            .AddView(instrument => instrument.Meter.Name == RipienoMeter.Name && instrument.Meter.Scope is { } scope && scope != worker && scope != glance
                ? MetricStreamConfiguration.Drop
                : null)
            .AddPrometheusExporter(exporter =>
            {
                // Prometheus keeps attributes of the resource apart from the samples, where no query sees them.
                exporter.ResourceConstantLabels = static name => name == RipienoMeter.Instance;
                exporter.ScopeInfoEnabled = false;
                // What is dear to read has a cache of its own.
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            }));

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, ClusterGlance glance) => routes.MapPrometheusScrapingEndpoint(
        "/metrics",
        meterProvider: null,
        branch => branch.Use(async (HttpContext context, RequestDelegate next) =>
        {
            await glance.RefreshAsync(context.RequestAborted);
            await next(context);
        }),
        optionsName: null);
}
