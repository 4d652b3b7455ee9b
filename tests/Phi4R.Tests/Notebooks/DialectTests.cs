using Phi4R.Notebooks.Checking;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>Cells that mean the same here and on the kernel of .NET Interactive.</summary>
public sealed class DialectTests
{
    private static readonly string[] Cells =
    [
        "using Microsoft.DotNet.Interactive;\nvar p = KernelInvocationContext.Current.Display(HTML(\"<b>1</b>\")); "
            + "p.Update(HTML(\"<b>2</b>\"));",
        "\"# Title\".DisplayAs(\"text/markdown\");",
        "new[] { new { A = 1, B = \"<b>\" }, new { A = 2, B = \"c\" } }.DisplayTable();",
        "Console.WriteLine(\"a\"); Console.Error.WriteLine(\"b\"); 3",
        "HTML(\"<b>x</b>\")",
        "string Twice(string s) => s + s;\nTwice(\"ab\")",
        "KernelInvocationContext.Current.Display(5);",
        "#!html\n<i>y</i>",
        "record P(int X);",
        "new[] { 1, 2, 3 }.Sum(x => new P(x).X)",
        "double half = 0.5;\nhalf",
        "await Task.Delay(1);\n\"later\"",
        "var w = 7;",
        "#!set --name word --value @csharp:w\nword + 1",
        "using Microsoft.DotNet.Interactive.Formatting;\nFormatter.Register<P>((p, w) => w.Write($\"<u>{p.X}</u>\"), "
            + "\"text/html\");\nnew P(9)",
    ];

    // What the rules refuse since it is lost there.
    private static readonly string[] Others =
    [
        "var one = display(HTML(\"<b>1</b>\")); one.Update(HTML(\"<b>2</b>\"));",
        "var x = \"1\".Display(); x.Update(\"2\");",
    ];

    [Fact]
    public void Small_cells_show_the_same_on_both_engines_where_the_rules_let_them_pass()
    {
        using var folder = new WrittenNotebooks();
        var path = folder.Write("cells.ipynb", [.. Cells, .. Others]);
        var shown = new[] { "phi4r", "interactive" }.Select(engine =>
        {
            var (code, text) = HouseTests.Bash($"dotnet {Project.Root}/artifacts/notebooks/phi4r.dll run {path} "
                + $"--engine {engine} --out {folder.At(engine)}", seconds: 120);
            Assert.True(code == 0, text);
            return ShownValues.Of(Path.Combine(folder.At(engine), "cells.ipynb")).ToArray();
        }).ToList();
        Assert.All(shown[0].Zip(shown[1]).Take(Cells.Length).Index(), cell =>
            Assert.Equal((cell.Index, cell.Item.First), (cell.Index, cell.Item.Second)));
        Assert.Equal("2", shown[0][0]);
        Assert.Equal("9", shown[0][Cells.Length - 1]);
        Assert.Equal(["2", "2", "1", "1"], shown[0][Cells.Length..].Concat(shown[1][Cells.Length..]));
        var refused = NotebookCheck.Problems(path);
        Assert.Equal(Others.Length, refused.Count);
        Assert.All(refused.Index(), problem => Assert.StartsWith(
            $"cells.ipynb: cell {Cells.Length + 1 + problem.Index} line 1: this Update is lost", problem.Item,
            StringComparison.Ordinal));
    }
}
