namespace Ripieno.Stores.Tests.Model;

public enum RandomVerb
{
    Claim,
    Complete,
    Expand,
    Rounds,
    Fail,
    FailForGood,
    Park,
    Release,
    Report,
    Pass,
    Die,
    Stop,
    Renew,
    Retry,
    Cancel,
    Reopen,
}

/// <summary>One operation of a random sequence. The numbers pick among what there is at that moment, so that a sequence stays valid when it is cut short.</summary>
public readonly record struct RandomOperation(RandomVerb Verb, int Pick, int Shape);
