using Phi4R.Evaluation;
using Phi4R.Recipes;

namespace Phi4R.Tests.Recipes;

public sealed class RunSummaryTests
{
    // Base 25, 50 and 50 %: mean 41.7, squared deviations 278 + 69 + 69 over 2 is 208, of which the root is 14.4. After it 75, 75, 75: none.
    [Fact]
    public void Of_several_seeds_the_table_has_each_seeds_value_and_the_deviation_between_them()
    {
        var text = RunSummary.Of([(1, Models([1, 0, 0, 0])), (2, Models([1, 1, 0, 0])), (5, Models([0, 1, 1, 0]))]).ToMarkdown();
        Assert.Contains("| all problems | seed 1 | seed 2 | seed 5 | standard deviation between runs |", text, StringComparison.Ordinal);
        Assert.Contains("| base | 25.0 | 50.0 | 50.0 | 14.4 |", text, StringComparison.Ordinal);
        Assert.Contains("| + SFT | 75.0 | 75.0 | 75.0 | 0.0 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_has_no_deviation_between_runs() =>
        Assert.DoesNotContain("between runs", RunSummary.Of([(1, Models([1, 0, 0, 0]))]).ToMarkdown(), StringComparison.Ordinal);

    private static IReadOnlyList<ModelResults> Models(int[] right) => [Model("base", right), Model("+ SFT", [1, 1, 1, 0])];

    private static ModelResults Model(string name, int[] right) =>
        new(name, [new BenchmarkResult("one", [.. right.Select((value, i) => new ProblemResult($"{i}", "", 1, 1, value, 0, 0, 5, ""))])]);
}
