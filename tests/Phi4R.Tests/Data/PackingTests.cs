using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;

namespace Phi4R.Tests.Data;

public sealed class PackingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Packing_loses_nothing_and_overfills_no_row(int openRows)
    {
        var stream = Randomness.For(1, "documents");
        var documents = Enumerable.Range(0, 500).Select(d => new Example($"{d}", new int[1 + stream.Next(64)], 0)).ToList();
        var rows = Packing.Pack(documents, 64, openRows).ToList();
        Assert.All(rows, row => Assert.InRange(row.Used, 1, row.Length));
        Assert.All(rows, row => Assert.Equal(64, row.Length));
        Assert.Equal(documents.Select(document => document.Id).Order(), rows.SelectMany(row => row.Documents).Select(document => document.Id).Order());
    }

    [Fact]
    public void A_document_longer_than_a_row_is_named()
    {
        var error = Assert.Throws<InvalidDataException>(() => Packing.Pack([new Example("short", new int[3], 0), new Example("p9", new int[65], 0)], 64, 2).ToList());
        Assert.Contains("problem p9 has 65 tokens; a row holds 64", error.Message);
    }

    // Answers: right of 3 and 5 tokens, wrong of 3 and 9, one wrong that was cut, one that nobody could judge and that is the first again: the likest of all.
    [Fact]
    public void Pairs_are_of_like_length_and_prompts_are_counted_by_what_became_of_them()
    {
        PairingConfig config = new() { MaxPromptAccuracy = 0.5, MaxLengthDifference = 1, PairsPerPrompt = 4 };
        var (pairs, report) = Pairing.Pair(
        [
            ("mixed", [1], [Right(1, 1, 1), Right(2, 2, 2, 2, 2), Wrong(1, 1, 3), Wrong(4, 4, 4, 4, 4, 4, 4, 4, 4), new([1, 1, 1, 1], Outcome.Incorrect, Cut: true), new([1, 1, 1], Outcome.Unverifiable, Cut: false)]),
            ("all right", [2], [Right(1), Right(2)]),
            ("all wrong", [3], [Wrong(1), Wrong(2)]),
            ("easy", [4], [Right(1), Right(2), Wrong(3)]),
            ("unlike", [5], [Right(1), Wrong(1, 2, 3)]),
            ("none", [6], []),
        ], config);
        var pair = Assert.Single(pairs);
        Assert.Equal("mixed", pair.ProblemId);
        Assert.Equal([1, 1, 1], pair.Chosen);
        Assert.Equal([1, 1, 3], pair.Rejected);
        Assert.Equal(new PairingReport(Prompts: 6, AllRight: 1, AllWrong: 1, TooEasy: 1, NoneOfLikeLength: 1, Paired: 1, Pairs: 1, CutAnswers: 1, Unanswered: 1, UnverifiableAnswers: 1), report);
    }

    [Fact]
    public void The_most_alike_are_paired_first_and_each_answer_once()
    {
        PairingConfig config = new() { MaxPromptAccuracy = 1, MaxLengthDifference = 9, PairsPerPrompt = 9 };
        var (pairs, _) = Pairing.Pair([("p", [1], [Right(1, 2, 3), Right(7, 7, 7), Wrong(1, 2, 4), Wrong(7, 7, 8)])], config);
        Assert.Equal(2, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal(pair.Chosen[..2], pair.Rejected[..2]));
    }

    private static VerifiedAnswer Right(params int[] tokens) => new(tokens, Outcome.Correct, Cut: false);

    private static VerifiedAnswer Wrong(params int[] tokens) => new(tokens, Outcome.Incorrect, Cut: false);
}
