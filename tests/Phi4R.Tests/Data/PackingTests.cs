using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Verification;

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
        var documents = Enumerable.Range(0, 500)
            .Select(d => new TrainingExample($"{d}", new int[1 + stream.Next(64)], 0)).ToList();
        var rows = Packing.Pack(documents, 64, openRows).ToList();
        Assert.All(rows, row => Assert.InRange(row.Used, 1, row.Length));
        Assert.All(rows, row => Assert.Equal(64, row.Length));
        Assert.Equal(documents.Select(document => document.Id).Order(),
            rows.SelectMany(row => row.Documents).Select(document => document.Id).Order());
    }

    [Fact]
    public void A_document_longer_than_a_row_is_named()
    {
        var error = Assert.Throws<InvalidDataException>(() =>
            Packing.Pack([new TrainingExample("short", new int[3], 0), new TrainingExample("p9", new int[65], 0)], 64,
                2).ToList());
        Assert.Contains("problem p9 has 65 tokens; a row holds 64", error.Message);
    }

    // Answers: right of 3 and 5 tokens, wrong of 3 and 9, one wrong that was cut, one that nobody could judge and that
    // is the first again: the likest of all.
    [Fact]
    public void Pairs_are_of_like_length_and_prompts_are_counted_by_what_became_of_them()
    {
        PairingConfig config = new() { MaxPromptAccuracy = 0.5, MaxLengthDifference = 1, PairsPerPrompt = 4 };
        var (pairs, report) = Pairing.Pair(
        [
            Group("mixed", [1],
                [Right(1, 1, 1), Right(2, 2, 2, 2, 2), Wrong(1, 1, 3), Wrong(4, 4, 4, 4, 4, 4, 4, 4, 4),
                    Graded(Outcome.Incorrect, FinishReason.Length, 1, 1, 1, 1),
                    Graded(Outcome.Unverifiable, FinishReason.Stop, 1, 1, 1)]),
            Group("all right", [2], [Right(1), Right(2)]),
            Group("all wrong", [3], [Wrong(1), Wrong(2)]),
            Group("easy", [4], [Right(1), Right(2), Wrong(3)]),
            Group("unlike", [5], [Right(1), Wrong(1, 2, 3)]),
            Group("none", [6], []),
        ], config);
        var pair = Assert.Single(pairs);
        Assert.Equal("mixed", pair.ProblemId);
        Assert.Equal([1, 1, 1], pair.Chosen);
        Assert.Equal([1, 1, 3], pair.Rejected);
        Assert.Equal(new PairingReport
        {
            Prompts = 6,
            AllRight = 1,
            AllWrong = 1,
            TooEasy = 1,
            NoneOfLikeLength = 1,
            Paired = 1,
            Pairs = 1,
            TruncatedAnswers = 1,
            Unanswered = 1,
            UnverifiableAnswers = 1,
        }, report);
    }

    // Right are 2 of the 4 that were judged, the cut one among them as wrong: 1/2, and not 2/6.
    [Theory]
    [InlineData(0.49, 0, 1)]
    [InlineData(0.5, 1, 0)]
    public void A_prompts_accuracy_is_over_the_answers_that_could_be_judged(double most, int pairs, int tooEasy)
    {
        PairingConfig config = new() { MaxPromptAccuracy = most, MaxLengthDifference = 1, PairsPerPrompt = 1 };
        var (made, report) = Pairing.Pair([Group("p", [1],
            [Right(1), Right(2), Wrong(3), Graded(Outcome.Incorrect, FinishReason.Length, 4),
                Graded(Outcome.Unverifiable, FinishReason.Stop, 5),
                Graded(Outcome.Unverifiable, FinishReason.Failed)])],
            config);
        Assert.Equal((pairs, tooEasy), (made.Count, report.TooEasy));

        // The one that failed did not come to its end.
        Assert.Equal((1, 1), (report.UnverifiableAnswers, report.TruncatedAnswers));
    }

    [Fact]
    public void The_most_alike_are_paired_first_and_each_answer_once()
    {
        PairingConfig config = new() { MaxPromptAccuracy = 1, MaxLengthDifference = 9, PairsPerPrompt = 9 };
        var (pairs, _) =
            Pairing.Pair([Group("p", [1], [Right(1, 2, 3), Right(7, 7, 7), Wrong(1, 2, 4), Wrong(7, 7, 8)])], config);
        Assert.Equal(2, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal(pair.Chosen[..2], pair.Rejected[..2]));
    }

    // Chains of thought are independent texts of unlike length. Two of four and four are both the shortest by chance
    // once in 16 problems, or in 6 of 100; by places it is most of them.
    [Theory]
    [InlineData(PairDistance.Places, 50, 100, 0.3, 0.8)]
    [InlineData(PairDistance.Share, 0, 20, 0.8, 1.2)]
    public void Independent_answers_are_paired_by_like_length_and_not_the_shortest_first(PairDistance distance,
        int fewest, int most, double shorter, double longer)
    {
        PairingConfig config =
            new() { MaxPromptAccuracy = 1, MaxLengthDifference = 100_000, Distance = distance, PairsPerPrompt = 1 };
        var stream = Randomness.For(1, "chains of thought");
        double[] zipf = [.. Enumerable.Range(1, 500).Select(rank => 1.0 / rank)];
        var (bothShortest, share) = (0, 0.0);
        for (var problem = 0; problem < 100; problem++)
        {
            var answers = Enumerable.Range(0, 8).Select(i => i < 4 ? Right(Text()) : Wrong(Text())).ToList();
            var pair = Assert.Single(Pairing.Pair([Group("p", [1], answers)], config).Pairs);
            bothShortest += pair.Chosen.Length == answers.Take(4).Min(Length) && pair.Rejected.Length == answers.Skip(4)
                .Min(Length) ? 1 : 0;
            share += (pair.Chosen.Length + pair.Rejected.Length) / (2 * answers.Average(Length)) / 100;
        }

        Assert.InRange(bothShortest, fewest, most);
        Assert.InRange(share, shorter, longer);

        static int Length(GradedCompletion answer) => answer.Completion.TokenIds.Length;

        // Box and Muller: log-normal lengths of median 150 and deviation 0.5.
        int[] Text()
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - stream.NextDouble()))
                * Math.Cos(2 * Math.PI * stream.NextDouble());
            return [.. Enumerable.Range(0, (int)(150 * Math.Exp(0.5 * normal)) + 1)
                .Select(_ => stream.PickWeighted(zipf))];
        }
    }

    private static RolloutGroup Group(string problem, int[] prompt, IReadOnlyList<GradedCompletion> completions) =>
        new(new Problem { Id = problem, Question = "", Answer = "", Domain = "", Level = 1 }, prompt, completions);

    private static GradedCompletion Right(params int[] tokens) => Graded(Outcome.Correct, FinishReason.Stop, tokens);

    private static GradedCompletion Wrong(params int[] tokens) => Graded(Outcome.Incorrect, FinishReason.Stop, tokens);

    private static GradedCompletion Graded(Outcome outcome, FinishReason finish, params int[] tokens) =>
        new(new Completion { TokenIds = tokens, Finish = finish }, new Verdict(outcome, null, ""));
}
