namespace Ripieno.Redis.Values;

/// <summary>
/// The steps of a run that has had no more than <see cref="Most"/>, as they stand in its <c>v</c>: its terms (<c>u4</c> length + <c>m</c>), its definitions (<c>u4</c> length + <c>f</c>), the states of
/// its steps by index without their reasons, <c>u1</c> number of dependencies, each <c>u1 u1</c> source, dependent, in the order in which they joined; then <c>u1</c> index and <c>u4</c> length + reason
/// of each step that has one. Together, because each field of a hash costs the server several looks at memory that is not in its processor's cache. Written by scripts only.
/// </summary>
/// <param name="Steps">By index; null = none.</param>
/// <param name="Dependencies">Source and dependent.</param>
internal sealed record SmallRun(IReadOnlyList<StepValue?> Steps, IReadOnlyList<(int Source, int Dependent)> Dependencies)
{
    /// <summary>Indexes of a small run.</summary>
    public const int Most = 8;

    /// <summary>In place of the status of a step that is not there.</summary>
    private const byte NoStep = 254;

    public static SmallRun Decode(ref ValueReader reader, int next)
    {
        reader.Bytes(reader.Count());
        reader.Bytes(reader.Count());
        if (next > Most)
            throw reader.Damaged();
        var steps = new StepValue?[next];
        for (var i = 0; i < next; i++)
        {
            var state = reader.Bytes(StepValue.Size);
            steps[i] = state[0] == NoStep ? null : StepValue.Decode(state);
        }

        var dependencies = new (int, int)[reader.U1()];
        for (var i = 0; i < dependencies.Length; i++)
            dependencies[i] = (reader.U1(), reader.U1());
        while (!reader.IsAtEnd)
        {
            var index = reader.U1();
            var reason = reader.LongText();
            steps[index] = index < next && steps[index] is { } step ? step with { Reason = reason } : throw reader.Damaged();
        }

        return new(steps, dependencies);
    }
}
