namespace Ripieno.Tests.Workers.Storms;

/// <summary>What a storm does besides disturbing operations. Each kind leaves something in peace, because what one fault breaks another may mend.</summary>
/// <param name="ShortLives">Instances end and begin again.</param>
/// <param name="LosesLeases">Instances freeze, and leases are short. Without that, a step that a worker forgets stays forgotten.</param>
/// <param name="LosesClaims">Answers to claims get lost; a worker then announces itself anew, which hands back what else it may have forgotten.</param>
internal sealed record StormKind(bool ShortLives, bool LosesLeases, bool LosesClaims)
{
    public static readonly StormKind Calm = new(false, false, false);

    public static StormKind Of(int seed) => new(ShortLives: seed % 2 == 1, LosesLeases: seed % 4 != 2, LosesClaims: seed % 8 != 2);
}
