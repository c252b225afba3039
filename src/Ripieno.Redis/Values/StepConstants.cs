using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// What never changes of a step (<c>x</c>): <c>u2</c> length + key, <c>u1</c> input (0 = none, 1 = a content of the run, 2 = here), 32 bytes of its hash if so, and if it is here <c>u2</c> length +
/// content; <c>u4</c> index of each dependency. Written by scripts only.
/// </summary>
/// <param name="Key">Unique in the run.</param>
/// <param name="Input">Hash of the input; null = none.</param>
/// <param name="InlineInput">The input as <see cref="ContentValue"/> has it; null = it is not here.</param>
/// <param name="Dependencies">Indexes.</param>
internal sealed record StepConstants(string Key, ContentHash? Input, byte[]? InlineInput, int[] Dependencies)
{
    public static byte[] Encode(Storage.Moving.StepImage step)
    {
        var writer = new ValueWriter().Text("a step's key", step.Key);
        if (step.Input is null)
            writer.U1(0);
        else if (step.Input.Inline is not { } input)
            writer.U1(1).Hash(step.Input.Hash);
        else if (ContentValue.Encode(input) is var value)
            writer.U1(2).Hash(step.Input.Hash).U2(value.Length).Bytes(value);
        foreach (var source in step.Dependencies)
            writer.U4(source);
        return writer.ToArray();
    }

    public static StepConstants Decode(RedisValue value)
    {
        var reader = new ValueReader("A step", value);
        var (key, kind) = (reader.Text(), reader.U1());
        if (kind > 2)
            throw reader.Damaged();
        ContentHash? input = kind == 0 ? null : reader.Hash();
        var inline = kind == 2 ? reader.Bytes(reader.U2()).ToArray() : null;
        var dependencies = new int[reader.Length / 4];
        for (var i = 0; i < dependencies.Length; i++)
            dependencies[i] = reader.Count();
        reader.End();
        return new(key, input, inline, dependencies);
    }
}
