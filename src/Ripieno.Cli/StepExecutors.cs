using Ripieno.Agents;
using Ripieno.Agents.Custom;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Reports;
using Ripieno.Agents.Tasks;
using Ripieno.Callbacks;
using Ripieno.Coordination;
using Ripieno.Models;

namespace Ripieno.Cli;

/// <summary>The code behind the steps of all workflows.</summary>
internal static class StepExecutors
{
    public static IReadOnlyList<IStepExecutor> Of(ModelPath models, CallbackTargets callbacks, WebhookSender webhooks, TimeProvider time) =>
    [
        new PlanStepExecutor(models.ClientFor),
        new ExecuteStepExecutor(models.ClientFor),
        new ReviewStepExecutor(models.ClientFor),
        new SummarizeStepExecutor(),
        new AgentStepExecutor(models.ClientFor),
        new AgentReviewStepExecutor(models.ClientFor),
        new ExpandStepExecutor(),
        new ApprovalTimerStepExecutor(time),
        new CallbackWaitStepExecutor(time),
        new CallbackDeliverStepExecutor(callbacks, webhooks, time),
    ];
}
