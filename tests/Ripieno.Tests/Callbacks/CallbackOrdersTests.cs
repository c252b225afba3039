using System.Collections.Immutable;
using Ripieno.Callbacks;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Workflows;

namespace Ripieno.Tests.Callbacks;

/// <summary>What whoever submits may ask for.</summary>
public sealed class CallbackOrdersTests
{
    private static readonly ImmutableDictionary<string, CallbackOptions> Configured = ImmutableDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, CallbackOptions>
    {
        ["ci"] = new() { Url = new("https://ci.example.com/hooks"), Below = true },
        ["deep"] = new() { Url = new("https://ci.example.com/hooks/deep"), Below = true },
        ["closed"] = new() { Url = new("https://internal/hooks") },
        ["notify"] = new() { Command = ["notify-send"] },
    });

    [Fact]
    public void Names_and_addresses_each_once() => Assert.Equal(
        [new("notify"), new("ci"), new("ci", "https://ci.example.com/hooks/7"), new("deep", "https://ci.example.com/hooks/deep/8")],
        Resolve("notify", "ci", "notify", "https://ci.example.com/hooks/7", "https://ci.example.com/hooks/deep/8"));

    [Theory]
    [InlineData("notfy", "Did you mean \"notify\"?")]
    [InlineData("https://internal/hooks", "which no callback allows")]
    [InlineData("http://169.254.169.254/latest/meta-data", "one below https://ci.example.com/hooks")]
    [InlineData("https://x:hunter2@ci.example.com/hooks/1", "no address (not shown)")]
    [InlineData("ftp://ci.example.com/hooks", "no address")]
    public void Anything_else_is_refused_with_what_there_is(string asked, string says)
    {
        var refusal = Assert.Throws<InvalidInputException>(() => Resolve("ci", asked));

        Assert.Contains(says, Assert.Single(refusal.Problems).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Not_more_than_ten() => Assert.Throws<InvalidInputException>(() => Resolve([.. Enumerable.Range(0, 11).Select(number => $"https://ci.example.com/hooks/{number}")]));

    private static ImmutableArray<CallbackOrder> Resolve(params string[] asked) => CallbackOrders.Resolve(Configured, asked, "--callback");
}
