using Phi4R.Evaluation;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class RunSummaryTests
{
    // Base 25, 50 and 50 %: mean 41.7, squared deviations 278 + 69 + 69 over 2 is 208, of which the root is 14.4. After
    // it 75, 75, 75: none.
    [Fact]
    public void Of_several_seeds_the_table_has_each_seeds_value_and_the_deviation_between_them()
    {
        var text = RunSummary.Of(
            [(1, Models([1, 0, 0, 0])), (2, Models([1, 1, 0, 0])), (5, Models([0, 1, 1, 0]))]).ToMarkdown();
        Assert.Contains("| seed 1 | seed 2 | seed 5 | standard deviation between runs |", text,
            StringComparison.Ordinal);
        Assert.Contains("| base | 25.0 | 50.0 | 50.0 | 14.4 |", text, StringComparison.Ordinal);
        Assert.Contains("| + SFT | 75.0 | 75.0 | 75.0 | 0.0 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_has_no_deviation_between_runs() =>
        Assert.DoesNotContain(
            "between runs", RunSummary.Of([(1, Models([1, 0, 0, 0]))]).ToMarkdown(), StringComparison.Ordinal);

    // Shares 0.25, 0.5, 1, 0 of four answers each: errors 0.213478 over problems and 0.095470 over answers. The same
    // again is no gain.
    [Fact]
    public void A_cell_has_both_errors_and_a_gain_that_is_none_is_not_shown()
    {
        ModelResults[] models = [Shares("base"), Shares("+ SFT")];
        var one = RunSummary.Of([(1, models)]);
        Assert.Equal("43.8 ± 21.3, 9.5", one.Cells[0][1]);
        Assert.StartsWith("0.0 [", one.Cells[1][3], StringComparison.Ordinal);
        Assert.EndsWith("] (not shown)", one.Cells[1][3], StringComparison.Ordinal);
        Assert.DoesNotContain("over problems and trainings", one.Columns);
        var two = RunSummary.Of([(1, models), (2, models)]);
        Assert.Equal("over problems and trainings", two.Columns[4]);
        Assert.Equal(two.Columns.Count, two.Cells[1].Count);
        Assert.EndsWith("] (not shown)", two.Cells[1][4], StringComparison.Ordinal);

        static ModelResults Shares(string name) => new(
            name,
            [new("one",
                [.. new[]
                {
                    1,
                    2,
                    4,
                    0,
                }.Select((right, i) => new ProblemResult
                {
                    Id = $"{i}",
                    Domain = "",
                    Level = 1,
                    Answers = 4,
                    Right = right,
                    Truncated = 0,
                    Unverifiable = 0,
                    Tokens = 5,
                    Example = "",
                })])]);
    }

    // A hundred problems of which the second model answers all: in these two trainings surely a gain; another training
    // is another matter.
    [Fact]
    public void A_gain_of_these_trainings_may_not_be_one_of_any_training()
    {
        var summary = RunSummary.Of([(1, Pair(60)), (2, Pair(90))]);
        Assert.DoesNotContain("(not shown)", summary.Cells[1][3], StringComparison.Ordinal);
        Assert.EndsWith("(not shown)", summary.Cells[1][4], StringComparison.Ordinal);

        static IReadOnlyList<ModelResults> Pair(int right) =>
            [Model("base", new int[100]), Model("+ SFT", [.. Enumerable.Range(0, 100).Select(i => i < right ? 1 : 0)])];
    }

    // A stage of the paper has its numbers beside it, another none: of Phi-4-Mini 10.0, 71.8 and 36.9 (arXiv
    // 2504.21233, table 3).
    [Fact]
    public void The_papers_row_stands_beside_the_model_of_its_stage()
    {
        var summary = RunSummary.Of([(1, [Model("base", [1, 0, 0, 0]), Model("another", [1, 1, 0, 0])])]);
        Assert.Equal(("10.0 / 71.8 / 36.9", ""), (summary.Cells[0][^1], summary.Cells[1][^1]));
        Assert.Equal("paper: AIME24 / MATH-500 / GPQA-D", summary.Columns[^1]);
    }

    // Benchmarks of two problems with two answers each: 1 of 4 and 0 of 4 are truncated, the mean over benchmarks is
    // 12.5 %; 0 of 4 and 2 of 4 unverifiable, 25 %, and over both models 12.5 %.
    [Fact]
    public void Shares_of_truncated_and_unverifiable_answers_are_means_over_benchmarks()
    {
        ModelResults first = new("base", [Benchmark("a", (0, 0), (0, 0)), Benchmark("b", (0, 0), (0, 0))]);
        ModelResults later = new("+ SFT", [Benchmark("a", (1, 0), (0, 0)), Benchmark("b", (0, 1), (0, 1))]);
        var summary = RunSummary.Of([(1, [first, later])]);
        Assert.Equal((0.125, 0.25), (summary.Rows[1].TruncatedShare, summary.Rows[1].UnverifiableShare));
        Assert.Equal(["0.0 %", "12.5 %"], summary.Cells.Select(cells => cells[^2]));
        Assert.Contains("could not judge: 12.5 %", summary.ToMarkdown(), StringComparison.Ordinal);

        static BenchmarkResult Benchmark(string name, params (int Truncated, int Unverifiable)[] problems) => new(name,
            [.. problems.Select((problem, i) => new ProblemResult
            {
                Id = $"{i}",
                Domain = "",
                Level = 1,
                Answers = 2,
                Right = 1,
                Truncated = problem.Truncated,
                Unverifiable = problem.Unverifiable,
                Tokens = 5,
                Example = "",
            })]);
    }

    [Fact]
    public void A_loss_that_is_sure_is_called_one_and_a_gain_is_not()
    {
        int[] none = new int[40], all = [.. Enumerable.Repeat(1, 40)];
        var cells = RunSummary.Of([(1, [Model("base", all), Model("worse", none), Model("better", all)])]).Cells;
        Assert.Equal(("", true, true), (cells[0][3], cells[1][3].StartsWith("-100.0 [", StringComparison.Ordinal),
            cells[1][3].EndsWith("] (a loss)", StringComparison.Ordinal)));
        Assert.StartsWith("+100.0 [", cells[2][3], StringComparison.Ordinal);
        Assert.EndsWith("]", cells[2][3], StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_other_models_or_benchmarks_are_not_put_together()
    {
        Assert.Contains("The run of seed 7 has other models or benchmarks than that of seed 1",
            Assert.Throws<ArgumentException>(() => RunSummary.Of([(1, Models([1, 0, 0, 0])), (7, Models([1, 0, 0]))]))
                .Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ModelResults> Models(int[] right) =>
        [Model("base", right), Model("+ SFT", [1, 1, 1, 0])];

    private static ModelResults Model(string name, int[] right) => new(
        name,
        [new("one",
            [.. right.Select((value, i) => new ProblemResult
            {
                Id = $"{i}",
                Domain = "",
                Level = 1,
                Answers = 1,
                Right = value,
                Truncated = 0,
                Unverifiable = 0,
                Tokens = 5,
                Example = "",
            })])]);
}
