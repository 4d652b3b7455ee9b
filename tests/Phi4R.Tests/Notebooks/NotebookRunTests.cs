using System.Text.Json.Nodes;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Running;

namespace Phi4R.Tests.Notebooks;

public sealed class NotebookRunTests : IDisposable
{
    private readonly WrittenNotebooks _notebooks = new();
    private readonly StringWriter _terminal = new();

    [Fact]
    public void An_executed_copy_holds_merged_streams_updated_displays_and_results()
    {
        var path = _notebooks.Write("a.ipynb", ["Console.Write(1); Console.WriteLine(2); var p = "
            + "display(HTML(\"<i>old</i>\"));", "p.Update(HTML(\"<i>new</i>\")); 42"]);
        Assert.Null(Run(path));
        var cells = Executed("a.ipynb").Cells;
        Assert.Equal("12\n", Text(cells[0], 0, "text"));
        Assert.Equal("<i>new</i>", Text(cells[0], 1, "data", "text/html"));
        Assert.Equal("42", Text(cells[1], 0, "data", "text/plain"));
        Assert.Equal([1, 2], cells.Select(cell => cell.ExecutionCount!.Value));
        Assert.DoesNotContain("<i>old", File.ReadAllText(Path.Combine(Out, "a.html")));
        Assert.Contains("      | 12", _terminal.ToString());
    }

    [Fact]
    public void A_failing_cell_stops_the_run_is_named_with_its_line_and_what_ran_is_written()
    {
        var path = _notebooks.Write("b.ipynb", ["1", "var a = 1;\nthrow new Exception(\"boo\");", "3"]);
        Assert.Equal("b.ipynb: cell 2 line 2: boo", Run(path)!.Message);
        var cells = Executed("b.ipynb").Cells;
        Assert.Equal("1", Text(cells[0], 0, "data", "text/plain"));
        Assert.Equal("error", (string?)cells[1].Outputs[0]!["output_type"]);
        Assert.Empty(cells[2].Outputs);
        Assert.Contains("boo", File.ReadAllText(Path.Combine(Out, "b.html")));
    }

    [Fact]
    public void A_cell_whose_tag_allows_it_to_throw_does_not_stop_the_run()
    {
        var path = _notebooks.Write("t.ipynb", ["throw new Exception(\"as told\");", "1 + 1"]);
        File.WriteAllText(path,
            File.ReadAllText(path).Replace("\"metadata\":{},\"outputs\":[],\"source\":\"throw",
                "\"metadata\":{\"tags\":[\"raises-exception\"]},\"outputs\":[],\"source\":\"throw",
                StringComparison.Ordinal));
        Assert.Null(Run(path));
        Assert.Equal("as told", (string?)Executed("t.ipynb").Cells[0].Outputs[0]!["evalue"]);
        Assert.Equal("2", Text(Executed("t.ipynb").Cells[1], 0, "data", "text/plain"));
        Assert.Contains("[raised, as its tag allows]", _terminal.ToString(), StringComparison.Ordinal);
    }

    // As Polyglot Notebooks, .NET Interactive before it, and VS Code's own notebooks write it.
    [Theory]
    [InlineData("{\"polyglot_notebook\":{\"kernelName\":\"fsharp\"}}", "this is F# code")]
    [InlineData("{\"dotnet_interactive\":{\"language\":\"pwsh\"}}", "this is PowerShell code")]
    [InlineData("{\"vscode\":{\"languageId\":\"python\"}}", "this is Python code")]
    [InlineData("{\"vscode\":{\"languageId\":\"dotnet-interactive.fsharp\"}}", "this is F# code")]
    [InlineData("{\"vscode\":{\"languageId\":\"markdown\"}}", null)]
    [InlineData("{\"vscode\":{\"languageId\":\"polyglot-notebook\"}}", "CS1002: ; expected")]
    [InlineData("{\"vscode\":{\"languageId\":\"csharp\"}}", "CS1002: ; expected")]
    public void A_cell_that_its_metadata_name_another_languages_is_run_or_refused_as_such(
        string metadata, string? said)
    {
        var path = _notebooks.Write("l.ipynb", ["let y = 2"]);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"metadata\":{},\"outputs\"",
            $"\"metadata\":{metadata},\"outputs\"", StringComparison.Ordinal));
        var failed = Run(path);
        Assert.Equal(said is null, failed is null);
        Assert.Contains(said ?? "", failed?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_dib_file_runs_and_its_copy_is_a_notebook()
    {
        var path = _notebooks.At("whole.dib");
        File.WriteAllText(path, "#!meta\n\n{\"kernelInfo\":{}}\n\n#!markdown\n\n# Title\n\n#!csharp\n\nvar n = "
            + "20;\n\n#!csharp\n\nn + 1\n");
        Assert.Null(Run(path));
        var cells = Executed("whole.ipynb").Cells;
        Assert.Equal(["# Title", "var n = 20;", "n + 1"], cells.Select(cell => cell.Source));
        Assert.Equal("21", Text(cells[2], 0, "data", "text/plain"));
        Assert.Contains("leave --in-place out",
            Assert.Throws<ArgumentException>(
                () => new NotebookBatch(Settings() with { InPlace = true }, Program, _terminal).Run([path])).Message,
                    StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_is_assigned_after_its_declaration_and_keeps_its_type()
    {
        var path = _notebooks.Write("c.ipynb", ["int steps = 1; string name = \"a\"; double? rate = null; bool "
            + "on = false;", "$\"{steps} {name} {rate} {on}\""], hasParameters: true);
        Assert.Null(Run(path, ("steps", "1_000"), ("name", "q\"uote"), ("rate", "1e-3"), ("on", "true")));
        var cells = Executed("c.ipynb").Cells;
        Assert.Equal(["injected-parameters"], cells[1].Tags);
        Assert.Equal("steps = 1000;\nname = \"q\\\"uote\";\nrate = 1e-3d;\non = true;", cells[1].Source);
        Assert.Equal("1000 q\"uote 0.001 True", Text(cells[2], 0, "data", "text/plain"));
        Assert.DoesNotContain("injected", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("stpes", "3", "d.ipynb declares no parameter 'stpes'; did you mean 'steps'? It declares: int steps, "
        + "string name.")]
    [InlineData("steps", "many", "d.ipynb: -p steps=many is not a value of type int.")]
    public void A_wrong_parameter_is_one_clear_line_before_anything_runs(string name, string value, string message)
    {
        var path = _notebooks.Write("d.ipynb", ["int steps = 1; var name = \"x\";", "1"], hasParameters: true);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Run(path, (name, value))).Message);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void A_cell_over_its_time_is_stopped_and_told_as_a_timeout()
    {
        var path = _notebooks.Write("e.ipynb", ["while (true) { }"]);
        var failure = new NotebookRun(Settings() with { CellTimeout = TimeSpan.FromSeconds(1) }, _terminal).Run(path)!;
        Assert.StartsWith("e.ipynb: cell 1: The cell took longer than 1 s (--timeout)", failure.Message);
        Assert.Equal("Timeout", (string?)Assert.Single(Executed("e.ipynb").Cells[0].Outputs)!["ename"]);
    }

    [Fact]
    public void Outputs_can_be_stripped_from_the_copy_and_stay_on_the_page()
    {
        var path = _notebooks.Write("f.ipynb", ["\"kept on the page\""]);
        Assert.Null(new NotebookRun(Settings() with { StripOutputs = true }, _terminal).Run(path));
        Assert.Empty(Executed("f.ipynb").Cells[0].Outputs);
        Assert.Contains("<pre>kept on the page</pre>", File.ReadAllText(Path.Combine(Out, "f.html")));
    }

    // What Python's json.dumps(indent=1, sort_keys=True, ensure_ascii=False) writes, which is how Jupyter saves.
    [Fact]
    public void A_notebook_is_written_as_Jupyter_saves_it()
    {
        File.WriteAllText(_notebooks.At("h.ipynb"),
            """{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"source": ["😀 <é> \\ud83d\\ude00 '\n", "x"], "id": "a", "metadata": {}, "cell_type": "markdown"}]}""");
        Assert.Equal("""
            {
             "cells": [
              {
               "cell_type": "markdown",
               "id": "a",
               "metadata": {},
               "source": [
                "😀 <é> \\ud83d\\ude00 '\n",
                "x"
               ]
              }
             ],
             "metadata": {},
             "nbformat": 4,
             "nbformat_minor": 5
            }

            """, Notebook.Read(_notebooks.At("h.ipynb")).ToJson());
    }

    [Fact]
    public void Run_in_place_the_notebook_itself_is_the_executed_copy()
    {
        var path = _notebooks.Write("i.ipynb", ["int n = 1;", "n + 1"], hasParameters: true);
        Assert.Null(new NotebookRun(Settings() with { InPlace = true }, _terminal).Run(path));
        Assert.Equal("2", Text(Notebook.Read(path).Cells[1], 0, "data", "text/plain"));
        Assert.False(File.Exists(Path.Combine(Out, "i.ipynb")));
        Assert.True(File.Exists(Path.Combine(Out, "i.html")));
    }

    [Theory]
    [InlineData("{ nonsense", "is not JSON")]
    [InlineData("[]", "not a notebook")]
    [InlineData("{\"nbformat\": 3, \"worksheets\": []}", "is nbformat 3; expected 4")]
    [InlineData("{\"nbformat\": 4, \"nbformat_minor\": 5, \"cells\": [], \"metadata\": {\"kernelspec\": {\"name\": "
        + "\"python3\", \"language\": \"python\"}}}", "asks for the kernel 'python3'")]
    [InlineData("{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": \"x\"}}",
        "metadata/kernelspec is not an object")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"markdown\"}, {\"cell_type\": \"code\", "
        + "\"source\": 5}]}", "cell 2: source is not text")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": \"\\ud800\"}]}",
        "cell 1: source is not text")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": \"1\", \"outputs\": [{\"data\": "
        + "{\"text/html\": 5}}]}]}", "cell 1: the output's text/html is not text")]
    public void What_is_no_CSharp_notebook_is_refused_by_name_and_reason(string text, string reason)
    {
        File.WriteAllText(_notebooks.At("g.ipynb"), text);
        var message = Assert.Throws<InvalidDataException>(() => Run(_notebooks.At("g.ipynb"))).Message;
        Assert.Contains("g.ipynb", message);
        Assert.Contains(reason, message);
    }

    [Theory]
    [InlineData("int n = 1;\n#!share --from x", "stands in a cell of JavaScript or HTML")]
    [InlineData("int n = 1;\n#load \"a.csx\"", "does not know #load")]
    public void A_bad_directive_among_the_parameters_is_one_clear_line_before_anything_runs(
        string parameters, string reason)
    {
        var path = _notebooks.Write("k.ipynb", [parameters], hasParameters: true);
        var message = Assert.Throws<InvalidDataException>(() => Run(path)).Message;
        Assert.StartsWith($"{path}: the cell tagged parameters line 2: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void A_run_that_would_overwrite_a_notebook_or_another_copy_is_refused_before_anything_runs()
    {
        Directory.CreateDirectory(_notebooks.At("other"));
        var (here, there) = (_notebooks.Write("x.ipynb", ["1"]), _notebooks.Write("other/x.ipynb", ["2"]));
        var before = File.ReadAllText(here);
        Assert.Equal($"{here} would be overwritten by an executed copy; name another folder with --out, or say "
            + "--in-place.", Refusal(_notebooks.Folder, here));
        Assert.Contains($"{here} and {there} would both be written to {Path.Combine(Out, "x.html")}",
            Refusal(Out, here, there), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(here));
        Assert.False(Directory.Exists(Out));

        string Refusal(string folder, params string[] paths) =>
            Assert.Throws<ArgumentException>(
                () =>
                    new NotebookBatch(new RunSettings { OutputFolder = folder }, Program,
                        _terminal).Run(paths)).Message;
    }

    // The child's terminal is a pipe, and a cell's outputs leave from two threads: this once stood still for ever.
    [Fact]
    public async Task A_flood_of_lines_passes_through_a_child_process()
    {
        var path = _notebooks.Write("j.ipynb", ["for (var i = 0; i < 300_000; i++) { Console.WriteLine(i); }"]);
        Assert.Empty(await Task.Run(() => new NotebookBatch(Settings(), Program, _terminal).Run([path]))
            .WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("the first 1,000,000 kept", File.ReadAllText(Path.Combine(Out, "j.ipynb")));
    }

    [Fact]
    public void A_notebook_that_dies_natively_fails_alone()
    {
        string[] paths =
        [
            _notebooks.Write("1.ipynb", ["[System.Runtime.InteropServices.DllImport(\"libc\")] static extern "
                + "void abort();", "Console.WriteLine(\"last words\");\nabort();"]),
            _notebooks.Write("2.ipynb", ["1 + 1"]),
        ];
        var failures = new NotebookBatch(Settings() with { KeepGoing = true }, Program, _terminal).Run(paths);
        Assert.StartsWith("1.ipynb: cell 2: the process died of SIGABRT", Assert.Single(failures));
        Assert.Equal("Crash", (string?)Executed("1.ipynb").Cells[1].Outputs[^1]!["ename"]);
        Assert.Equal("2", Text(Executed("2.ipynb").Cells[0], 0, "data", "text/plain"));
        Assert.Contains("1.html", File.ReadAllText(Path.Combine(Out, "index.html")));
    }

    public void Dispose() => _notebooks.Dispose();

    private static ProgramCommand Program => new("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll")]);

    private string Out => _notebooks.At("out");

    private RunSettings Settings() => new() { OutputFolder = Out };

    private RunFailure? Run(string path, params (string Name, string Value)[] parameters) => new NotebookRun(
        Settings() with
        {
            Parameters = [.. parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))],
        }, _terminal).Run(path);

    private Notebook Executed(string name) => Notebook.Read(Path.Combine(Out, name));

    private static string Text(NotebookCell cell, int output, params string[] path) =>
        NotebookCell.Text(path.Aggregate<string, JsonNode?>(cell.Outputs[output], (node, part) => node![part]));
}
