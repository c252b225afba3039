using Ripieno.Redis.Values;
using Ripieno.Storage;

namespace Ripieno.Redis;

/// <summary>Steps as <c>steps.lua</c> reads them.</summary>
internal static class StepArguments
{
    /// <param name="arguments">To which they are added.</param>
    /// <param name="batch">All steps of the submission or expansion.</param>
    /// <param name="offset">First one to be sent.</param>
    /// <param name="count">How many.</param>
    public static Arguments AddSteps(this Arguments arguments, StepBatch batch, int offset, int count)
    {
        var specs = batch.Specs.AsSpan(offset, count);
        var definitions = new Names();
        var classes = new Names();
        var outside = new Names();
        // Whatever is refused must be refused by the first batch, so that goes with it.
        if (offset == 0)
        {
            foreach (var key in batch.Outside)
                outside.Number(key);
        }

        var contents = new Dictionary<string, PackedContent>(StringComparer.Ordinal);
        var steps = new Arguments();
        for (var i = offset; i < offset + count; i++)
        {
            var spec = batch.Specs[i];
            var input = batch.Inputs[i];
            // A short one stands with its step, so that a claim need not look for it.
            if (input is { IsInline: false })
                contents[Convert.ToHexString(input.Hash)] = input;
            var head = new ValueWriter()
                .U2(definitions.Number(spec.Definition) + 1).U2(classes.Number($"{spec.Class.Queue}\0{spec.Class.Executor}") + 1).U1((byte)spec.Trigger).I4(-spec.Priority)
                .U1(input is null ? 0 : input.IsInline ? 2 : 1).Bytes(input?.Hash);
            if (input is { IsInline: true })
            {
                var value = ContentValue.Encode(input);
                head.U2(value.Length).Bytes(value);
            }

            var dependencies = new ValueWriter();
            foreach (var key in batch.Dependencies(i))
                dependencies.I4(batch.OffsetOf(key) ?? -1 - outside.Number(key));
            steps.Add(spec.Key).Add(head.ToArray()).Add(dependencies.ToArray());
        }

        definitions.AddTo(arguments);
        classes.AddTo(arguments);
        outside.AddTo(arguments);
        arguments.Add(contents.Count);
        foreach (var content in contents.Values)
            arguments.Add(content.Hash).Add(ContentValue.Encode(content));
        return arguments.Add(specs.Length).AddAll(steps);
    }

    private sealed class Names
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        public int Number(string name)
        {
            if (!_numbers.TryGetValue(name, out var number))
                _numbers.Add(name, number = _numbers.Count);
            return number;
        }

        public void AddTo(Arguments arguments)
        {
            arguments.Add(_numbers.Count);
            foreach (var name in _numbers.Keys)
                arguments.Add(name);
        }
    }
}
