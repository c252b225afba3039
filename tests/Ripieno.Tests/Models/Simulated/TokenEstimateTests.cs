using CsCheck;
using Ripieno.Models.Simulated;

namespace Ripieno.Tests.Models.Simulated;

public sealed class TokenEstimateTests
{
    private static readonly string[] Letters = ["a", "ü", "🎻", " "];

    [Fact]
    public void Pieces_are_few_put_together_again_and_never_cut_a_surrogate_pair() =>
        Gen.Select(Gen.Int[0, Letters.Length - 1].Array[0, 300], Gen.Int[1, 40]).Sample((letters, most) =>
        {
            var text = string.Concat(letters.Select(letter => Letters[letter]));
            var pieces = TokenEstimate.Pieces(text, most);
            Assert.Equal(text, string.Concat(pieces));
            Assert.True(pieces.Count <= most);
            Assert.DoesNotContain(pieces, piece => char.IsHighSurrogate(piece[^1]));
        });
}
