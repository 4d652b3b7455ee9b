using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Evaluation;
using Phi4R.Runs;
using Phi4R.Tests.House;
using Phi4R.Text;
using SmallModel = Phi4R.Tests.Reference.SmallModel;

namespace Phi4R.Tests.Notebooks;

/// <summary>The notebook of the paper's tables, with two small models behind a server of this project.</summary>
public sealed class PaperTablesNotebookTests
{
    private const int Limit = 4;

    private static readonly string Notebook = Path.Combine(Project.Root, "notebooks", "07-paper-tables.ipynb");

    [Fact]
    public void Without_a_model_every_row_is_there_and_empty()
    {
        var scratch = Project.Scratch();
        var (code, text) = Run(scratch, "");
        Assert.True(code == 0, text);
        var page = File.ReadAllText(Path.Combine(scratch, "out", "07-paper-tables.html"));
        Assert.Contains("no row is measured: name some in", page, StringComparison.Ordinal);
        Assert.Equal(24 + 12 + 15, page.Split(">not measured<").Length - 1);
    }

    [Fact]
    public async Task Two_small_models_behind_a_server_fill_their_rows_and_are_asked_once()
    {
        var scratch = Project.Scratch();
        await using var first = await Served(scratch, 1);
        await using var second = await Served(scratch, 2);
        var models = $"-p 'models=Phi-4-Mini=model-1@{first.Address};Phi-4-Mini-Reasoning=model-2@{second.Address}' "
            + $"-p 'benchmarks=math500,gsm8k' -p limit={Limit} -p samples=2 -p maxTokens=8 "
            + $"-p 'output={scratch}/kept'";
        var (code, text) = Run(scratch, models);
        Assert.True(code == 0, text);
        var page = File.ReadAllText(Path.Combine(scratch, "out", "07-paper-tables.html"));
        Assert.Contains("2 rows are measured", page, StringComparison.Ordinal);
        Assert.Contains($"2 samples, {Limit} of 500 problems", page, StringComparison.Ordinal);
        Assert.Equal(24 + 12 + 15 - 6, page.Split(">not measured<").Length - 1); // MATH-500 of two, in three tables.
        foreach (var row in (string[])["Phi-4-Mini", "Phi-4-Mini-Reasoning"])
        {
            var folder = EvaluationFolder.Read(Path.Combine(scratch, "kept", row));
            Assert.Equal(2 * 2 * Limit, folder.Marks.Count);
            Assert.All(folder.Marks, mark => Assert.NotEqual("failed", mark.Verdict));
            Assert.True(File.Exists(Path.Combine(folder.Path, "report.html")));
        }

        Assert.True(File.Exists(Path.Combine(scratch, "kept", "disagreements.html")));

        // Again: all of it is there, so that no server is needed.
        var times = Times();
        await first.DisposeAsync();
        await second.DisposeAsync();
        (code, text) = Run(scratch, models);
        Assert.True(code == 0, text);
        Assert.Equal(times, Times());

        string Times() => string.Join(' ', Directory.GetFiles(Path.Combine(scratch, "kept"), "completions.jsonl",
            SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }

    [Fact]
    public void Its_outputs_are_kept_and_say_of_what_they_are()
    {
        using var notebook = JsonDocument.Parse(File.ReadAllBytes(Notebook));
        Assert.True(new FileInfo(Notebook).Length < 1 << 20);
        var text = File.ReadAllText(Notebook);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("two small untrained models behind a local server", text, StringComparison.Ordinal);
        Assert.Contains("not measured", text, StringComparison.Ordinal);
        Assert.Contains("<img alt=", text, StringComparison.Ordinal);
        foreach (var cell in notebook.RootElement.GetProperty("cells").EnumerateArray()
            .Where(cell => cell.GetProperty("cell_type").GetString() == "code"))
        {
            var lines = string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()))
                .Split('\n');
            Assert.True(lines.Length <= 18 && lines.All(line => line.Length <= 124), lines[0]);
        }
    }

    private static (int Code, string Text) Run(string scratch, string words) => HouseTests.Bash(
        $"PHI4R_DATA='{Path.Combine(Project.Root, "data")}' PHI4R_RUNS={scratch} dotnet "
            + $"'{Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}' run '{Notebook}' {words} --out "
            + $"{scratch}/out", seconds: 180);

    private static async Task<SmallServer> Served(string scratch, long seed)
    {
        var folder = Path.Combine(scratch, $"model-{seed}");
        using (var model = SmallModel.Create(
            SmallModel.Config with { VocabularySize = 200_064, MaxPositions = 1024 }, seed))
        {
            ModelExport.Write(model, folder, 199_999, [200_020, 199_999]);
            TokenizerExport.Write(folder, ChatTemplate.Reasoning);
        }

        return await SmallServer.Start(folder);
    }

    // A server of this project over real HTTP.
    private sealed class SmallServer : IAsyncDisposable
    {
        private readonly ServedModel _served;
        private readonly Phi4R.Inference.Local.Engine _engine;
        private readonly Microsoft.AspNetCore.Builder.WebApplication _app;
        private bool _gone;

        private SmallServer(string folder)
        {
            _served = ServedModel.Load(folder);
            _engine = _served.Start();
            _app = new OpenAiServer(_served, _engine, new ServerAccess()).Build(port: 0);
        }

        public string Address => _app.Urls.First();

        public static async Task<SmallServer> Start(string folder)
        {
            var server = new SmallServer(folder);
            await server._app.StartAsync();
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_gone)
            {
                _gone = true;
                await _app.DisposeAsync();
                _engine.Dispose();
                _served.Dispose();
            }
        }
    }
}
