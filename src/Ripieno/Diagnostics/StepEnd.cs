namespace Ripieno.Diagnostics;

/// <summary>How an execution of a step has ended, as the metrics say it.</summary>
internal enum StepEnd
{
    Succeeded,

    /// <summary>For good.</summary>
    Failed,

    /// <summary>The try failed and another follows.</summary>
    Retried,

    /// <summary>Put aside, at no cost of an attempt.</summary>
    Parked,

    /// <summary>Not finished, or not reported: ready for any instance.</summary>
    HandedBack,

    /// <summary>Its run was cancelled meanwhile.</summary>
    Discarded,

    /// <summary>Another instance has the step.</summary>
    Lost,
}
