namespace Ripieno.EndToEnd.Tests.Networks;

/// <summary>Which way packets are lost, seen from the machine that is cut off.</summary>
[Flags]
internal enum CutDirection
{
    /// <summary>What it sends never arrives.</summary>
    Requests = 1,

    /// <summary>What it is sent never arrives.</summary>
    Answers = 2,

    Both = Requests | Answers,
}
