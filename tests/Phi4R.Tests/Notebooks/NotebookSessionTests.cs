using System.Diagnostics;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Sessions;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

public sealed class NotebookSessionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("phi4r-test-");
    private readonly NotebookSession _session;

    public NotebookSessionTests() =>
        _session = new NotebookSession(_folder.FullName, Path.Combine(_folder.FullName, "self.ipynb"));

    [Fact]
    public async Task A_cell_sees_what_earlier_cells_declared_and_may_declare_it_anew()
    {
        await _session.Run("int x = 20; record Pair(int A, int B); int Twice(int n) => 2 * n;");
        Assert.Null((await _session.Run("using System.IO;")).Error);
        Assert.Equal("42", (await _session.Run("Twice(x) + new Pair(2, 3).A")).Result);
        await _session.Run("var x = \"again\";");
        Assert.Equal("again/", (await _session.Run("Path.Combine(x, \"\") + \"/\"")).Result);
        Assert.Equal("3", (await _session.Run("var n = await Task.Run(() => 3); n")).Result);
    }

    [Fact]
    public async Task Only_the_dialects_usings_are_there()
    {
        Assert.Null(
            (await _session.Run("new StringBuilder(); new ArrayList(); new List<int>().Sum(); Math.Abs(1);")).Error);
        Assert.Contains("CS0103", (await _session.Run("File.Exists(\"a\")")).Error!.Message);
    }

    [Fact]
    public async Task Streams_displays_and_the_result_come_in_order()
    {
        var outputs = await _session.Run("Console.Write(\"a\"); Console.WriteLine(\"b\"); Console.Error.Write(\"e\"); "
            + "display(1); HTML(\"<b>bold</b>\")");
        Assert.Collection(outputs.All,
            output => Assert.Equal(new StreamOutput("stdout", "ab\n"), output),
            output => Assert.Equal(new StreamOutput("stderr", "e"), output),
            output => Assert.Equal("1", ((DisplayOutput)output).Data.Forms["text/plain"]),
            output =>
            {
                Assert.Equal("<b>bold</b>", ((ResultOutput)output).Data.Forms["text/html"]);
                Assert.Equal("bold", ((ResultOutput)output).Data.Forms["text/plain"]);
            });
    }

    [Theory]
    [InlineData("using Microsoft.DotNet.Interactive; var p = KernelInvocationContext.Current.Display(HTML(\"1\")); "
        + "p.Update(HTML(\"2\"));")]
    [InlineData("var p = display(HTML(\"1\")); p.Update(HTML(\"2\"));")]
    [InlineData("var p = HTML(\"1\").Display(); p.Update(HTML(\"2\"));")]
    public async Task An_update_carries_the_id_of_its_display(string code)
    {
        var outputs = await _session.Run(code);
        var (shown, updated) = ((DisplayOutput)outputs.All[0], (UpdateOutput)outputs.All[1]);
        Assert.Equal(shown.DisplayId, updated.DisplayId);
        Assert.Equal(("1", "2"), (shown.Data.Forms["text/html"], updated.Data.Forms["text/html"]));
    }

    [Fact]
    public async Task A_display_as_a_mime_type_has_that_type()
    {
        var outputs = await _session.Run("display(\"<i>\", \"text/html\"); \"# Title\".DisplayAs(\"text/markdown\"); "
            + "Javascript(\"1\");");
        Assert.Contains("&lt;i&gt;", ((DisplayOutput)outputs.All[0]).Data.Forms["text/html"]);
        Assert.Equal("# Title", ((DisplayOutput)outputs.All[1]).Data.Forms["text/markdown"]);
        Assert.Contains("<script", ((DisplayOutput)outputs.All[2]).Data.Forms["text/html"]);
    }

    [Fact]
    public async Task What_the_formatters_package_shows_itself_is_the_cells_and_no_update_is_lost()
    {
        var outputs = await _session.Run("var p = \"1\".DisplayAs(\"text/plain\"); p.Update(\"2\"); p.Update(\"3\"); "
            + "new[] { new { A = 4 } }.DisplayTable();");
        Assert.Equal(["Display 1", "Display 2", "Update 3"], outputs.All.Take(3).Select(output =>
            output is DisplayOutput shown
                ? $"Display {shown.Data.Forms["text/plain"]}"
                : $"Update {((UpdateOutput)output).Data.Forms["text/plain"]}"));
        Assert.Contains("<table", ((DisplayOutput)outputs.All[3]).Data.Forms["text/html"], StringComparison.Ordinal);
        Assert.Null(outputs.Error);
    }

    [Fact]
    public async Task A_formatter_registered_in_a_cell_or_found_by_convention_is_used()
    {
        await _session.Run("using Microsoft.DotNet.Interactive.Formatting; record Own(int A); "
            + "Formatter.Register<Own>((v, w) => w.Write($\"<u>{v.A}</u>\"), \"text/html\");");
        Assert.Equal("<u>7</u>", ((ResultOutput)(await _session.Run("new Own(7)")).All[0]).Data.Forms["text/html"]);
        await _session.Run("""
            [AttributeUsage(AttributeTargets.Class)] class TypeFormatterSourceAttribute(Type t) : Attribute { public Type FormatterSourceType { get; } = t; public string[] PreferredMimeTypes { get; set; } = ["text/html"]; }
            class RunFormatter { public IEnumerable<object> CreateTypeFormatters() { yield return new F(); }
              class F { public string MimeType => "text/html"; public bool Format(object o, System.IO.TextWriter w) { w.Write("<s>" + ((Run)o).A + "</s>"); return true; } } }
            [TypeFormatterSource(typeof(RunFormatter))] public record Run(int A);
            """);
        Assert.Equal("<s>8</s>", ((ResultOutput)(await _session.Run("new Run(8)")).All[0]).Data.Forms["text/html"]);
    }

    [Fact]
    public async Task A_compile_error_shows_cell_line_source_and_caret()
    {
        var error = (await _session.Run("var a = 1;\nvar b = a + missing;", cell: 7)).Error!;
        Assert.Equal("cell 7:line 2", error.Place);
        Assert.Equal(["cell 7:line 2: error CS0103: The name 'missing' does not exist in the current context",
            "    var b = a + missing;", "                ^"], error.Trace);
        Assert.Equal("1", (await _session.Run("1")).Result);
    }

    [Fact]
    public async Task An_exception_shows_only_the_readers_frames_with_cell_and_line()
    {
        await _session.Run("void Deep(int n)\n{\n    new[] { 1 }.Select(x => x / n).ToList();\n}", cell: 1);
        var error = (await _session.Run("var before = 5;\n\nDeep(0);", cell: 2)).Error!;
        Assert.Equal("System.DivideByZeroException", error.Name);
        Assert.Equal("cell 1:line 3", error.Place);
        Assert.Contains(error.Trace, line => line == "   at Deep() in cell 1:line 3");
        Assert.Contains(error.Trace, line => line == "   at cell code in cell 2:line 3");
        Assert.DoesNotContain(error.Trace, line => line.Contains("System.Linq", StringComparison.Ordinal));
        Assert.Equal("5", (await _session.Run("before")).Result);
    }

    [Theory]
    [InlineData("null", "")]
    [InlineData("throw new FormatException()", "(its Message throws System.FormatException)")]
    public async Task An_exception_whose_message_is_null_or_throws_is_told_as_any_other(string message, string words)
    {
        var error = (await _session.Run($"class Bad : Exception {{ public override string Message => {message}; "
            + "}\nthrow new Bad();")).Error!;
        Assert.EndsWith("+Bad", error.Name, StringComparison.Ordinal);
        Assert.Equal(words, error.Message);
        Assert.Equal("   at cell code in cell 1:line 2", error.Trace[^1]);
    }

    [Fact]
    public async Task A_missing_reference_is_named_with_the_place_where_it_was_looked_for()
    {
        var error = (await _session.Run("\n#r \"nowhere/Lib.dll\"", cell: 3)).Error!;
        Assert.Equal("cell 3:line 2", error.Place);
        Assert.Contains(Path.Combine(_folder.FullName, "nowhere", "Lib.dll"), error.Message);
    }

    [Fact]
    public async Task Unknown_magics_are_refused_and_known_ones_work()
    {
        Assert.Contains("#!pwsh", (await _session.Run("#!pwsh\nls")).Error!.Message);
        var timed = await _session.Run("#!csharp\n#!time\n1 + 1");
        Assert.Equal("2", timed.Result);
        Assert.Contains("Wall time", ((DisplayOutput)timed.All[0]).Data.Forms["text/plain"]);
    }

    [Fact]
    public async Task A_line_begins_a_part_in_another_language_which_is_shown_or_refused()
    {
        var outputs = await _session.Run("var text = \"\"\"\n#!html\n\"\"\";\n#!markdown\n# "
            + "It's\n#!html\n<b>x</b>\n#!mermaid\ngraph LR\n#!csharp\ntext.Length");
        Assert.Null(outputs.Error);
        var shown = outputs.All.OfType<DisplayOutput>().Select(display => display.Data.Forms).ToList();
        Assert.Equal("# It's", shown[0]["text/markdown"]);
        Assert.Equal("<b>x</b>", shown[1]["text/html"]);
        Assert.Equal("```mermaid\ngraph LR\n```", shown[2]["text/markdown"]);
        Assert.Equal("6", outputs.Result);

        var refused = (await _session.Run("var n = 1;\n#!fsharp\nlet y = 2")).Error!;
        Assert.Contains("this is F# code", refused.Message, StringComparison.Ordinal);
        Assert.Equal("cell 1:line 2", refused.Place);
        Assert.Equal("cell 1:line 4", (await _session.Run("#!html\n<b>x</b>\n#!csharp\nthrow new "
            + "Exception(\"late\");")).Error!.Place);
    }

    [Fact]
    public void An_editor_asks_about_the_CSharp_parts_alone()
    {
        Assert.Equal("var a = 1;\n\n\n#!csharp\na", CellSection.CSharpOf("var a = 1;\n#!html \n<b>{</b> "
            + "(\n#!csharp\na"));
        Assert.True(CellLanguage.IsComplete("#!html\n<b>{</b> ("));
    }

    [Fact]
    public async Task Variables_are_listed_and_set_by_directives()
    {
        Assert.Equal("No cell has declared a variable.", Shown(await _session.Run("#!who")));
        await _session.Run("var b = 1; int Twice(int n) => 2 * n;");
        await _session.Run("var a = \"text\"; var b = 2;");
        Assert.Equal("a\nb", Shown(await _session.Run("#!who")));
        Assert.Equal("a (String): text\nb (Int32): 2", Shown(await _session.Run("#!whos")));
        Assert.Equal("hello \"you\" 2", (await _session.Run("#!set --name greeting --value hello \"you\"\n#!set "
            + "--name copied --value @csharp:b\ngreeting + \" \" + copied")).Result);
        Assert.Contains("--name NAME --value TEXT", (await _session.Run("#!set x")).Error!.Message,
            StringComparison.Ordinal);
        Assert.StartsWith("Phi4R's C# kernel on .NET 10", Shown(await _session.Run("#!about")),
            StringComparison.Ordinal);

        static string Shown(RecordedOutputs outputs) =>
            Assert.Single(outputs.All.OfType<DisplayOutput>()).Data.Forms["text/plain"];
    }

    [Fact]
    public async Task A_value_of_CSharp_is_shared_with_JavaScript_and_HTML()
    {
        await _session.Run("record Point(int X, string Name);\nvar points = new[] { new Point(1, \"</script><b>\") }; "
            + "int[] none = null;");
        Assert.Equal("<script type=\"text/javascript\">window.points = [{\"X\":1,\"Name\":\"\\u003c/script>\\u003cb>"
            + "\"}];\nwindow.empty = null;\nwindow.word = \"a b\";\ndraw(points);</script>",
            Html(await _session.Run("#!javascript\n#!share --from csharp points\n"
                + "#!share --from csharp none --as empty\n#!set --name word --value \"a b\"\ndraw(points);")));
        Assert.Equal("<script>window.n = 3;\n</script>\n<b id=\"n\"></b>",
            Html(await _session.Run("var three = 3;\n#!html\n#!set --name n --value @csharp:three\n<b id=\"n\"></b>")));

        var missing = (await _session.Run("1\n#!javascript\n\n#!share --from csharp nowhere")).Error!;
        Assert.Equal("cell 1:line 4", missing.Place);
        Assert.Contains("No C# cell has declared a variable nowhere", missing.Message, StringComparison.Ordinal);
        Assert.Contains("#!share --from csharp NAME",
            (await _session.Run("#!javascript\n#!share --from fsharp x")).Error!.Message, StringComparison.Ordinal);
        Assert.Contains("runs in the reader's browser",
            (await _session.Run("#!share --from javascript x")).Error!.Message, StringComparison.Ordinal);

        static string Html(RecordedOutputs outputs) =>
            Assert.Single(outputs.All.OfType<DisplayOutput>()).Data.Forms["text/html"];
    }

    [Fact]
    public async Task Another_writer_that_a_cell_puts_into_the_console_is_its_own()
    {
        Assert.Equal("", (await _session.Run("var own = new System.IO.StringWriter(); Console.SetOut(own); "
            + "Console.SetError(own); Console.Write(1);")).Printed);
        Assert.Equal("2", (await _session.Run("Console.Write(2);")).Printed);
        Assert.Equal("1", (await _session.Run("own.ToString()")).Result);
    }

    [Fact]
    public async Task An_import_runs_where_it_stands_and_a_circle_is_named()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "part.csx"), "var fromPart = start + 1;");
        Assert.Equal("3", (await _session.Run("var start = 1;\n#!import part.csx\nfromPart + 1")).Result);

        File.WriteAllText(Path.Combine(_folder.FullName, "a.csx"), "#!import b.csx");
        File.WriteAllText(Path.Combine(_folder.FullName, "b.csx"), "#!import a.csx");
        Assert.Contains("a.csx -> b.csx -> a.csx", (await _session.Run("#!import a.csx")).Error!.Message);
        Assert.Contains("self.ipynb -> self.ipynb", (await _session.Run("#!import self.ipynb")).Error!.Message);
    }

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("System.Threading.Thread.Sleep(100_000);")]
    [InlineData("await Task.Delay(100_000);")]
    [InlineData("Task.Delay(100_000).Wait();")]
    [InlineData("Parallel.For(0, 1_000_000, i => System.Threading.Thread.Sleep(5));")]
    [InlineData("Parallel.For(0, 1_000_000, i => { for (var j = 0; j < 1_000_000; j++) { also += j % 2; also -= j % "
        + "2; } also = 6; });")]
    [InlineData("Enumerable.Range(0, 100_000_000).AsParallel().Select(i => { double s = 0; for (var j = 0; j < "
        + "10_000; j++) { s += Math.Sqrt(j); } return s; }).Sum();")]
    [InlineData("Task.Run(() => { while (also == 6) { System.Threading.Thread.Sleep(1); } }).Wait();")]
    [InlineData("IEnumerable<int> Endless() { while (true) { yield return 1; } } Endless().Count(one => one == 2);")]
    [InlineData("Action rows = () => { for (var i = 0; ; i++) { for (var j = 0; j < 1000; j++) { kept = 5; } } "
        + "}; rows();")]
    [InlineData(
        "while (true) { Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken"
            + ".ThrowIfCancellationRequested(); }")]
    public async Task An_interrupt_stops_a_cell_soon_and_the_session_goes_on(string code)
    {
        await _session.Run("var kept = 5;");
        var outputs = new RecordedOutputs();
        var running = _session.RunAsync("var also = 6;\nConsole.WriteLine(\"on\");\n" + code, "cell 2", outputs);
        while (outputs.Printed.Length == 0)
        {
            await Task.Delay(20);
        }

        var clock = Stopwatch.StartNew();
        _session.Interrupt();
        await running;
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1_500); // 0.3 s on a quiet machine
        Assert.Equal("Interrupted", outputs.Error!.Name);
        Assert.Equal("11", (await _session.Run("kept + also")).Result);
    }

    // .NET aborts a thread only once; who interrupts twice must not notice.
    [Fact]
    public async Task One_cell_after_the_other_can_be_stopped_by_force()
    {
        for (var i = 0; i < 3; i++)
        {
            var outputs = new RecordedOutputs();
            var running = _session.RunAsync("Console.WriteLine(\"on\");\nwhile (true) { }", "cell", outputs);
            Assert.True(SpinWait.SpinUntil(() => outputs.Printed.Length > 0, TimeSpan.FromSeconds(20)));
            _session.Interrupt();
            Assert.Same(running, await Task.WhenAny(running, Task.Delay(5_000)));
            Assert.Equal("2", (await _session.Run("1 + 1")).Result);
        }
    }

    [Fact]
    public async Task A_cell_interrupted_while_it_compiles_leaves_no_trace()
    {
        await _session.Run("var kept = 5;");
        var running = _session.Run("var kept = 6;");
        while (!running.IsCompleted)
        {
            _session.Interrupt();
            await Task.Delay(1);
        }

        Assert.Equal((await running).Error is null ? "6" : "5", (await _session.Run("kept")).Result);
    }

    [Fact]
    public async Task A_flood_of_text_is_cut_and_counted()
    {
        var outputs = await _session.Run("var line = new string('x', 99) + \"\\n\"; for (var i = 0; i < 1_000_000; "
            + "i++) { Console.Write(line); }");
        Assert.Equal(1_000_000, outputs.Printed.Length);
        Assert.Contains("100,000,000 characters printed, the first 1,000,000 kept", outputs.PrintedErrors);
    }

    [FactWhere("Linux on x86", "test \"$(uname -sm)\" = 'Linux x86_64'")]
    public async Task A_tensor_of_the_built_library_works_with_the_natives_beside_it()
    {
        var built = Path.Combine(AppContext.BaseDirectory, "../../Phi4R.Cli/release_linux-x64");
        var outputs = await _session.Run($"#r \"{built}/Phi4R.Lib.dll\"\n#r \"{built}/TorchSharp.dll\"\nusing "
            + "TorchSharp;\nusing static TorchSharp.torch;\nones(2, 3).sum().item<float>()");
        Assert.Equal("6", outputs.Result);
        Assert.Equal("notebook",
            (await _session.Run(
                "System.Runtime.Loader.AssemblyLoadContext"
                    + ".GetLoadContext(typeof(Phi4R.Data.Problem).Assembly).Name")).Result);
    }

    [Theory]
    [InlineData("display(1)")]
    [InlineData("\"x\".DisplayAs(\"text/markdown\")")]
    [InlineData("Javascript(\"1\")")]
    public async Task What_is_displayed_by_the_last_expression_is_shown_once(string code) =>
        Assert.IsType<DisplayOutput>(Assert.Single((await _session.Run(code)).All));

    [Fact]
    public async Task Frames_of_native_code_are_left_out_of_a_message()
    {
        var error = (await _session.Run("throw new Exception(\"shapes differ (2x3 and 2x3)\\nException raised from "
            + "meta at a.cpp:204 (most recent call first):\\nframe #0: c10::Error + 0xb0\\nframe #1: mm + "
            + "0x1\\n\");")).Error!;
        Assert.Equal("shapes differ (2x3 and 2x3)", error.Message);
        Assert.DoesNotContain(error.Trace, line => line.Contains("frame #", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cell_that_cannot_be_stopped_is_told_of_and_a_later_interrupt_reports_that_it_goes_on()
    {
        var outputs = new RecordedOutputs();
        var running = _session.RunAsync("Console.WriteLine(\"begun\"); var end = DateTime.UtcNow.AddSeconds(4); try { "
            + "throw new Exception(); } catch (Exception) { while (DateTime.UtcNow < end) { } }", "cell 2", outputs);
        Assert.True(SpinWait.SpinUntil(() => outputs.Printed.Length > 0, TimeSpan.FromSeconds(20)));
        Assert.True(_session.Interrupt(isWatched: true));
        Assert.True(
            SpinWait.SpinUntil(() => outputs.PrintedErrors.Contains("Interrupt again", StringComparison.Ordinal),
                TimeSpan.FromSeconds(4)));
        Assert.False(_session.Interrupt(isWatched: true));
        Assert.Equal("Interrupted", (await running).Error!.Name);
        Assert.Equal("2", (await _session.Run("1 + 1")).Result);
    }

    [Fact]
    public async Task Asking_for_input_where_nobody_answers_is_an_error()
    {
        Assert.Contains("nobody is there to answer", (await _session.Run("Console.ReadLine()")).Error!.Message);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Delete(recursive: true);
    }
}
