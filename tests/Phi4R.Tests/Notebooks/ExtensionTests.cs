using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Pages;
using Phi4R.Notebooks.Sessions;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>Packages that extend .NET Interactive, in our kernel.</summary>
public sealed class ExtensionTests : IDisposable
{
    private readonly WrittenNotebooks _folder = new();
    private readonly NotebookSession _session;

    public ExtensionTests() => _session = new NotebookSession(_folder.Folder);

    [Fact]
    public async Task A_chart_of_Plotly_is_drawn_by_the_packages_own_script_and_later_cells_go_on()
    {
        var named = await _session.Run("""
            #r "nuget: Plotly.NET.Interactive, 6.0.0"
            #r "nuget: Plotly.NET.CSharp, 0.14.0"
            using Plotly.NET.CSharp;
            var chart = Chart.Point<double, double, string>([1, 2], [3, 4]);
            """);
        Assert.Null(named.Error);
        Assert.Equal("", named.PrintedErrors);
        var script = Assert.Single(named.All.OfType<DisplayOutput>()).Data.Forms["text/html"];
        Assert.StartsWith("<script", script, StringComparison.Ordinal);
        Assert.Contains("plotly.js v2.28.0", script, StringComparison.Ordinal);

        var outputs = await _session.Run("chart", cell: 2);
        var forms = Assert.Single(outputs.All.OfType<ResultOutput>()).Data.Forms;
        var html = forms["text/html"];
        Assert.Contains("Plotly.newPlot(", html, StringComparison.Ordinal);
        Assert.Contains("\"x\":[1.0,2.0],\"y\":[3.0,4.0]", html, StringComparison.Ordinal);
        Assert.InRange(html.Length, 1_000, 50_000);
        Assert.Equal("[Plotly chart: scatter]", forms["text/plain"]);
        Assert.Contains("Plotly.newPlot(", Assert.Single((await _session.Run("chart.Display();", cell: 3)).All
            .OfType<DisplayOutput>()).Data.Forms["text/html"], StringComparison.Ordinal);

        // The package's own assembly was a reference of the cells: CS0433.
        Assert.Equal("False", (await _session.Run("using Microsoft.DotNet.Interactive;\nKernelInvocationContext.Current"
            + ".CancellationToken.IsCancellationRequested", cell: 4)).Result);

        // The package's kernels subscribe to what is displayed, and would write it to the console as well.
        Assert.IsType<DisplayOutput>(Assert.Single(
            (await _session.Run("\"x\".DisplayAs(\"text/markdown\");", cell: 6)).All));

        // Who runs the first cell again has its script again.
        Assert.Equal(script, Assert.Single((await _session.Run("#r \"nuget: Plotly.NET.Interactive, 6.0.0\"", cell: 5))
            .All.OfType<DisplayOutput>()).Data.Forms["text/html"]);
    }

    [FactWhere("a browser: apt-get install chromium", "command -v chromium")]
    public async Task A_chart_is_drawn_in_a_browser_that_reaches_no_server()
    {
        var named = await _session.Run("""
            #r "nuget: Plotly.NET.Interactive, 6.0.0"
            #r "nuget: Plotly.NET.CSharp, 0.14.0"
            using Plotly.NET.CSharp;
            Chart.Point<double, double, string>([1, 2], [3, 4])
            """);

        // The script last: charts wait for it.
        await File.WriteAllTextAsync(_folder.At("chart.html"), PageStyle.Page("chart",
            Html(named.All.OfType<ResultOutput>().Single().Data)
                + Html(named.All.OfType<DisplayOutput>().Single().Data)));
        var (_, text) = HouseTests.Bash("chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=10000 "
            + $"--host-resolver-rules='MAP * ~NOTFOUND' --dump-dom file://{_folder.At("chart.html")}");
        Assert.Contains("class=\"main-svg\"", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("class=\"point\"").Length - 1);

        static string Html(MimeBundle data) => data.Forms["text/html"];
    }

    [Fact]
    public async Task A_data_frame_of_the_package_is_a_table_and_what_its_extension_runs_is_seen_by_the_cell()
    {
        var outputs = await _session.Run("""
            #r "nuget: Microsoft.Data.Analysis, 0.23.1"
            using Microsoft.Data.Analysis;
            var frame = new DataFrame(new Int32DataFrameColumn("n", Enumerable.Range(0, 10_000_000)));
            TabularDataResource.Equals(1, 1);
            frame
            """);
        Assert.Null(outputs.Error);
        Assert.Equal("", outputs.PrintedErrors);
        var html = Assert.Single(outputs.All.OfType<ResultOutput>()).Data.Forms["text/html"];
        Assert.StartsWith("<table><thead><tr><th>n</th></tr></thead><tbody><tr><td>0</td></tr><tr><td>1</td></tr>",
            html, StringComparison.Ordinal);
        Assert.Contains("The first 20 of 10,000,000 rows", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_extension_is_told_of_the_cell_and_one_that_throws_is_a_line_that_the_session_outlives()
    {
        var version = await Pack("Phi4R.TestExtension", """
            using System;
            using System.Threading.Tasks;
            using Microsoft.DotNet.Interactive;
            using Microsoft.DotNet.Interactive.Commands;

            public static class Greeting { public static int Number => 42; }

            public sealed class Good : IKernelExtension
            {
                public async Task OnLoadAsync(Kernel kernel)
                {
                    KernelInvocationContext.Current.DisplayAs("**loaded**", "text/markdown");
                    "also".DisplayAs("text/plain");
                    Console.WriteLine($"{kernel.Name} of {Kernel.Root.Name.Length > 0}");
                    await kernel.SendAsync(new SubmitCode("var fromExtension = Greeting.Number;"));
                }
            }

            public sealed class Throws : IKernelExtension
            {
                public Task OnLoadAsync(Kernel kernel) => throw new NotSupportedException("not on a Monday");
            }
            """);
        var outputs = await _session.Run($"#i \"nuget: {_folder.Folder}\"\n"
            + $"#r \"nuget: Phi4R.TestExtension, {version}\"\n"
            + "Console.WriteLine(\"after\");\nfromExtension");
        Assert.Null(outputs.Error);
        Assert.Equal("42", outputs.Result);
        Assert.Equal("**loaded**", outputs.All.OfType<DisplayOutput>().First().Data.Forms["text/markdown"]);
        Assert.Equal("also", outputs.All.OfType<DisplayOutput>().Last().Data.Forms["text/plain"]);
        Assert.Equal("csharp of True\nafter\n", outputs.Printed);
        Assert.Equal("The extension Phi4R.TestExtension.dll could not be loaded (System.NotSupportedException: not on "
            + "a Monday); its package can be used, without what the extension would have added.\n",
            outputs.PrintedErrors);
        Assert.Equal("43", (await _session.Run("Greeting.Number + 1", cell: 2)).Result);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    /// <summary>Makes a package of one assembly, a library and an extension at once.</summary>
    /// <returns>Its version, another for other code: packages stay in the machine's cache.</returns>
    private async Task<string> Pack(string name, string code)
    {
        var version = $"1.0.{BitConverter.ToUInt16(SHA256.HashData(Encoding.UTF8.GetBytes(code)))}";
        using var compiled = new MemoryStream();
        var emitted = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(code)],
            Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "System*.dll")
                .Where(References.IsAssembly)
                .Concat(Directory.EnumerateFiles(AppContext.BaseDirectory, "Microsoft.DotNet.Interactive*.dll"))
                .Append(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "netstandard.dll"))
                .Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(compiled);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));

        await using var package = await ZipFile.OpenAsync(_folder.At($"{name}.{version}.nupkg"), ZipArchiveMode.Create);
        foreach (var place in new[] { $"lib/net10.0/{name}.dll", $"interactive-extensions/dotnet/{name}.dll" })
        {
            await using var entry = await package.CreateEntry(place).OpenAsync();
            await entry.WriteAsync(compiled.ToArray());
        }

        await using var about = await package.CreateEntry($"{name}.nuspec").OpenAsync();
        await about.WriteAsync(Encoding.UTF8.GetBytes($"""
            <package><metadata><id>{name}</id><version>{version}</version><authors>tests</authors>
            <description>An extension.</description></metadata></package>
            """));
        return version;
    }
}
