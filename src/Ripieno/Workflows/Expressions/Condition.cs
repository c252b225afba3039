using System.Text.Json;

namespace Ripieno.Workflows.Expressions;

/// <summary>
/// Says whether a step is wanted: <c>triage.kind == 'bug' and not (triage.priority &lt; 3)</c>. Compares values with each other and with texts, numbers,
/// <c>true</c>, <c>false</c> and <c>null</c>; cannot compute. Parsed by <see cref="ConditionParser"/>.
/// </summary>
internal abstract record Condition
{
    /// <summary>Deeper is no condition that a person has written.</summary>
    public const int MaxDepth = 32;

    /// <summary>Values that it looks at.</summary>
    public abstract IEnumerable<ValuePath> Paths { get; }

    public abstract bool Holds(Func<ValuePath, JsonElement?> valueOf);

    internal sealed record Either(Condition Left, Condition Right) : Condition
    {
        public override IEnumerable<ValuePath> Paths => Left.Paths.Concat(Right.Paths);

        public override bool Holds(Func<ValuePath, JsonElement?> valueOf) => Left.Holds(valueOf) || Right.Holds(valueOf);
    }

    internal sealed record Both(Condition Left, Condition Right) : Condition
    {
        public override IEnumerable<ValuePath> Paths => Left.Paths.Concat(Right.Paths);

        public override bool Holds(Func<ValuePath, JsonElement?> valueOf) => Left.Holds(valueOf) && Right.Holds(valueOf);
    }

    internal sealed record Not(Condition Inner) : Condition
    {
        public override IEnumerable<ValuePath> Paths => Inner.Paths;

        public override bool Holds(Func<ValuePath, JsonElement?> valueOf) => !Inner.Holds(valueOf);
    }

    /// <summary>A value alone: it is there, and is not <c>false</c>.</summary>
    internal sealed record Is(Operand Value) : Condition
    {
        public override IEnumerable<ValuePath> Paths => Value.Paths;

        public override bool Holds(Func<ValuePath, JsonElement?> valueOf) => Value.Of(valueOf) is { ValueKind: not JsonValueKind.False };
    }

    internal sealed record Compares(Operand Left, string Comparison, Operand Right) : Condition
    {
        public override IEnumerable<ValuePath> Paths => Left.Paths.Concat(Right.Paths);

        public override bool Holds(Func<ValuePath, JsonElement?> valueOf)
        {
            var (left, right) = (Left.Of(valueOf), Right.Of(valueOf));
            return Comparison switch
            {
                "==" => AreEqual(left, right),
                "!=" => !AreEqual(left, right),
                "contains" => Contains(left, right),
                _ => Order(left, right) is { } order && Comparison switch
                {
                    "<" => order < 0,
                    "<=" => order <= 0,
                    ">" => order > 0,
                    _ => order >= 0,
                },
            };
        }

        private static bool AreEqual(JsonElement? left, JsonElement? right) =>
            left is { } one && right is { } other ? JsonElement.DeepEquals(one, other) : left is null && right is null;

        private static bool Contains(JsonElement? left, JsonElement? right) => left switch
        {
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Any(item => AreEqual(item, right)),
            { ValueKind: JsonValueKind.String } text when right is { ValueKind: JsonValueKind.String } part => text.GetString()!.Contains(part.GetString()!, StringComparison.Ordinal),
            _ => false,
        };

        /// <summary>Null for values that have no order among each other.</summary>
        private static int? Order(JsonElement? left, JsonElement? right) => (left, right) switch
        {
            ({ ValueKind: JsonValueKind.Number } one, { ValueKind: JsonValueKind.Number } other) => one.GetDouble().CompareTo(other.GetDouble()),
            ({ ValueKind: JsonValueKind.String } one, { ValueKind: JsonValueKind.String } other) => string.CompareOrdinal(one.GetString(), other.GetString()),
            _ => null,
        };
    }

    /// <summary>One side of a comparison.</summary>
    /// <param name="Path">Where its value is; null = <paramref name="Literal"/>.</param>
    /// <param name="Literal">The value itself; null = nothing.</param>
    internal sealed record Operand(ValuePath? Path, JsonElement? Literal)
    {
        public IEnumerable<ValuePath> Paths => Path is null ? [] : [Path];

        public JsonElement? Of(Func<ValuePath, JsonElement?> valueOf) => Path is null ? Literal : valueOf(Path);
    }
}
