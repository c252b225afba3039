using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Agents.Coded;
using Ripieno.Agents.Custom;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Reports;
using Ripieno.Agents.Tasks;
using Ripieno.Callbacks;
using Ripieno.Coordination;
using Ripieno.Models;

namespace Ripieno.Hosting;

/// <summary>The code behind the steps of all workflows.</summary>
internal static class StepExecutors
{
    public static IReadOnlyList<IStepExecutor> Of(Func<ModelChoice, IChatClient> clientFor, CodedAgents coded, CallbackTargets callbacks, WebhookSender webhooks, TimeProvider time) =>
    [
        new PlanStepExecutor(clientFor),
        new ExecuteStepExecutor(clientFor),
        new ReviewStepExecutor(clientFor),
        new SummarizeStepExecutor(),
        new AgentStepExecutor(clientFor, coded),
        new AgentReviewStepExecutor(clientFor, coded),
        new ExpandStepExecutor(),
        new ApprovalTimerStepExecutor(time),
        new CallbackWaitStepExecutor(time),
        new CallbackDeliverStepExecutor(callbacks, webhooks, time),
    ];
}
