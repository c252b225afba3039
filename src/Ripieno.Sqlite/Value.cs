namespace Ripieno.Sqlite;

/// <summary>A value on its way into a statement, without the boxing of an <see cref="object"/>.</summary>
internal readonly struct Value
{
    private Value(ValueKind kind, long number = 0, double real = 0, object? reference = null)
    {
        Kind = kind;
        Number = number;
        Real = real;
        Reference = reference;
    }

    public ValueKind Kind { get; }

    public long Number { get; }

    public double Real { get; }

    /// <summary>A string or a byte array.</summary>
    public object? Reference { get; }

    public static implicit operator Value(long value) => new(ValueKind.Number, value);

    public static implicit operator Value(int value) => new(ValueKind.Number, value);

    public static implicit operator Value(bool value) => new(ValueKind.Number, value ? 1 : 0);

    public static implicit operator Value(double value) => new(ValueKind.Real, real: value);

    public static implicit operator Value(long? value) => value is { } number ? new(ValueKind.Number, number) : default;

    public static implicit operator Value(int? value) => value is { } number ? new(ValueKind.Number, number) : default;

    public static implicit operator Value(string? value) => value is null ? default : new(ValueKind.Text, reference: value);

    public static implicit operator Value(byte[]? value) => value is null ? default : new(ValueKind.Blob, reference: value);
}

internal enum ValueKind : byte
{
    Null,
    Number,
    Real,
    Text,
    Blob,
}
