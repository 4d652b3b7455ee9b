using System.Xml.Linq;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Training;

namespace Phi4R.Tests.Show;

public sealed class FigureTests
{
    private const string Hostile = "</script><script>alert(\"1\")</script><img src=x onerror=y>&\u0001\uD800'";

    private static TokenXray Batch(int tokens) =>
        new()
        {
            Rows = 1,
            Length = tokens,
            Regime = RopeRegime.LongFactors,
            DocumentIds = ["p"],
            Tokens = [.. Enumerable.Range(0, tokens)
            .Select(i => new XrayToken
            {
                Row = 0,
                Place = i,
                Id = i,
                Text = i % 3 == 0 ? Hostile : " a\n",
                Special = false,
                Padding = i > 20,
                InLoss = i is > 10 and <= 20,
                Document = i > 20 ? -1 : 0,
                Position = i,
                SeesFrom = i > 20 ? i : 0,
            })],
            Faults = [new XrayFault(XrayFaultKind.WrongPosition, 0, 3, "p", Hostile)]
        };

    [Fact]
    public void Hostile_words_stay_words_in_every_figure()
    {
        IFigure[] figures =
        [
            TokenPicture.Of(Batch(40)), Expected.Beside(Hostile, new Expectation(Hostile, 1, 0, 2, Hostile)),
            new SectionCost(Hostile, 1, 2, 3, true),
            Answers.SideBySide(Hostile, Hostile, [(Hostile, string.Concat(Enumerable.Repeat(Hostile, 500)), true)]),
            RecipeMap.Draw(Pipeline.Distillation),
            Table.Of(Hostile, [Hostile], [[Hostile]], Hostile),
        ];
        foreach (var figure in figures)
        {
            var html = figure.ToHtml().Replace("<img ", "<i ", StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<i src=x", html, StringComparison.Ordinal);
            Assert.NotEmpty(figure.AltText);
            foreach (var picture in System.Text.RegularExpressions.Regex.Matches(html, "base64,([^\"]*)")
                .Select(match => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value))))
            {
                Assert.DoesNotContain(XDocument.Parse(picture).Descendants(),
                    element => element.Name.LocalName == "script");
            }
        }
    }

    [Fact]
    public void A_token_picture_tells_of_each_token_and_counts_what_it_leaves_out()
    {
        var html = TokenPicture.Of(Batch(5_000), most: 100).ToHtml();
        Assert.Contains("4,900 more tokens are not drawn.", html, StringComparison.Ordinal);
        Assert.Contains("title=\"place 11, id 11, document 0, position 11, sees from place 0, in the loss\"", html,
            StringComparison.Ordinal);
        Assert.Contains("places 21 to 99: 79 tokens of padding", html, StringComparison.Ordinal);
        Assert.Contains("long list of factors", html, StringComparison.Ordinal);
        Assert.Contains("FAULT", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.5, "as expected")]
    [InlineData(0.5, "below")]
    [InlineData(2.5, "above")]
    [InlineData(double.PositiveInfinity, "above")]
    [InlineData(double.NaN, "not measured")]
    public void A_measured_value_is_judged_in_words(double measured, string verdict)
    {
        var figure = Expected.Beside("t", new Expectation("loss", measured, 1, 2, "nats"));
        Assert.Contains(verdict, figure.AltText, StringComparison.Ordinal);
        Assert.Contains("1 to 2", figure.AltText, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nothing_is_expected_of_is_shown_and_not_judged()
    {
        var figure = Expected.Of("Fine-tuning", Phi4R.Recipes.Pocket.Smoke, ("gain", -40, "points"));
        Assert.Contains("gain: -40 points.", figure.AltText, StringComparison.Ordinal);
        Assert.DoesNotContain("expected", figure.AltText, StringComparison.Ordinal);
        Assert.Contains("gain: -40 points, expected 4.",
            Expected.Of("Fine-tuning", Phi4R.Recipes.Pocket.Recipe, ("gain", -40, "points")).AltText,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_to_a_question_without_a_reference_show_none()
    {
        Assert.Contains("reference: <b>7</b>", Answers.SideBySide("q", "7", []).ToHtml(), StringComparison.Ordinal);
        var none = Answers.SideBySide("q", "", [("m", "a", true)]);
        Assert.DoesNotContain("reference", none.ToHtml(), StringComparison.Ordinal);
        Assert.Equal("Answers to 'q': m right.", none.AltText);
    }

    [Fact]
    public void A_section_costs_what_passed_since_the_one_before()
    {
        var readings = new Queue<ProcessMemory>(
            [new(100_000_000, 900_000_000, true), new(150_000_000, 400_000_000, true)]);
        var cost = new SectionMeter(TimeProvider.System, readings.Dequeue).Lap("a");
        Assert.Equal((400_000_000, 300_000_000, true), (cost.PeakBytes, cost.GrownBytes, cost.IsOfSection));
        Assert.True(SectionMeter.Start().Lap("b").PeakBytes > 1_000_000);
    }

    [Fact]
    public void An_interactive_chart_keeps_its_picture_stays_small_and_leaves_no_script_beside_the_notebook()
    {
        var folder = Project.Scratch();
        var values = Enumerable.Range(0, 100_000).Select(i => Math.Sin(i / 50.0)).ToList();
        var chart = Chart.Grid(2, Chart.Lines(Hostile, "x", "y", [Series.Of(Hostile, values)]),
            Chart.Histogram("h", "x", [("a", values)]),
            Chart.Bars("b", "y", ["p", "q"], [("a", [1, double.NaN], [0.1, 0.1])]),
            Chart.Stacked("s", "x", "y", [Series.Of("a", [1, 2, 3])]));
        var html = chart.Interactive(folder).ToHtml();
        Assert.StartsWith("<div data-phi4r-chart=", html, StringComparison.Ordinal);
        Assert.Contains(chart.ToHtml(), html, StringComparison.Ordinal);
        Assert.Equal(1, System.Text.RegularExpressions.Regex.Count(html, "</script"));
        Assert.True(html.Length < 400_000, $"{html.Length} characters.");
        var script = new FileInfo(Path.Combine(folder, PlotlyScript.FileName));
        Assert.True(script.Length > 3_000_000);
        var written = script.LastWriteTimeUtc;
        chart.Interactive(folder).ToHtml();
        Assert.Equal(written, new FileInfo(script.FullName).LastWriteTimeUtc);
        Assert.Single(Directory.GetFiles(folder));
        PlotlyScript.TakeBack(); // as when the process ends
        Assert.Empty(Directory.GetFiles(folder));
    }

    // By hand: of twenty steps the last two, 1.0 with 90 tokens and 2.0 with 10: 0.9 + 0.2.
    [Fact]
    public void A_last_step_of_few_tokens_does_not_decide_how_a_run_ended()
    {
        List<(double Loss, double Tokens)> steps =
            [.. Enumerable.Repeat((5.0, 90.0), 18), (1.0, 90.0), (2.0, 10.0)];
        Assert.Equal(1.1, LastTenth.Of(steps, step => step.Loss, step => step.Tokens), 12);
        Assert.Equal(1.5, LastTenth.Of(steps, step => step.Loss), 12);
        Assert.Equal(7, LastTenth.Of([7.0], value => value));
        Assert.Equal(double.NaN, LastTenth.Of(Array.Empty<double>(), value => value));
    }

    [Fact]
    public void What_is_counted_is_shown_as_far_as_it_is()
    {
        List<string> shown = [];
        var live = new LiveRun("completions", shown.Add);
        var counter = live.Counting(8);
        counter.Report(2);
        counter.Report(8);
        live.Finish();
        Assert.Contains("step 8 of 8 (100 %)", shown[^1], StringComparison.Ordinal);
    }
}
