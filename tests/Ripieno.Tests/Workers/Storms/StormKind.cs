namespace Ripieno.Tests.Workers.Storms;

/// <summary>What a storm does besides disturbing operations. Each kind leaves something in peace, because what one fault breaks another may mend.</summary>
/// <param name="ShortLives">Instances end and begin again.</param>
/// <param name="LosesLeases">Instances freeze, claims get lost, leases are short. Without that, a step that a worker forgets stays forgotten.</param>
internal sealed record StormKind(bool ShortLives, bool LosesLeases)
{
    public static readonly StormKind Calm = new(false, false);

    public static StormKind Of(int seed) => new(ShortLives: seed % 2 == 1, LosesLeases: seed % 4 != 2);
}
