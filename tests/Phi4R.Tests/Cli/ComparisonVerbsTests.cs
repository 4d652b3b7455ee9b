using System.CommandLine;
using System.Text.Json.Nodes;
using Phi4R.Cli;
using Phi4R.Tests.Evaluation;

namespace Phi4R.Tests.Cli;

public sealed class ComparisonVerbsTests
{
    [Fact]
    public void Compare_prints_an_object_for_each_benchmark()
    {
        var (first, second) = Pair();
        var (code, output, _) = Phi4r("compare", first, second, "--json");
        Assert.Equal(0, code);
        var one = JsonNode.Parse(output)!["b"]!;
        Assert.Equal("b", (string)one["benchmark"]!);
        Assert.Equal(0.3, (double)one["gain"]!, tolerance: 1e-12);
        Assert.Equal((4, 1), ((int)one["fixed"]!, (int)one["broken"]!));
        Assert.Equal(12.0 / 32, (double)one["p"]!, tolerance: 1e-12);
        var ends = one["ci95"]!.AsArray().Select(end => (double)end!).ToList();
        Assert.True(ends[0] < 0.3 && 0.3 < ends[1] && ends.Count == 2);
    }

    [Fact]
    public void Compare_says_it_in_a_table_too_and_writes_the_disagreements()
    {
        var (first, second) = Pair();
        var page = Path.Combine(Project.Scratch(), "apart.html");
        var (code, output, error) = Phi4r("compare", first, second, "--page", page);
        Assert.Equal(0, code);
        Assert.Contains("| b | 10 | +30.0 [", output, StringComparison.Ordinal);
        Assert.Contains("| 4 | 1 | 0.375 | 0.375 |", output, StringComparison.Ordinal);
        Assert.Contains(page, error, StringComparison.Ordinal);
        Assert.Contains("Where a and b disagree", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_compared_is_one_line_and_exit_code_one()
    {
        var (first, _) = Pair();
        var (code, output, error) = Phi4r("compare", first, WrittenEvaluation.Of("c", "b", "c", "i"));
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("phi4r compare: 8 of the 10 problems of b in", error);
        Assert.Equal(1, Phi4r("compare", first, Project.Scratch()).Code);
    }

    [Fact]
    public void An_evaluation_that_is_not_whole_is_compared_and_said_to_be_a_part()
    {
        var (first, second) = Pair();
        Assert.Equal("", Phi4r("compare", first, second).Error);
        File.Delete(Path.Combine(second, "results.json"));
        var (code, _, error) = Phi4r("compare", first, second);
        Assert.Equal(0, code);
        Assert.StartsWith($"{second}: not every completion that was asked for is there", error);
        Assert.StartsWith($"{second}: not every completion", Phi4r("tables", "--row", $"sft={second}").Error);
    }

    [Fact]
    public void Tables_are_printed_and_written()
    {
        var folder = WrittenEvaluation.Of("somebody's", "math500", Enumerable.Repeat("ci", 30));
        var (markdown, html) = (Path.Combine(folder, "t.md"), Path.Combine(folder, "t.html"));
        var (code, output, _) = Phi4r(
            "tables", "--paper", "ablation", "--row", $"sft={folder}", "--markdown", markdown, "--html", html);
        Assert.Equal(0, code);
        Assert.Contains("| + distillation fine-tuning | MATH-500 | 89.3 |  | 50.0 [", output, StringComparison.Ordinal);
        Assert.Contains("1 of 5 rows measured.", output, StringComparison.Ordinal);
        Assert.Equal(output.Trim(), File.ReadAllText(markdown).Trim());
        Assert.Contains(" align=\"left\">+ distillation fine-tuning</td>", File.ReadAllText(html),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--paper is 'best'; it must be one of main, small-sets, ablation.", "--paper", "best")]
    [InlineData("--row is 'sft'; it must be NAME=DIR", "--row", "sft")]
    [InlineData("--within is 0; it must be points above 0", "--within", "0")]
    public void Wrong_words_of_tables_are_said(string message, params string[] words)
    {
        var (code, _, error) = Phi4r(["tables", .. words]);
        Assert.Equal(2, code);
        Assert.StartsWith($"phi4r tables: {message}", error);
    }

    [Fact]
    public void Report_writes_the_page_of_an_evaluation()
    {
        var folder = WrittenEvaluation.Of("m", "b", "c", "i");
        var (code, output, _) = Phi4r("report", folder);
        Assert.Equal(0, code);
        Assert.Equal(Path.Combine(folder, "report.html"), output.Trim());
        Assert.True(File.Exists(output.Trim()));
    }

    private static (string First, string Second) Pair() => (
        WrittenEvaluation.Of("a", "b", "iiiicccici".Select(c => $"{c}")),
        WrittenEvaluation.Of("b", "b", "cccciccici".Select(c => $"{c}")));

    private static (int Code, string Output, string Error) Phi4r(params string[] words)
    {
        var (before, errors) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            var root = new RootCommand();
            foreach (var verb in (IEnumerable<Command>)[.. ComparisonVerbs.All(), .. RunVerbs.All()])
            {
                root.Add(verb);
            }

            return (root.Parse(words).Invoke(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(before);
            Console.SetError(errors);
        }
    }
}
