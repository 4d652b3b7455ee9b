using System.Text.RegularExpressions;
using CsCheck;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Tasks.Pocket;
using Phi4R.Tests.Tasks;

namespace Phi4R.Tests.Data;

public sealed class DecontaminationTests
{
    private const string Fraction = @" can be written as $\tfrac{m}{n}$, where $m$ and $n$ are relatively prime "
        + @"positive integers. Find $m+n$.";

    private static readonly Problem[] Benchmark =
    [
        Asked("b1", "Find the sum of all primes p such that p divides 30."),
        Asked("b2", "compute 47+8"),
    ];

    [Theory]
    [InlineData("find the  SUM of all primes p such that p divides 30.", "b1", "find the sum of all primes p such")]
    [InlineData("Now then: the sum of all primes p such that I like", "b1", "the sum of all primes p such that")]
    [InlineData("Compute 47 + 8", "b2", "compute 47 +8")]
    [InlineData("Please compute 47 + 8. Put it in a box.", "b2", "compute 47 +8")]
    public void A_shared_run_of_words_is_removed_and_shown(string question, string benchmark, string shared)
    {
        var removed = Assert.Single(Decontamination.Remove([Asked("t", question)], Benchmark, runLength: 8).Removed);
        Assert.Equal((benchmark, shared), (removed.BenchmarkId, removed.Shared));
    }

    [Theory]
    [InlineData("the sum of all primes p such as I like")]
    [InlineData("compute 47-8")]
    [InlineData("compute 47+8-3")]
    [InlineData("compute 3(47+8)")]
    [InlineData("compute 4+78")]
    public void Seven_words_of_eight_or_another_sign_or_number_stay(string question) =>
        Assert.Single(Decontamination.Remove([Asked("t", question)], Benchmark, runLength: 8).Kept);

    // Twenty runs of thirteen signs and words were shared by any two questions that ask for a fraction so.
    [Fact]
    public void The_ending_that_many_contest_questions_have_gives_nothing_away()
    {
        var words = new BenchmarkWords([Asked("aime", @"Two dice with twelve faces are rolled until their sum is a "
            + @"square. The probability that this takes three rolls" + Fraction)], 13);
        Assert.Null(words.Shared("A bag holds red and blue marbles, drawn without looking. The probability that the "
            + "last is red" + Fraction));
        Assert.Equal("aime", words.Shared("Two dice with twelve faces are rolled until their sum is a square; find "
            + "the chance that this takes three rolls")?.BenchmarkId);
    }

    // By hand: the sentence stands in twelve questions that have nothing else in common, so it is no sign; without them
    // it is one.
    [Fact]
    public void A_phrase_that_stands_in_many_training_questions_gives_nothing_away()
    {
        const string Phrase = "The figure below is not drawn to scale and every length in it is a whole number "
            + "of meters.";
        var benchmark = Asked("b", Phrase + " A tower of nine equal cubes stands in one corner of a square room whose "
            + "floor has an area of forty tiles. How many cubes would fill it?");
        List<string> training = [.. Enumerable.Range(0, 12).Select(i => $"{Phrase} Farmer number {i} walks {3 * i} "
            + $"steps along the fence of field {i * i}. How far is that?")];
        Assert.NotNull(new BenchmarkWords([benchmark], 13).Shared(training[0]));
        var words = new BenchmarkWords([benchmark], 13, training);
        Assert.Null(words.Shared(training[0]));
        Assert.NotNull(words.Shared(benchmark.Question));

        // Twelve rewordings of the benchmark's own question do not make it common.
        List<string> leaks = [.. Enumerable.Range(0, 12).Select(i => $"Question {i}. {benchmark.Question}")];
        Assert.NotNull(new BenchmarkWords([benchmark], 13, leaks).Shared(leaks[3]));
    }

    // What the hostile reading of November 2026 found kept.
    [Theory]
    [InlineData(@"Compute $\sin 60^\circ$.", @"Compute $\sin 60^\circ$")]
    [InlineData(@"Compute $\sin 60^\circ$.", @"Please solve this problem. Compute $\sin 60^\circ$.")]
    [InlineData(@"Compute $\frac{1}{2}+\frac{1}{3}$.", @"Compute \(\dfrac{1}{2}+\dfrac{1}{3}\).")]
    [InlineData(@"Find $f\left(x\right)$ if $f(x)=2x$ and $x=3$.",
        @"Find $f(x)$ if \[f(x)=2x\] and $\displaystyle x=3$")]
    [InlineData("How many of the 1,000 lights are on?", @"How many of the $1{,}000$ lights are on")]
    public void Another_way_of_writing_hides_nothing(string benchmark, string question) =>
        Assert.NotNull(new BenchmarkWords([Asked("b", benchmark)], 13).Shared(question));

    [Fact]
    public void A_stem_is_found_without_the_options_of_the_benchmark_and_of_the_training_question()
    {
        const string Stem = "Which particle carries the weak force between two quarks?";
        string[] choices = ["photon", "W boson", "gluon", "pion"];
        var shown = Stem + "\n\n" + string.Join('\n', choices.Select((choice, i) => $"({(char)('A' + i)}) {choice}"));
        var words = new BenchmarkWords([Asked("gpqa", shown) with { Choices = choices }], 13);
        Assert.NotNull(words.Shared(Stem));
        Assert.NotNull(words.Shared(Stem + "\nA. muon\nB. tauon\nC. W boson\nD. none"));
        Assert.Null(words.Shared("Name two: photon, W boson, gluon, pion."));
    }

    [Fact]
    public void A_text_that_quotes_a_benchmark_question_is_told()
    {
        var words = new BenchmarkWords(DecontaminationPairs.Benchmark, 13);
        Assert.True(
            words.Quoted("<think>This is like a known one: \"" + DecontaminationPairs.Benchmark[0].Question
                + "\" Let me see.</think> So \\boxed{3}"));
        Assert.False(words.Quoted("<think>Let me see. We add the two numbers and divide by the sum of their "
            + "squares.</think> So \\boxed{3}"));
    }

    [Fact]
    public void What_is_much_like_a_benchmark_is_kept_and_shown_to_a_person()
    {
        var near = Decontamination.Remove(
            [Asked("t", "What is the sum of all of the multiples of 3 between 100 and 200?"),
                Asked("u", "Draw a circle.")],
            [Asked("b", "What is the sum of all of the multiples of 7 between 100 and 200?")], 13);
        Assert.Equal(2, near.Kept.Count);
        var (problem, hit) = Assert.Single(near.Near);
        Assert.Equal(("t", "b"), (problem.Id, hit.BenchmarkId));
        Assert.InRange(hit.Share, 0.4, 0.99);
    }

    // 100 rewritings of 25 benchmark questions, and 100 of 25 other questions of the same kinds and endings: what is
    // found, and what of it is right.
    [Fact]
    public void Of_200_pairs_by_rewriting_nearly_all_are_told_rightly()
    {
        var words = new BenchmarkWords(DecontaminationPairs.Benchmark, 13);
        var found = Rewritten(DecontaminationPairs.Benchmark)
            .Count(pair => words.Shared(pair.Question)?.BenchmarkId == pair.Id);
        var wrong = Rewritten(DecontaminationPairs.Others).Where(pair => words.Shared(pair.Question) is not null)
            .Select(pair => pair.Question).ToList();
        Assert.Equal(100, Rewritten(DecontaminationPairs.Benchmark).Count());
        Assert.Equal(100, Rewritten(DecontaminationPairs.Others).Count());

        // Measured: recall 100 of 100, precision 100 of 104; the four are of one question that shares its first
        // thirteen words with a benchmark's and asks for something else.
        Assert.InRange(found, 98, 100);
        Assert.True(wrong.Count <= 4, string.Join("\n", wrong));
    }

    // The rewritings that people reported as missed elsewhere, of each of the 500 problems.
    [Theory]
    [InlineData("brackets for dollars, and dfrac")]
    [InlineData("left and right")]
    [InlineData("no commas and full stops")]
    [InlineData("a prompt around")]
    public void Every_problem_of_MATH_500_is_found_however_it_is_written(string rewriting)
    {
        var problems = ProblemData.Read(Path.Combine(Project.Root, "data", "benchmarks", "math500.jsonl")).Set.Problems;
        var words = new BenchmarkWords(problems, 13);
        Assert.Empty(problems.Where(problem => words.Shared(Rewrite(problem.Question)) is null)
            .Select(problem => problem.Question));
        Assert.Equal(500, problems.Count);

        string Rewrite(string question) => rewriting switch
        {
            "brackets for dollars, and dfrac" => Regex.Replace(question, @"\$([^$]+)\$", @"\($1\)")
                .Replace(@"\frac", @"\dfrac", StringComparison.Ordinal),
            "left and right" => question.Replace("(", @"\left(", StringComparison.Ordinal)
                .Replace(")", @"\right)", StringComparison.Ordinal),
            "no commas and full stops" => question.Replace(",", "", StringComparison.Ordinal)
                .Replace(".", "", StringComparison.Ordinal),
            _ => $"Please solve this problem step by step. {question} Put your final answer in \\boxed{{}}.",
        };
    }

    [Fact]
    public void Training_draws_and_benchmarks_share_no_whole_question()
    {
        var training = PocketProblemsTests.Draw(5_000, new ProblemMix
        {
            LevelWeights = [0, 1, 1, 1, 1],
            FourChoiceShare = 0.25,
        });
        Assert.Empty(Decontamination.Remove(training, PocketBenchmarks.Pocket500().Problems, runLength: 1_000).Removed);
    }

    [Fact]
    public void Repeats_are_removed_in_order_and_counted()
    {
        var before = new Deduplication();
        Assert.Equal(["a", "b", "A", "c"],
            new[] { "a", "b", "A", "b", "b", "c" }.Where(text => !before.IsRepeat(text)));
        Assert.Equal(2, before.Repeats);
    }

    // Of four words, so that many runs begin alike; the oracle looks for each window of the question in the text.
    [Fact]
    public void A_text_quotes_a_benchmark_where_it_holds_as_many_of_its_words_in_a_row()
    {
        string[] names = ["tree", "lake", "stone", "bird"];
        var words = Gen.Int[0, 3].Select(i => names[i]);
        var quoted = 0;
        Gen.Select(words.Array[3, 9], words.Array[0, 40], Gen.Int[2, 6]).Sample((asked, said, length) =>
        {
            var benchmark = new BenchmarkWords([Asked("b", string.Join(' ', asked))], length);
            var text = string.Join(", ", said);
            var expected = Enumerable.Range(0, Math.Max(0, asked.Length - length + 1)).Any(start =>
                $", {text},".Contains($", {string.Join(", ", asked[start..(start + length)])},",
                    StringComparison.Ordinal));
            quoted += expected ? 1 : 0;
            Assert.Equal(expected, benchmark.Quoted(text));
        }, iter: 1000, threads: 1);
        Assert.InRange(quoted, 50, 950);
    }

    private static IEnumerable<(string Id, string Question)> Rewritten(IReadOnlyList<Problem> problems) =>
        problems.SelectMany(problem => new[]
    {
        Regex.Replace(problem.Question, @"\$([^$]+)\$", @"\($1\)")
            .Replace(@"\frac", @"\dfrac", StringComparison.Ordinal),
        "Solve the following problem step by step.\n\n" + problem.Question.TrimEnd('.', '?')
            + "\n\nPut your final answer within \\boxed{}.",
        problem.Question.Replace("(", @"\left( ", StringComparison.Ordinal)
            .Replace(")", @" \right)", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal)
            .ToUpperInvariant()
            .Replace(@"\FRAC", @"\displaystyle\tfrac", StringComparison.Ordinal)
            .Replace(@"\LEFT", @"\left", StringComparison.Ordinal)
            .Replace(@"\RIGHT", @"\right", StringComparison.Ordinal),
        Regex.Replace(problem.Question, @"\s*([=+<>])\s*", " $1 ").Replace(". ", " \n", StringComparison.Ordinal)
            .Replace(", ", " ", StringComparison.Ordinal) + "\nA. 1\nB. 2\nC. 3\nD. 4",
    }.Select(question => (problem.Id, question)));

    private static Problem Asked(string id, string question) =>
        new() { Id = id, Question = question, Answer = "0", Domain = "any", Level = 1 };
}
