using Microsoft.Extensions.AI;

namespace Ripieno.Models;

/// <summary>Another model is asked in place of the one that a run chose.</summary>
/// <param name="From">Which was to answer.</param>
/// <param name="To">Which is asked instead.</param>
/// <param name="Reason">Why the first cannot be had.</param>
internal sealed record ModelSwitch(ModelChoice From, ModelChoice To, string Reason)
{
    public override string ToString() => $"{To.Name} instead of {From.Name}: {Reason}";
}

/// <summary>Is told which models a call went to, and when it waits.</summary>
internal interface IModelWitness
{
    /// <summary>Before a call is sent to another model than the one chosen.</summary>
    void Switched(ModelSwitch change);

    /// <summary>At the first piece of an answer.</summary>
    void Answers(ModelChoice model);

    /// <summary>A call waits for its turn, until what this returns is disposed.</summary>
    IDisposable? Waits();
}

internal static class ModelWitnessOptions
{
    private const string Key = "ripieno.witness";

    extension(ChatOptions options)
    {
        /// <summary>Whom the model path tells which model answers, and when a call waits.</summary>
        public IModelWitness? Witness
        {
            get => options.AdditionalProperties?.GetValueOrDefault(Key) as IModelWitness;
            set
            {
                options.AdditionalProperties ??= [];
                options.AdditionalProperties[Key] = value;
            }
        }
    }
}
