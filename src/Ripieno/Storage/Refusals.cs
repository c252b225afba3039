using Ripieno.Errors;

namespace Ripieno.Storage;

/// <summary>What both stores say when they refuse somebody who may come again later.</summary>
internal static class Refusals
{
    /// <param name="id">The id that a live instance has.</param>
    /// <param name="pid">Its process.</param>
    /// <param name="host">As in <see cref="InstanceRecord.Host"/>.</param>
    public static ConflictException InstanceIdInUse(string id, long pid, string host) =>
        new($"Instance id '{id}' is in use by process {pid} on {host.Split('/')[0]}. Stop that one, or set another INSTANCE_ID (runtime.instance in its config).");

    public static StoreUnavailableException TooManySteps(RunSubmission submission, long open, long most) => new(
        $"Run '{submission.Id}' is not accepted: {open} steps are open already, and with its {submission.Steps.Length} they would be more than maxQueued allows ({most}). Submit it again when some have ended, add instances, or raise runtime.store.maxQueued.");

    public static StoreUnavailableException TooManyRuns(RunSubmission submission, long open) => new(
        $"Run '{submission.Id}' is not accepted: tenant '{submission.Tenant}' has {open} runs that have not ended, and maxQueued allows it {submission.TenantMaxQueued}. Submit it again when some have ended, cancel some, or raise tenants.{submission.Tenant}.maxQueued.");
}
