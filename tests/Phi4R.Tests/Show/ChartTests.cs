using System.Xml.Linq;
using Microsoft.Data.Analysis;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Training;

namespace Phi4R.Tests.Show;

public sealed class ChartTests
{
    // 0 to 10 in about five parts: 2 is the round step nearest to 2. 0 to 0.9: raw step 0.18, so 0.2.
    [Theory]
    [InlineData(0, 10, "0 2 4 6 8 10")]
    [InlineData(0, 0.9, "0 0.2 0.4 0.6 0.8")]
    [InlineData(-3, 4, "-3 -2 -1 0 1 2 3 4")]
    [InlineData(0, 12_000, "0 2,000 4,000 6,000 8,000 10,000 12,000")]
    public void Ticks_stand_at_round_numbers(double low, double high, string expected) =>
        Assert.Equal(expected, string.Join(" ", new Axis([low, high], padding: 0).Ticks().Select(tick => tick.Label)));

    // What is drawn around a constant says where it lies, and not how it is rounded.
    [Theory]
    [InlineData(1.0, 1.0, "0 0.5 1")]
    [InlineData(0.0, 0.0, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0.7, 0.7000000001, "0 0.2 0.4 0.6 0.8")]
    [InlineData(-2.0, -2.0, "-2 -1 0")]
    public void The_axis_of_a_constant_begins_at_zero(double low, double high, string expected) => Assert.Equal(
        expected, string.Join(" ", new Axis([low, high]).Ticks(expected.Split(' ').Length - 1)
            .Select(tick => tick.Label)));

    // The axis is straight: a bar of 50 ends midway between the points at 40 and 60.
    [Fact]
    public void Runs_are_points_over_the_bar_of_their_mean()
    {
        var chart = Chart.Bars("t", "%", ["base"], [("seeds", [50.0], [2.0])], points: [[[40.0, 60.0]]]);
        var drawn = XDocument.Parse(chart.ToSvg()).Descendants().ToList();
        var dots = drawn.Where(part => part.Name.LocalName == "circle").Select(dot => Place(dot, "cy")).ToList();
        Assert.Equal(2, dots.Count);
        Assert.Contains(drawn.Where(part => part.Name.LocalName == "rect"),
            bar => Math.Abs(Place(bar, "y") - dots.Average()) < 0.11);
        Assert.EndsWith("Points are the runs, of which the bars are the means.", chart.AltText,
            StringComparison.Ordinal);
        Assert.Contains("there are 1 of 1.", Assert.Throws<ArgumentException>(() => Chart.Bars("t", "%",
            ["base"], [("seeds", [50.0], null)], points: [[[1.0], [2.0]]])).Message, StringComparison.Ordinal);

        static double Place(XElement part, string name) =>
            double.Parse(part.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void No_two_ticks_have_one_label()
    {
        var labels = new Axis([0.6931471, 0.6931489]).Ticks().Select(tick => tick.Label).ToList();
        Assert.True(labels.Count > 2);
        Assert.Equal(labels.Distinct(), labels);
    }

    [Fact]
    public void Numbers_stand_right_and_words_left_in_a_column_of_both_too()
    {
        var html = Table.Of("t", ["a", "b"], [["x", 1.5], ["y", "many"], ["z", null]]).ToHtml();
        Assert.Contains("text-align:right\" align=\"right\">1.5<", html, StringComparison.Ordinal);
        Assert.Contains("text-align:left\" align=\"left\">many<", html, StringComparison.Ordinal);
        Assert.Contains("text-align:left\" align=\"left\">b<", html, StringComparison.Ordinal);
        Assert.Contains("| --- | ---: |", Table.Of("t", ["a", "b"], [["x", 1.5], ["y", "–"]]).ToMarkdown()
            .Replace("|---|", "| --- |", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(52.1341, "52.13")]
    [InlineData(1234.56, "1,234.6")]
    [InlineData(0.00004, "4×10⁻⁵")]
    public void A_table_rounds_as_a_chart_does(double value, string expected)
    {
        var html = System.Net.WebUtility.HtmlDecode(Table.Of("t", ["a"], [[value]]).ToHtml());
        Assert.Contains($">{expected}<", html, StringComparison.Ordinal);
        Assert.Contains(expected, Chart.Bars("t", "", [("a", value)]).AltText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_logarithmic_axis_has_ticks_at_powers_of_ten() =>
        Assert.Equal("0.01 0.1 1 10",
            string.Join(" ", new Axis([0.005, 40], logarithmic: true, padding: 0).Ticks().Select(tick => tick.Label)));

    [Fact]
    public void A_hundred_charts_of_rubbish_are_well_formed_small_and_have_words()
    {
        for (var i = 0; i < 100; i++)
        {
            var stream = Randomness.For(11, "charts", i);
            double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -1e300, 1e300, 1e-300];
            var values = Enumerable.Range(0, stream.Next(0, 5) switch { 0 => 0, 1 => 1, 2 => 5000, _ => 40 })
                .Select(_ => stream.Chance(0.1)
                    ? stream.Pick(odd)
                    : stream.NextDouble() * Math.Pow(10, stream.Next(-5, 6))).ToList();
            Chart[] charts =
            [
                Chart.Lines("<b>&\u0001", "x", "y",
                    [Series.Of("\"<script>\"", values), Series.Of("b", values).Smoothed(3)], stream.Chance(0.5)),
                Chart.Histogram("h", "x", [("a", values), ("none", [])]),
                Chart.Bars("b", "y", values.Take(6).Select((value, k) => ($"<{k}>", value))),
            ];
            foreach (var chart in charts.Append(Chart.Grid(2, charts)))
            {
                var picture = XDocument.Parse(chart.ToSvg());
                Assert.DoesNotContain(picture.Descendants(), element => element.Name.LocalName == "script");
                Assert.NotEmpty(chart.AltText);
                Assert.DoesNotContain("NaN",
                    string.Concat(picture.Descendants().Attributes()
                        .Where(attribute => attribute.Name.LocalName is "x" or "y" or "points" or "height")
                        .Select(attribute => attribute.Value)), StringComparison.Ordinal);
            }

            Assert.True(charts[0].ToSvg().Length < 100_000, "A long line was not thinned.");
        }
    }

    [Fact]
    public void A_thinned_line_keeps_its_peaks()
    {
        var values = Enumerable.Range(0, 10_000).Select(i => i == 7777 ? 100.0 : 1.0).ToList();
        var points = XDocument.Parse(Chart.Lines("t", "x", "y", [Series.Of("a", values)]).ToSvg()).Descendants().Single(
            element => element.Name.LocalName == "polyline").Attribute("points")!.Value;
        var heights = points.Split(' ')
            .Select(point => double.Parse(point.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        Assert.True(heights.Max() - heights.Min() > 150, "The peak is gone.");
    }

    [Fact]
    public void A_series_with_other_counts_of_places_and_values_is_named() =>
        Assert.Contains("'odd' has 1 places and 2 values",
            Assert.Throws<ArgumentException>(
                () => Chart.Lines("t", "x", "y", [new Series { Name = "odd", X = [1], Y = [1, 2] }])).Message,
                    StringComparison.Ordinal);

    [Fact]
    public void The_words_for_a_line_tell_where_it_goes() =>
        Assert.Equal("Loss. loss goes from 4.16 to 0.48 over 3 points, lowest 0.48, highest 4.16.",
            Chart.Lines("Loss", "step", "nats", [Series.Of("loss", [4.16, 2, 0.48])]).AltText);

    // 95 ± 20 ends where the bar of 100 does, 5 ± 20 where all bars begin; points, as of a difference, have no such
    // ends.
    [Theory]
    [InlineData("%", true)]
    [InlineData("points", false)]
    public void An_interval_of_a_share_ends_at_0_and_100_percent(string unit, bool isCut)
    {
        var chart = Chart.Bars("t", unit, ["p", "q", "r"], [("a", [100, 95, 5], [0, 20, 20])]);
        var picture = XDocument.Parse(chart.ToSvg()).Descendants().ToList();
        var ends = picture.Where(element => element.Name.LocalName == "line"
            && (string?)element.Attribute("stroke-width") == "1.5")
                .SelectMany(line => (double[])[Number(line, "y1"), Number(line, "y2")]).ToList();
        var longest = picture.Where(element => element.Name.LocalName == "rect"
            && Number(element, "width") < 500).MaxBy(bar => Number(bar, "height"))!;
        var (top, bottom) = (Number(longest, "y"), Number(longest, "y") + Number(longest, "height"));
        Assert.Equal(isCut, Math.Abs(ends.Min() - top) < 0.2);
        Assert.Equal(isCut, Math.Abs(ends.Max() - bottom) < 0.2);

        var script = chart.Interactive(Project.Scratch()).ToHtml().Replace("\\u0022", "\"", StringComparison.Ordinal);
        Assert.Matches(isCut
            ? @"""array"":\[0(\.0)?,5(\.0)?,20(\.0)?\]"
            : @"""array"":\[0(\.0)?,20(\.0)?,20(\.0)?\]", script);
        Assert.Matches(isCut
            ? @"""arrayminus"":\[0(\.0)?,20(\.0)?,5(\.0)?\]"
            : @"""arrayminus"":\[0(\.0)?,20(\.0)?,20(\.0)?\]", script);

        static double Number(XElement element, string name) =>
            double.Parse(element.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_picture_is_an_image_that_an_untrusted_notebook_keeps()
    {
        var html = Chart.Lines("t", "x", "y", [Series.Of("a", [1, 2])]).ToHtml();
        Assert.StartsWith("<img alt=\"t. a goes", html, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/svg+xml;base64,", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smoothed_series_is_the_mean_of_a_window_and_says_so()
    {
        var smooth = Series.Of("a", [2, 4, 9]).Smoothed(2);
        Assert.Equal([2, 3, 6.5], smooth.Y);
        Assert.Equal("a (mean of 2)", smooth.Name);
    }

    [Fact]
    public void A_table_escapes_its_cells_and_aligns_numbers()
    {
        var table = Table.Of("<t>", ["a", "b"], [["<script>", 1234.5], ["x|y", 2]]);
        Assert.Contains(" align=\"right\">1,234.5</td>", table.ToHtml(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", table.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("| x\\|y | 2 |", table.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains("Row 0", Assert.Throws<ArgumentException>(() => Table.Of("t", ["a"], [[1, 2]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_frame_is_a_table_that_counts_what_it_leaves_out()
    {
        var frame = new DataFrame(new Int32DataFrameColumn("n", Enumerable.Range(0, 30)),
            new StringDataFrameColumn("s", Enumerable.Repeat("v", 30)));
        var html = Table.From("frame", frame, most: 5).ToHtml();
        Assert.Equal(5 + 1, html.Split("<tr>").Length - 1);
        Assert.Contains("25 more rows are not shown", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_live_run_is_drawn_at_most_four_times_a_second_and_at_its_last_step()
    {
        var clock = new Clock();
        List<string> shown = [];
        var live = new LiveRun("run", shown.Add, clock);
        for (var step = 0; step < 100; step++)
        {
            clock.Now += TimeSpan.FromMilliseconds(50).Ticks;
            live.Report(step, 100, ("loss", step));
        }

        Assert.InRange(shown.Count, 1 + 18, 1 + 21);
        Assert.Contains("step 100 of 100", shown[^1], StringComparison.Ordinal);
        Assert.Contains("20.0 steps/s", shown[^1], StringComparison.Ordinal);
    }

    // Steps 0 to 59 took 2 seconds each in the run that was stopped, and are told at once; 40 steps of the same length
    // are left.
    [Fact]
    public void A_live_run_that_goes_on_begins_with_the_steps_done_before_and_knows_how_long_they_took()
    {
        List<string> shown = [];
        var live = new LiveRun("run", shown.Add, new Clock());
        for (var step = 0; step < 60; step++)
        {
            live.Report(new TrainingReport
            {
                Step = step,
                Steps = 100,
                Loss = 1,
                GradientNorm = 1,
                LearningRate = 1,
                Tokens = 10,
                LossTokens = 10,
                Padding = 0,
                Seconds = 2,
            }, ("loss", step));
        }

        live.Finish();
        Assert.Contains("step 60 of 100", shown[^1], StringComparison.Ordinal);
        Assert.Contains("2.0 s a step, 80 s left", shown[^1], StringComparison.Ordinal);
        Assert.Contains("loss goes from 0 to 59 over 60 points", shown[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_came_too_early_is_shown_when_its_time_has_come()
    {
        var clock = new Clock();
        List<string> shown = [];
        var live = new LiveRun("run", shown.Add, clock);
        live.Report(0, 100, ("loss", 3));
        clock.Now += TimeSpan.FromMilliseconds(100).Ticks;
        live.Report(1, 100, ("loss", 2));
        Assert.DoesNotContain("step 2 of 100", shown[^1], StringComparison.Ordinal);
        Assert.Equal(150, clock.Timer!.Due.TotalMilliseconds);
        clock.Timer.Ring();
        Assert.Contains("step 2 of 100", shown[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_without_values_says_so_and_a_broken_one_counts_what_it_leaves_out()
    {
        Assert.Contains("nothing to draw yet", Chart.Lines("t", "x", "y", [Series.Of("a", [])]).ToSvg(),
            StringComparison.Ordinal);
        var broken = Chart.Lines("t", "x", "y", [Series.Of("a", [3, double.NaN, double.PositiveInfinity, 1])]);
        Assert.Contains("2 values cannot be drawn", broken.ToSvg(), StringComparison.Ordinal);
        Assert.Equal("t. a goes from 3 to 1 over 4 points, lowest 1, highest 3; 2 values cannot be drawn.",
            broken.AltText);
    }

    [Fact]
    public void A_million_rows_make_a_small_table_that_counts_the_rest()
    {
        var html = Table.Of("big", ["n"], Enumerable.Range(0, 1_000_000).Select(n => (IReadOnlyList<object?>)[n]))
            .ToHtml();
        Assert.True(html.Length < 20_000, $"{html.Length} characters.");
        Assert.Contains("999,800 more rows are not shown.", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_cells_of_a_data_frame_are_shown_empty_and_counted()
    {
        var frame = new DataFrame(new Int32DataFrameColumn("n", new int?[] { 1, null, 3 }),
            new StringDataFrameColumn("s", ["<b>", "v", null!]));
        var html = Table.From("frame", frame).ToHtml();
        Assert.Contains("Empty cells: n 1, s 1.", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;", html, StringComparison.Ordinal);
        Assert.Contains(" align=\"right\"></td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_map_lights_the_stage_that_it_is_asked_for()
    {
        Assert.Contains("This is stage 5, RLVR", RecipeMap.Draw(Pipeline.Grpo).AltText, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => RecipeMap.Draw(Pipeline.Pairs));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;

        public Late? Timer { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Timer = new Late(callback);
    }

    private sealed class Late(TimerCallback callback) : ITimer
    {
        public TimeSpan Due { get; private set; } = Timeout.InfiniteTimeSpan;

        public void Ring() => callback(null);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Dispose() => Due = Timeout.InfiniteTimeSpan;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
