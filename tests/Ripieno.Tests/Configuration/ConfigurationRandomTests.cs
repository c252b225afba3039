using System.Text;
using CsCheck;
using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

/// <summary>Whatever stands in a file, the answer is a configuration or a list of problems, never another exception.</summary>
public sealed class ConfigurationRandomTests
{
    public static TheoryData<string> Files { get; } = ["config/agents.config.json", "examples/workflows/config/agents.config.json"];

    private static readonly string[] Kinds = ["null", "[]", "{}", "-1", "1e400", "\"\\u0000\"", "\"\\udc00\"", "true", "[[[[]]]]"];

    [Fact]
    public void Random_bytes_are_refused_in_order() => Gen.Byte.Array[0, 200].Sample(LoadsOrRefuses, iter: 2000);

    [Theory]
    [MemberData(nameof(Files))]
    public void Mutated_configs_are_loaded_or_refused_in_order(string file) =>
        Mutation.Of(Good(file)).Sample(LoadsOrRefuses, iter: 1500);

    [Theory]
    [MemberData(nameof(Files))]
    public void Values_of_another_kind_anywhere_are_refused_in_order(string file)
    {
        var good = Good(file);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, Kinds.Length - 1])
            .Sample((at, kind) => LoadsOrRefuses([.. good[..at], .. Encoding.UTF8.GetBytes(Kinds[kind]), .. good[at..]]), iter: 1500);
    }

    private static byte[] Good(string file) => File.ReadAllBytes(RepositoryRoot.File(file));

    private static void LoadsOrRefuses(byte[] bytes)
    {
        var problems = new List<Problem>();
        try
        {
            var root = ConfigurationFile.Parse(SourceText.Decode("c.json", bytes), problems) ?? SourceObject.Empty;
            ConfigurationLoader.Assemble(root, "/", new CommandLineLayer(CommandLineOverrides.None, "/", problems), _ => null, _ => true, _ => null, problems);
        }
        catch (InvalidInputException refusal)
        {
            Assert.NotEmpty(refusal.Problems);
            Assert.All(refusal.Problems, problem => Assert.Contains("found", problem.ToString(), StringComparison.Ordinal));
        }
    }
}
