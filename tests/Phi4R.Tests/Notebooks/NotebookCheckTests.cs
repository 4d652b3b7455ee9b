using System.Runtime.CompilerServices;
using Phi4R.Notebooks.Checking;

namespace Phi4R.Tests.Notebooks;

public sealed class NotebookCheckTests : IDisposable
{
    private readonly WrittenNotebooks _notebooks = new();

    [Fact]
    public void Every_notebook_of_the_project_is_in_the_common_dialect()
    {
        var notebooks = Directory.GetFiles(Path.Combine(Root(), "notebooks"), "*.ipynb");
        Assert.NotEmpty(notebooks);
        Assert.Empty(notebooks.SelectMany(NotebookCheck.Problems));
    }

    [Fact]
    public void A_notebook_in_the_dialect_has_no_problems() =>
        Assert.Empty(NotebookCheck.Problems(_notebooks.Write("good.ipynb",
    [
        "#r \"../artifacts/notebooks/Phi4R.Lib.dll\"\nusing Microsoft.DotNet.Interactive;",
        "var p = KernelInvocationContext.Current.Display(HTML(\"1\")); p.Update(HTML(\"2\")); double? rate = null;",
    ])));

    [Theory]
    [InlineData("#!pwsh\nls", "#!pwsh")]
    [InlineData("#r \"nuget: A\"", "has no version")]
    [InlineData("#r \"/one/machine/a.dll\"", "path of one machine")]
    [InlineData("display(1).Update(2);", "Update is lost")]
    [InlineData("var p = 1.Display(); p.Update(2);", "Update is lost")]
    [InlineData("DisplayedValue p = null;", "write var")]
    [InlineData("using var s = new System.IO.MemoryStream();", "no using declaration")]
    [InlineData("string? s = null;", "#nullable enable")]
    [InlineData("static class E { public static int F(this int x) => x; }", "extension methods")]
    [InlineData("var x = ;", "CS1525")]
    [InlineData("Console.ReadLine();", "nobody answers")]
    public void What_runs_in_one_kernel_only_is_refused(string code, string reason) =>
        Assert.Contains(NotebookCheck.Problems(_notebooks.Write("bad.ipynb", ["1", code])), problem =>
            problem.StartsWith("bad.ipynb: cell 2 line ", StringComparison.Ordinal)
                && problem.Contains(reason, StringComparison.Ordinal));

    [Fact]
    public void Wrong_metadata_is_named_with_what_is_expected()
    {
        var path = _notebooks.Write("meta.ipynb", ["1"]);
        File.WriteAllText(path, File.ReadAllText(path).Replace(".net-csharp", "csharp"));
        Assert.Equal("meta.ipynb: metadata kernelspec/name is \"csharp\"; expected \".net-csharp\".",
            Assert.Single(NotebookCheck.Problems(path)));
    }

    [Fact]
    public void A_part_of_the_wrong_kind_is_one_line()
    {
        File.WriteAllText(_notebooks.At("kind.ipynb"), "{\"nbformat\": 4, \"cells\": [{\"cell_type\": 5}]}");
        Assert.Contains("cell 1: cell_type is not text",
            Assert.Single(NotebookCheck.Problems(_notebooks.At("kind.ipynb"))), StringComparison.Ordinal);
    }

    public void Dispose() => _notebooks.Dispose();

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
