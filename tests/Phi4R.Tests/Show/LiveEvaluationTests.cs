using Phi4R.Evaluation;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Tests.Evaluation;
using Phi4R.Verification;

namespace Phi4R.Tests.Show;

public sealed class LiveEvaluationTests
{
    private const string Hostile = "<script>alert(1)</script>";

    // c, i, t and f: three came, one of them right and one truncated.
    [Fact]
    public void The_table_fills_while_completions_come_in()
    {
        List<string> shown = [];
        var live = new LiveEvaluation(Hostile, shown.Add);
        foreach (var (i, letter) in "citf".Index())
        {
            live.Report(new EvaluationProgress
            {
                Done = Math.Min(3, i + 1),
                Total = 4,
                Failed = i / 3,
                MeanTokens = 10,
                Left = TimeSpan.FromSeconds(90),
                Completion = WrittenEvaluation.Completion(Hostile, "p", i, letter),
            });
        }

        live.Finish();
        Assert.Contains("1 of 4 completions, 0 failed, 1 min 30 s left", shown[1], StringComparison.Ordinal);
        Assert.Contains("3 of 4 completions, 1 failed</p>", shown[^1], StringComparison.Ordinal);
        Assert.Contains("<td align=\"right\">3</td><td align=\"right\">33.3</td><td align=\"right\">33.3</td><td "
            + "align=\"right\">0</td><td align=\"right\">1</td><td align=\"right\">11</td>",
            shown[^1].Replace(" style=\"text-align:right\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(shown, html => Assert.DoesNotContain("<script", html, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nothing_was_left_to_ask_it_says_so()
    {
        List<string> shown = [];
        new LiveEvaluation("m", shown.Add).Finish();
        Assert.EndsWith("every completion was there already.</p>", shown[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Disagreements_show_both_verdicts_and_reasons_and_count_the_rest()
    {
        var before = EvaluationFolder.Read(WrittenEvaluation.Of(Hostile, "b", "c", "i", "c", "i"));
        var after = EvaluationFolder.Read(WrittenEvaluation.Of("second", "b", "c", "c", "i", "i"));
        var figure = Disagreements.Of(before, after, most: 1);
        var html = figure.ToHtml();
        Assert.Contains($"{Hostile} and second has right: 2.", figure.AltText, StringComparison.Ordinal);
        Assert.Contains("b, p1", html, StringComparison.Ordinal);
        Assert.Contains(": incorrect", html, StringComparison.Ordinal);
        Assert.Contains("second: correct", html, StringComparison.Ordinal);
        Assert.Contains("as the test wants it", html, StringComparison.Ordinal);
        Assert.Contains("1 more are not shown.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Contains("b, p2", Disagreements.Of(before, after).ToHtml(), StringComparison.Ordinal);
    }

    // They are furthest apart on p2: 0 of 2 against 2 of 2. Of one model p1 is right once in two.
    [Fact]
    public void Answers_to_the_problem_on_which_models_are_furthest_apart_stand_side_by_side_with_the_reasons()
    {
        var before = EvaluationFolder.Read(WrittenEvaluation.Of(Hostile, "b", "cc", "ci", "ii"));
        var after = EvaluationFolder.Read(WrittenEvaluation.Of("second", "b", "cc", "fu", "cc"));
        var both = Answers.MostApart([before, after]);
        Assert.Equal($"Answers to 'p2': {Hostile} wrong, second right.", both.AltText);
        Assert.Equal(2, both.ToHtml().Split("as the test wants it").Length - 1);
        Assert.DoesNotContain("<script", both.ToHtml(), StringComparison.Ordinal);
        Assert.Equal("Answers to 'p1': m right, m wrong.", Answers.MostApart(
            [EvaluationFolder.Read(WrittenEvaluation.Of("m", "b", "cc", "ci", "ii"))]).AltText);
        Assert.Throws<ArgumentException>(() => Answers.MostApart(
            [before, EvaluationFolder.Read(WrittenEvaluation.Of("m", "other", "c"))]));
        var told = Answers.Judged("q", "7", [("m", "8", new Verdict(Outcome.Unverifiable, null, Hostile))]);
        Assert.Contains("unverifiable", told.AltText, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", told.ToHtml(), StringComparison.Ordinal);
    }

    // A benchmark of which one model has nothing is in neither's numbers.
    [Fact]
    public void Several_evaluations_are_results_of_the_benchmarks_that_all_have()
    {
        var first = WrittenEvaluation.Add(WrittenEvaluation.Of("a", "x", "c", "i"), "a", "y", "c", "c");
        var second = WrittenEvaluation.Add(WrittenEvaluation.Of("b", "y", "c", "i"), "b", "z", "c", "c");
        var results = ModelResults.Of([EvaluationFolder.Read(first), EvaluationFolder.Read(second)]);
        Assert.Equal([("a", "y", 100.0), ("b", "y", 50.0)],
            results.Select(model => (model.Model, model.Names.Single(), model.Percents.Single())));
        Assert.Empty(results[0].Domains);
    }

    // 40 completions of 10 to 49 tokens, of which the shorter half is right: eight parts of five.
    [Fact]
    public void Accuracy_is_drawn_against_length_in_parts_of_equally_many()
    {
        var folder = EvaluationFolder.Read(
            WrittenEvaluation.Of("m", "b", new string('c', 20) + new string('i', 20)));
        Assert.Contains("b goes from 100 to 0 over 8 points", EvaluationCharts.AccuracyAgainstLength(folder).AltText,
            StringComparison.Ordinal);
    }
}
