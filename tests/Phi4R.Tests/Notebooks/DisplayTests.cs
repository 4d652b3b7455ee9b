using System.Diagnostics;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Tests.Notebooks;

public sealed class DisplayTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("phi4r-test-");
    private readonly NotebookSession _session;

    public DisplayTests()
    {
        // Some other part of a process may have loaded what tables are of before the first session begins.
        GC.KeepAlive(typeof(System.Data.DataTable).Assembly);
        _session = new NotebookSession(_folder.FullName);
    }

    // Each of these ended the process, or the cell after 14 seconds.
    [Theory]
    [InlineData("var list = new List<object> { 1 }; list.Add(list); list", "[ 1, (itself) ]")]
    [InlineData("class Self : IEnumerable<Self> { public IEnumerator<Self> GetEnumerator() { yield return this; } "
        + "System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator(); "
        + "}\nnew Self()", "[ (itself) ]")]
    [InlineData("record Ring(int P1) { public Ring Node { get; set; } }\nvar ring = new Ring(5); ring.Node = "
        + "ring; ring", "Ring { P1 = 5, Node = (itself) }")]
    [InlineData("record Ring(int P1) { public Ring Node { get; set; } }\nvar ring = new Ring(5); ring.Node = ring; "
        + "new[] { ring }", "[ Ring { P1 = 5, Node = (itself) } ]")]
    [InlineData("object nested = 0; for (var i = 0; i < 100_000; i++) { nested = new object[] { nested }; } nested",
        "[ [ [ [ [ [ … ] ] ] ] ] ]")]
    public async Task A_value_that_holds_itself_or_goes_very_deep_is_shown_with_a_limit(string code, string shown)
    {
        var clock = Stopwatch.StartNew();
        Assert.Equal(shown, (await _session.Run(code)).Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10); // 0.1 s on a quiet machine
    }

    [Theory]
    [InlineData("IEnumerable<int> It() { yield return 1; yield return 2; }\nIt()", "[ 1, 2 ]")]
    [InlineData("IEnumerable<int> Endless() { for (var i = 0; ; i++) { yield return i; } }\nEndless()",
        "[ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, … (more) ]")]
    public async Task An_iterator_shows_its_first_values(string code, string shown) =>
        Assert.Equal(shown, (await _session.Run(code)).Result);

    [Theory]
    [InlineData("new int[10_000_000]", 1_000)]
    [InlineData("Enumerable.Range(0, 10_000_000).ToList()", 1_000)]
    [InlineData("Enumerable.Range(0, 10_000_000).Select(i => (i, 2 * i)).ToArray()", 5_000)]
    [InlineData("Enumerable.Range(0, 10_000_000).ToDictionary(i => i, i => 1)", 5_000)]
    [InlineData("Enumerable.Range(0, int.MaxValue).Select(i => i + 1)", 1_000)]
    [InlineData("Enumerable.Range(0, int.MaxValue).Where(i => i >= 0).Select(i => new { i })", 10_000)]
    public async Task Of_ten_million_rows_the_first_are_shown_soon(string code, int mostText)
    {
        var clock = Stopwatch.StartNew();
        var outputs = await _session.Run(code);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20); // 0.3 s on a quiet machine
        Assert.Null(outputs.Error);
        Assert.InRange(outputs.Result!.Length, 20, mostText);
        Assert.All(outputs.All.OfType<Phi4R.Notebooks.Outputs.ResultOutput>(),
            result => Assert.InRange(result.Data.Length, 20, 40_000));
    }

    [Fact]
    public async Task Json_is_shown_as_json_at_once()
    {
        var clock = Stopwatch.StartNew();
        var outputs = await _session.Run("System.Text.Json.Nodes.JsonNode.Parse(\"[1, 2, 3, 4, {\\\"a\\\": 5}]\")");
        Assert.Equal("[\n  1,\n  2,\n  3,\n  4,\n  {\n    \"a\": 5\n  }\n]", outputs.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5); // 0.1 s on a quiet machine
    }

    [Theory]
    [InlineData("new System.Text.Json.Nodes.JsonObject { [\"a\"] = double.NaN }", "{\n  \"a\": \"NaN\"\n}")]
    [InlineData("System.Text.Json.Nodes.JsonNode deep = 1; for (var i = 0; i < 20_000; i++) { deep = new "
        + "System.Text.Json.Nodes.JsonArray(deep); }\ndeep", "[This JSON cannot be written: ")]
    public async Task Json_that_is_no_json_or_too_deep_fails_no_cell(string code, string shown)
    {
        var outputs = await _session.Run(code);
        Assert.Null(outputs.Error);
        Assert.StartsWith(shown, outputs.Result, StringComparison.Ordinal);
    }

    // Twenty parts of twenty parts, six deep, are sixty million, and more than 10 s where the machine is busy; the
    // other has four hundred parts that take 0.3 s each.
    [Theory]
    [InlineData("IEnumerable<object> Wide() { while (true) { yield return Wide(); } }\nWide()", "[The value ")]
    [InlineData("class Slow { public IEnumerable<int> Some => Enumerable.Range(0, 20).Select(i => { "
        + "System.Threading.Thread.Sleep(300); return i; }); }\nEnumerable.Range(0, 20).Select(i => new Slow())"
        + ".ToList()", "[The value took more than 10 s to write; ")]
    public async Task A_value_without_measure_is_cut_short_and_says_so(string code, string shown)
    {
        var clock = Stopwatch.StartNew();
        var outputs = await _session.Run(code);
        Assert.Null(outputs.Error);
        Assert.StartsWith(shown, outputs.Result, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60); // 120 s and more without the limits
    }

    [Fact]
    public async Task A_data_table_is_a_table_of_its_first_rows()
    {
        var outputs = await _session.Run("var table = new System.Data.DataTable(\"numbers\"); "
            + "table.Columns.Add(\"<n>\", typeof(int)); for (var i = 0; i < 100_000; i++) { table.Rows.Add(i); }\n"
            + "table");
        Assert.Equal("numbers: The first 20 of 100,000 rows, 1 columns", outputs.Result);
        var html = outputs.All.OfType<Phi4R.Notebooks.Outputs.ResultOutput>().Single().Data.Forms["text/html"];
        Assert.StartsWith("<table><thead><tr><th>&lt;n&gt;</th></tr></thead><tbody><tr><td>0</td></tr><tr><td>1</td>",
            html, StringComparison.Ordinal);
        Assert.EndsWith("<td>19</td></tr></tbody></table><p>The first 20 of 100,000 rows, 1 columns</p>", html,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new List<int> { 1, 2 }", "[ 1, 2 ]")]
    [InlineData("var same = new object(); new[] { same, same }.Length", "2")]
    public async Task Other_values_are_shown_as_before(string code, string shown) =>
        Assert.Contains(shown, (await _session.Run(code)).Result!);

    [Fact]
    public async Task A_data_frame_is_a_table_without_a_figure_before_it()
    {
        var package = Path.Combine(AppContext.BaseDirectory, "Microsoft.Data.Analysis.dll");
        var outputs = await _session.Run($$"""
            #r "{{package}}"
            using Microsoft.Data.Analysis;
            var frame = new DataFrame(new Int32DataFrameColumn("n", Enumerable.Range(0, 30)), new StringDataFrameColumn("<word>", Enumerable.Range(0, 30).Select(i => $"w{i}")));
            frame
            """);
        Assert.Null(outputs.Error);
        var html = outputs.All.OfType<Phi4R.Notebooks.Outputs.ResultOutput>().Single().Data.Forms["text/html"];
        Assert.StartsWith(
            "<table><thead><tr><th>n</th><th>&lt;word&gt;</th></tr></thead><tbody><tr><td>0</td><td>w0</td></tr>", html,
            StringComparison.Ordinal);
        Assert.Contains("The first 20 of 30 rows", html, StringComparison.Ordinal);
        Assert.DoesNotContain("w20", html, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Delete(recursive: true);
    }
}
