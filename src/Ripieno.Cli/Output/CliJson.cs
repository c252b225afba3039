using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Ripieno.Callbacks;
using Ripieno.Cli.Display;
using Ripieno.Cluster;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Output;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [
        typeof(DashedNames<RunStatus>), typeof(DashedNames<StepStatus>), typeof(DashedNames<RunEventKind>), typeof(DashedNames<TaskVerdict>),
        typeof(DashedNames<CallbackStatus>),
        typeof(DashedNames<InstanceRole>), typeof(DashedNames<InstanceState>), typeof(DashedNames<ClusterAlertKind>)])]
[JsonSerializable(typeof(RunsDocument))]
[JsonSerializable(typeof(RunDocument))]
[JsonSerializable(typeof(AcceptedDocument))]
[JsonSerializable(typeof(EventDocument))]
[JsonSerializable(typeof(InterruptedDocument))]
[JsonSerializable(typeof(CancelDocument))]
[JsonSerializable(typeof(ApproveDocument))]
[JsonSerializable(typeof(ApprovalsDocument))]
[JsonSerializable(typeof(RetryDocument))]
[JsonSerializable(typeof(ArtifactsDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(ConfigDocument))]
[JsonSerializable(typeof(InstancesDocument))]
[JsonSerializable(typeof(ConfigCheckDocument))]
[JsonSerializable(typeof(SimulatorDocument))]
[JsonSerializable(typeof(InitDocument))]
[JsonSerializable(typeof(WorkerDocument))]
[JsonSerializable(typeof(WorkerStoppedDocument))]
[JsonSerializable(typeof(DrainDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(DeadLettersDocument))]
[JsonSerializable(typeof(DeadLetterDocument))]
[JsonSerializable(typeof(PruneDocument))]
[JsonSerializable(typeof(StoreCheckDocument))]
[JsonSerializable(typeof(BackupDocument))]
[JsonSerializable(typeof(RestoreDocument))]
[JsonSerializable(typeof(CopyDocument))]
[JsonSerializable(typeof(CopyPlanDocument))]
[JsonSerializable(typeof(ReopenDocument))]
[JsonSerializable(typeof(FiguresDocument))]
[JsonSerializable(typeof(DrillDocument))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>Names of enum values as <c>dead-lettered</c>.</summary>
internal sealed class DashedNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Writes documents to standard output, one on each line.</summary>
internal static class JsonOutput
{
    // Titles stand as they were written; control characters are escaped all the same.
    private static readonly CliJson Readable = new(new(CliJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void WriteLine<T>(TextWriter output, T document)
    {
        output.WriteLine(JsonSerializer.Serialize(document, (JsonTypeInfo<T>)Readable.GetTypeInfo(typeof(T))!));
        output.Flush();
    }
}
