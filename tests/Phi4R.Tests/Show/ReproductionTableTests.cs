using Phi4R.Evaluation;
using Phi4R.Recipes;
using Phi4R.Show;
using Phi4R.Tests.Evaluation;

namespace Phi4R.Tests.Show;

public sealed class ReproductionTableTests
{
    [Fact]
    public void Rows_that_were_not_measured_are_there_and_empty()
    {
        var lines = Rows(ReproductionTable.Of(PaperTables.Main, []));
        Assert.Equal(24, lines.Count);
        Assert.All(lines, line => Assert.EndsWith("| – | not measured |", line));
        Assert.Contains("| Phi-4-Mini-Reasoning | GPQA-Diamond | 52.0 | 44.51 | – | not measured |", lines);
        Assert.Contains("| o1-mini | AIME 2024 | 63.6 |  | – | not measured |", lines);
    }

    // 24 of 30 problems right each time: 80.0, of 16 completions, far from 57.5 and from 48.13.
    [Fact]
    public void What_was_measured_stands_beside_both_published_numbers_with_what_it_says_of_each()
    {
        var folder = EvaluationFolder.Read(WrittenEvaluation.Of("microsoft/Phi-4-mini-reasoning", "aime24",
            Enumerable.Range(0, 30).Select(i => new string(i < 24 ? 'c' : 'i', 16))));
        var line = Rows(ReproductionTable.Of(PaperTables.Main, [(null, folder)]))
            .Single(row => row.StartsWith("| Phi-4-Mini-Reasoning | AIME 2024", StringComparison.Ordinal));
        Assert.Contains("| 57.5 | 48.13 | 80.0 [", line);
        Assert.Contains("], 16 samples | differs from the paper (+22.5 ± ", line);
        Assert.Contains("; differs from the re-measurement (+31.9 ± ", line);
    }

    [Fact]
    public void A_part_of_a_benchmark_is_said_to_be_one_and_so_are_failed_completions()
    {
        var folder = EvaluationFolder.Read(WrittenEvaluation.Of("OpenThinker-7B", "math500", "cc", "ci", "cif", "cc"));
        var line = Rows(ReproductionTable.Of(PaperTables.Main, [(null, folder)], margin: 0.07))
            .Single(row => row.StartsWith("| OpenThinker-7B | MATH-500", StringComparison.Ordinal));
        Assert.Contains("2 samples, 4 of 500 problems, 1 failed | cannot be decided against the paper with 2 samples",
            line);
        Assert.Contains("of all 500 problems would", line);
    }

    [Fact]
    public void A_row_that_no_server_answered_is_not_one_that_nobody_asked()
    {
        var folder = EvaluationFolder.Read(WrittenEvaluation.Of("o1-mini", "math500", "ff", "f"));
        Assert.Contains("| o1-mini | MATH-500 | 90.0 |  | – | no completion could be had |",
            Rows(ReproductionTable.Of(PaperTables.Main, [(null, folder)])));
    }

    // Thirty problems once each: the paper's 10.0 is perhaps 3 of 30, which alone is unsure by more than 3 points.
    [Fact]
    public void Where_no_number_of_completions_would_do_that_is_said()
    {
        var folder = EvaluationFolder.Read(WrittenEvaluation.Of("x", "AIME 2024",
            Enumerable.Range(0, 30).Select(i => i < 4 ? "c" : "i")));
        var line = Rows(ReproductionTable.Of(PaperTables.Main, [("Phi-4-Mini", folder)]))
            .Single(row => row.StartsWith("| Phi-4-Mini | AIME 2024", StringComparison.Ordinal));
        Assert.Contains("cannot be decided against the paper (+3.3 ± ", line);
        Assert.Contains("its own number, of perhaps 1 sample, is unsure by ", line);
    }

    [Fact]
    public void A_folder_that_belongs_to_no_row_or_two_that_belong_to_one_are_said()
    {
        var folder = EvaluationFolder.Read(WrittenEvaluation.Of("strange", "math500", "c", "i"));
        Assert.Contains("'strange' of", Message((null, folder)));
        Assert.Contains("is no row of the table 'main'; there are o1-mini, ", Message((null, folder)));
        Assert.Contains("both belong to the row 'Phi-4-Mini'", Message(("Phi-4-Mini", folder), ("base", folder)));

        static string Message(params (string?, EvaluationFolder)[] measured) => Assert.Throws<ArgumentException>(
            () => ReproductionTable.Of(PaperTables.Main, measured)).Message;
    }

    private static List<string> Rows(ReproductionTable table) =>
        [.. table.ToMarkdown().ReplaceLineEndings("\n").Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Where(line => !line.StartsWith("| ---", StringComparison.Ordinal))];
}
