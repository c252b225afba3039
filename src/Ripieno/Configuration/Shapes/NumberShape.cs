using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration.Shapes;

/// <summary>A number in a range, ends included.</summary>
internal sealed record NumberShape(double Least, double Most, bool Whole) : Shape
{
    public override string Expected =>
        string.Create(CultureInfo.InvariantCulture, $"a {(Whole ? "whole " : "")}number from {Least} to {Most}");

    public override SourceNode? Check(SourceNode node, string place, List<Problem> problems) =>
        node is SourceScalar { Kind: JsonValueKind.Number } scalar && Accepts(scalar.Value) ? node : Refuse(node, place, problems);

    public override JsonObject Schema() => new() { ["type"] = Whole ? "integer" : "number", ["minimum"] = Least, ["maximum"] = Most };

    private bool Accepts(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= Least && value <= Most
            && (!Whole || int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
}
