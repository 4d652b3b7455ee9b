using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;

namespace Phi4R.Tests.Tasks;

public sealed class PocketProblemsTests
{
    private static readonly ProblemMix Everything = new() { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.25 };

    [Fact]
    public void Every_answer_is_what_a_plain_reader_of_the_question_comes_to() =>
        Assert.All(Draw(10_000, Everything),
            problem => Assert.Equal(problem.Answer, PlainPocketSolver.Solve(problem.Question).Answer.ToString()));

    [Fact]
    public void Every_number_on_the_way_is_within_0_and_99() =>
        Assert.All(Draw(10_000, Everything),
            problem =>
                Assert.All(PlainPocketSolver.Solve(problem.Question).Values, value => Assert.InRange(value, 0, 99)));

    [Fact]
    public void Questions_are_written_as_the_tokenizer_reads_them()
    {
        var tokenizer = new PocketTokenizer();
        Assert.All(Draw(2_000, Everything),
            problem => Assert.Equal(problem.Question, tokenizer.Decode(tokenizer.Encode(problem.Question))));
    }

    // The table of the pocket recipe that was tried: mean prompt tokens, chat marks included.
    [Theory]
    [InlineData(PocketFamily.Arithmetic, 9, 11, 15, 19, 23)]
    [InlineData(PocketFamily.NumberTheory, 18, 20, 20, 20, 20)]
    [InlineData(PocketFamily.Algebra, 14, 17, 20, 23, 26)]
    [InlineData(PocketFamily.Sequences, 17, 17, 17, 17, 17)]
    [InlineData(PocketFamily.WordProblems, 16, 21, 25, 33, 41)]
    [InlineData(PocketFamily.Fractions, 13, 13, 16, 23, 31)]
    public void Prompts_are_as_long_as_planned(PocketFamily family, params int[] planned)
    {
        var format = new ChatFormat(new PocketTokenizer());
        for (var level = 1; level <= 5; level++)
        {
            var mean = Draw(500, Only(family, level)).Average(problem => format.Prompt(problem.Question).Length);
            Assert.InRange(mean, planned[level - 1] - 1.5, planned[level - 1] + 1.5);
        }
    }

    [Fact]
    public void No_benchmark_or_validation_puzzle_is_drawn_for_training()
    {
        var heldOut = HeldOutSets().SelectMany(set => set.Problems).Select(Puzzle).ToHashSet();
        Assert.All(Draw(100_000, Everything), problem => Assert.DoesNotContain(Puzzle(problem), heldOut));
    }

    [Fact]
    public void The_check_above_would_see_a_leak()
    {
        var heldOut = HeldOutSets().SelectMany(set => set.Problems).Select(Puzzle).ToHashSet();
        Assert.Contains(Draw(10_000, Everything, Split.Benchmark), problem => heldOut.Contains(Puzzle(problem)));
    }

    [Fact]
    public void A_puzzle_is_in_one_split_in_whatever_words()
    {
        var problems = Enum.GetValues<Split>()
            .SelectMany(split => Draw(5_000, Everything, split).Select(problem => (Puzzle(problem), split)));
        Assert.All(problems.GroupBy(pair => pair.Item1, pair => pair.split), group => Assert.Single(group.Distinct()));
    }

    [Fact]
    public void The_splits_are_an_eighth_an_eighth_and_the_rest()
    {
        // Of 8,000 puzzles of all splits an eighth is 1,000, with a standard deviation of 30.
        var stream = Randomness.For(5, "splits");
        var counts = Enumerable.Range(0, 8_000)
            .Select(
                i => PocketProblems.SplitOf(
                    OfQuestion(
                        $"compute {stream.Next(10, 90)}+{stream.Next(1, 10)}-{stream.Next(1, 10)}+"
                            + $"{stream.Next(1, 10)}")))
            .CountBy(split => split).ToDictionary();
        Assert.InRange(counts[Split.Benchmark], 850, 1_150);
        Assert.InRange(counts[Split.Validation], 850, 1_150);
        Assert.Equal(8_000, counts.Values.Sum());
    }

    [Fact]
    public void Both_wordings_and_the_four_choice_form_share_a_split()
    {
        string[] same = ["compute 47+8-3", "what is 47+8-3 ?", "compute 47+8-3; one of 52,51,62,54 ?",
            "sam had 47 cups; finds 8; loses 3; cups left ?"];
        Assert.Single(same.Select(question => PocketProblems.SplitOf(OfQuestion(question))).Distinct());
    }

    [Fact]
    public void A_question_in_other_words_is_quoted() =>
        Assert.Contains("\"how old is tom ?\"",
            Assert.Throws<ArgumentException>(() => PocketProblems.SplitOf(OfQuestion("how old is tom ?"))).Message);

    [Fact]
    public void Four_options_hold_the_answer_once_each_place_as_often()
    {
        var places = new int[4];
        foreach (var problem in Draw(4_000, Everything with { FourChoiceShare = 1 }))
        {
            Assert.Equal(4, problem.Choices!.Distinct().Count());
            Assert.Contains($"; one of {string.Join(",", problem.Choices!)} ?", problem.Question);
            Assert.All(problem.Choices!, choice => Assert.InRange(int.Parse(choice), 0, 99));
            places[problem.Choices!.ToList().IndexOf(problem.Answer)]++;
        }

        // 1,000 expected, standard deviation 27.
        Assert.All(places, count => Assert.InRange(count, 870, 1_130));
    }

    [Fact]
    public void Equal_streams_give_equal_problems() =>
        Assert.Equal(Draw(200, Everything).Select(Told), Draw(200, Everything).Select(Told));

    [Fact]
    public void The_mix_is_kept_though_draws_are_repeated()
    {
        var problems = Draw(6_000, new ProblemMix { LevelWeights = [0, 3, 0, 1, 0], FourChoiceShare = 0.25 },
            Split.Benchmark);

        // Binomial: 4,500, 1,500 and 1,000 expected, standard deviations 34, 34 and 29.
        Assert.InRange(problems.Count(problem => problem.Level == 2), 4_350, 4_650);
        Assert.InRange(problems.Count(problem => problem.Choices is not null), 1_350, 1_650);
        Assert.All(problems.CountBy(problem => problem.Domain), domain => Assert.InRange(domain.Value, 870, 1_130));
    }

    [Fact]
    public void Equal_ids_are_equal_questions() =>
        Assert.All(Draw(20_000, Everything).GroupBy(problem => problem.Id),
            group => Assert.Single(group.Select(problem => problem.Question).Distinct()));

    [Fact]
    public void Facts_are_right()
    {
        var stream = Randomness.For(2, "facts");
        for (var i = 0; i < 5_000; i++)
        {
            var fact = PocketFact.Draw(stream);
            var parts = fact.Left.Replace(" mod ", "%").Split('+', '-', '*', '/', '%').Select(int.Parse).ToArray();
            var (left, right) = (parts[0], parts[1]);
            var sign = fact.Left.First(character => !char.IsDigit(character));
            Assert.Equal(sign switch
            {
                '+' => left + right,
                '-' => left
                - right,
                '*' => left * right,
                '/' => left / (double)right,
                _ => left % right
            }, fact.Value);
            Assert.InRange(left, 0, 99);
            Assert.InRange(right, 1, 9);
            Assert.InRange(fact.Value, 0, 99);
        }
    }

    [Fact]
    public void Weights_must_be_five() =>
        Assert.Contains("[1, 1]",
            Assert.Throws<ArgumentException>(() => Everything with { LevelWeights = [1, 1] }).Message);

    internal static IReadOnlyList<Problem> Draw(int count, ProblemMix mix, Split split = Split.Training) =>
        [.. Enumerable.Range(0, count).Select(i => PocketProblems.Draw(Randomness.For(1, "test", i), mix, split))];

    internal static ProblemMix Only(PocketFamily family, int level) =>
        new()
        {
            LevelWeights = [.. Enumerable.Range(1, 5).Select(l => l == level ? 1.0 : 0)],
            FourChoiceShare = 0,
            Families = [family],
        };

    private static IEnumerable<ProblemSet> HeldOutSets() =>
        [PocketBenchmarks.Pocket500(), PocketBenchmarks.PocketHard(), PocketBenchmarks.PocketChoice(),
            PocketBenchmarks.Validation(600)];

    private static Problem OfQuestion(string question) =>
        new() { Id = "1", Question = question, Answer = "0", Domain = "any", Level = 1 };

    private static string Told(Problem problem) =>
        $"{problem.Id} {problem.Question} {problem.Answer} {problem.Domain} {problem.Level}";

    // The puzzle without its wording, options, names and things, by means of its own: numbers and signs, with words for
    // signs replaced.
    private static string Puzzle(Problem problem)
    {
        var stem = problem.Question.Split("; one of ")[0];
        foreach (var (from, to) in new[]
        {
            ("buys ", "+"),
            ("finds ", "+"),
            ("gives ", "-"),
            ("loses ", "-"),
            (" bags of ", "*"),
        })
        {
            stem = stem.Replace(from, to);
        }

        return problem.Domain + ":"
            + string.Concat(stem.Where(character => char.IsDigit(character) || "+-*/=,;".Contains(character)));
    }
}
