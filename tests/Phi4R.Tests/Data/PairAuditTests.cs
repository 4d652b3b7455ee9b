using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Tests.Data;

public sealed class PairAuditTests
{
    private static readonly PocketTokenizer Tokenizer = new();

    // Five pairs by hand. Lengths: think 1, /think 1, box 1 + digits + } and end.
    [Fact]
    public void What_is_told_of_five_pairs_is_what_was_counted_by_hand()
    {
        PreferencePair[] pairs =
        [
            Pair("a", "1+2=3", "3", "1+2=4", "4"),
            Pair("b", "2+2=4; check 4=4", "4", "2+2=5", "5"),
            Pair("a", "1+2=3", "3", "1+2=4", "4"),
            Pair("c", "6/2=3", "3", "3=3", "03"),
            Pair("d", "5+5=10", "10", "5+5=11", null),
        ];
        var audit = PairAudit.Of(pairs, Tokenizer, [(-1, -2), (-3, -2), (-1, -2), (-1, -5), (-2, -1)]);
        Assert.Equal(5, audit.Pairs);
        Assert.Equal(1, audit.Repeated);
        Assert.Equal(1, audit.SameAnswer);
        Assert.Equal(1, audit.RejectedWithoutAnswer);
        Assert.Equal((1 + 1 - 1 + 4 - 1) / 5.0, audit.Margin!.Value, tolerance: 1e-12);
        Assert.Equal(3 / 5.0, audit.InOrder!.Value, tolerance: 1e-12);
        Assert.Equal(pairs.Average(pair => pair.Chosen.Length), audit.ChosenLength);
        Assert.Equal((0.5 + 0.5 + 1 + 1 + 1) / 5, audit.ChosenLonger, tolerance: 1e-12);
        Assert.Contains(audit.Warnings,
            line => line.Contains("1 of 5 pairs reject the very answer", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bias_of_length_is_told_and_matching_ends_it()
    {
        var pairs = Enumerable.Range(0, 200)
            .Select(p => new PreferencePair($"{p}", [1], Run(10 + (p % 4), p), Run(p % 5 == 0 ? 13 : 10, p + 1000)))
            .ToList();
        Assert.Contains(PairAudit.Of(pairs, Tokenizer).Warnings,
            line => line.Contains("the model would learn length", StringComparison.Ordinal));
        var (kept, leftOut) = Pairing.MatchLengths(pairs, binWidth: 1, Randomness.For(1, "test"));
        Assert.Equal(200, kept.Count + leftOut);
        Assert.True(kept.Count > 60);
        Assert.Equal(kept.Sum(pair => pair.Chosen.Length), kept.Sum(pair => pair.Rejected.Length));
        Assert.Equal(0.5, PairAudit.Of(kept, Tokenizer).ChosenLonger);
        Assert.Equal(kept, pairs.Where(kept.Contains));
        Assert.Equal(pairs.Where(pair => pair.Chosen.Length == pair.Rejected.Length),
            kept.Where(pair => pair.Chosen.Length == pair.Rejected.Length));

        static int[] Run(int length, int seed) =>
            [.. Enumerable.Range(0, length).Select(i => 8 + Randomness.For(seed, "run", i).Next(10))];
    }

    // Right answers longer by 1, 1, 2 and 3 tokens, shorter by 1 and 4, and one pair of equal length. Exactly: one of
    // the two by +1 stays for the one by -1, and the equal one. In steps of two tokens (1 and 2; 3 and 4): one of the
    // three for the one by -1, that by +3 for that by -4, and the equal one.
    [Theory]
    [InlineData(1, 3, new[] { -1, 0, 1 })]
    [InlineData(2, 5, null)]
    public void Matching_keeps_as_many_longer_as_shorter_of_each_width(int width, int count, int[]? differences)
    {
        int[] all = [1, 1, 2, 3, -1, -4, 0];
        var pairs = all.Select((difference, p) =>
            new PreferencePair($"{p}", [1], new int[10 + difference], new int[10])).ToList();
        var (kept, leftOut) = Pairing.MatchLengths(pairs, width, Randomness.For(1, "test"));
        int[] left = [.. kept.Select(pair => pair.Chosen.Length - pair.Rejected.Length).Order()];
        Assert.Equal((count, 7 - count), (kept.Count, leftOut));
        if (differences is not null)
        {
            Assert.Equal(differences, left);
        }
        else
        {
            Assert.Equal([-4, -1, 0], left[..3]);
            Assert.InRange(left[3], 1, 2);
            Assert.Equal(3, left[4]);
        }
    }

    [Fact]
    public void Sound_pairs_raise_no_warning_and_no_pairs_none_either()
    {
        Assert.Empty(PairAudit.Of([Pair("a", "1+2=3", "3", "1+2=4", "4"), Pair("b", "2+2=4", "4", "2+2=5", "5")],
            Tokenizer).Warnings);
        Assert.Empty(PairAudit.Of([], Tokenizer).Warnings);
    }

    private static PreferencePair Pair(string id, string chosen, string answer, string rejected, string? wrong) =>
        new(id, [], Answer(chosen, answer), Answer(rejected, wrong));

    private static int[] Answer(string thought, string? box) =>
        [.. Tokenizer.Encode($"<think>{thought}</think>"), .. box is null ? [] : Tokenizer.Encode($"\\boxed{{{box}}}")];
}
