using Ripieno.Errors;

namespace Ripieno.Storage;

/// <summary>What both stores say when a submission is one too many. It may be repeated: later there is room.</summary>
internal static class Refusals
{
    public static StoreUnavailableException TooManySteps(RunSubmission submission, long open, long most) => new(
        $"Run '{submission.Id}' is not accepted: {open} steps are open already, and with its {submission.Steps.Length} they would be more than maxQueued allows ({most}). Submit it again when some have ended, add instances, or raise runtime.store.maxQueued.");

    public static StoreUnavailableException TooManyRuns(RunSubmission submission, long open) => new(
        $"Run '{submission.Id}' is not accepted: tenant '{submission.Tenant}' has {open} runs that have not ended, and maxQueued allows it {submission.TenantMaxQueued}. Submit it again when some have ended, cancel some, or raise tenants.{submission.Tenant}.maxQueued.");
}
