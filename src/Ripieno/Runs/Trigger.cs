namespace Ripieno.Runs;

/// <summary>What a step asks of its dependencies once all of them are terminal. Stored by number.</summary>
internal enum Trigger
{
    /// <summary>None failed, else the step is skipped. The default.</summary>
    AllSucceeded = 0,

    /// <summary>Nothing more than that they are terminal: a summary, a clean-up.</summary>
    AllDone = 1,
}
