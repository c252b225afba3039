using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Models;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>Does what the end of a step's key says. What a step comes to depends on what the store knows only, so that a disturbed run ends as an undisturbed one.</summary>
internal sealed class StormExecutor(StormDice dice, StormLog log, ModelPath models, TimeProvider time) : IStepExecutor
{
    public string Name => "work";

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var step = context.Step;
        Note(step, StormMoment.Began);
        try
        {
            await Task.Delay(dice.Between(0, 4, $"{step.Lease}"), time, cancellation);
            var completion = await WorkAsync(step, cancellation);
            Note(step, StormMoment.Succeeded);
            return completion;
        }
        catch (StepFailedException)
        {
            Note(step, StormMoment.Failed);
            throw;
        }
        catch
        {
            Note(step, StormMoment.Left);
            throw;
        }
    }

    /// <summary>Tells which execution it comes from.</summary>
    public static byte[] ResultOf(string key, long epoch) => Encoding.UTF8.GetBytes($"\"{key} {epoch}\"");

    private async Task<StepCompletion> WorkAsync(ClaimedStep step, CancellationToken cancellation)
    {
        var result = new StepCompletion { Result = ResultOf(step.Key, step.Lease.Epoch) };
        switch (step.Key[(step.Key.LastIndexOf('-') + 1)..])
        {
            case "call":
                await models.ClientFor(ModelScene.Model()).GetResponseAsync([new(ChatRole.User, step.Key)], cancellationToken: cancellation);
                return result;
            case "fail1" when step.FailedAttempts < 1:
            case "fail2" when step.FailedAttempts < 2:
                throw new ModelCallException("500");
            case "park" when step.Lease.Epoch <= 2:
                throw new EndpointUnavailableException("503", TimeSpan.FromSeconds(3));
            case "broken" when step.Generation == 1:
                throw new StepFailedException("no answer fits");
            case "expand":
                return result with { Expansion = new(ExpansionTarget.Self, Members(step.Key)) };
            case "round":
                return result with { Expansion = new(ExpansionTarget.Self, [StormRun.Step($"{step.Key}/1-again")]) };
            case "again":
                return result with { Expansion = new(ExpansionTarget.Parent, [StormRun.Step($"{step.Key}/2-plain", step.Key), StormRun.Step($"{step.Key}/2-park")]) };
            case "endless":
                await Task.Delay(TimeSpan.FromHours(10), time, cancellation);
                return result;
            default:
                return result;
        }
    }

    private static ImmutableArray<StepSpec> Members(string key) =>
        [StormRun.Step($"{key}/x-fail1"), StormRun.Step($"{key}/y-call", $"{key}/x-fail1"), StormRun.Step($"{key}/z-park")];

    private void Note(ClaimedStep step, StormMoment moment) => log.Add(step, moment, time.GetUtcNow());
}
