using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class AblationTableTests
{
    // Scores 0, 0.5, 1, 0.5 against 1, 0.5, 1, 0.5. Means 50 and 75; errors 0.408248 / 2 and 0.288675 / 2
    // are 20.4 and 14.4 points.
    // Differences -1, 0, 0, 0: mean -0.25, deviation 0.5, error 0.25. Student's t of 3 degrees is 3.182446: the
    // interval is -0.25 -+ 0.795612, and no gain is below -1.
    [Fact]
    public void A_row_is_the_one_worked_out_by_hand()
    {
        var row = AblationTable.Row.Of("without filters", Model([0, 2, 4, 2]), Model([4, 2, 4, 2]));
        Assert.Equal("""
            | ablation | pass@1 so | of the recipe | difference, 95 % interval |
            | --- | --- | --- | --- |
            | without filters | 50.0 ± 20.4 | 75.0 ± 14.4 | -25.0 [-100.0, +54.6] |

            """.ReplaceLineEndings("\n"), new AblationTable([row]).ToMarkdown().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Choices_stand_in_their_order_and_a_gain_has_its_sign()
    {
        var rows = new[] { "one", "two" }
            .Select(choice => AblationTable.Row.Of(choice, Model([4, 2, 4, 2]), Model([0, 2, 4, 2])));
        var lines = new AblationTable([.. rows]).ToMarkdown().Split('\n');
        Assert.StartsWith("| one |", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("| two |", lines[3], StringComparison.Ordinal);
        Assert.Contains("| +25.0 [-54.6, +100.0] |", lines[2], StringComparison.Ordinal);
    }

    // Two benchmarks of two problems each: those of the first differ by 0 and 0, those of the second by 1 and 0. Their
    // mean is 0.25; the first one's error is 0, the second's 0.707107 / sqrt(2) = 0.5, of which half the problems are
    // 0.25.
    [Fact]
    public void Benchmarks_are_paired_one_by_one_and_then_put_together()
    {
        var row = AblationTable.Row.Of("x", Two([4, 0], [4, 0]), Two([4, 0], [0, 0]));
        Assert.Equal(0.25, row.Difference.Mean, tolerance: 1e-12);
        Assert.Equal(0.25, row.Difference.ProblemError, tolerance: 1e-12);
        Assert.Equal((0.5, 0.25), (row.Without.Mean, row.With.Mean));

        static ModelResults Two(int[] first, int[] second) =>
            new("m", [Model(first).Benchmarks[0], Model(second).Benchmarks[0]]);
    }

    private static ModelResults Model(int[] right) => new("m",
        [new("one", [.. right.Select((value, i) => new ProblemResult
        {
            Id = $"{i}",
            Domain = "",
            Level = 1,
            Answers = 4,
            Right = value,
            Truncated = 0,
            Unverifiable = 0,
            Tokens = 5,
            Example = "",
        })])]);
}
