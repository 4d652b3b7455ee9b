using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Tests.House;
using Phi4R.Tests.Inference;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// The notebook of the evaluation where its parameter cell names an endpoint, on a shipped benchmark.
/// </summary>
public sealed class EvaluationNotebookTests
{
    private const int Limit = 4;
    private const int Samples = 2;
    private const string Hostile = "<script>alert(1)</script>";

    private static readonly IReadOnlyList<Problem> Problems =
        BenchmarkCatalog.Read("math500", Samples, Limit).Problems;

    private readonly string _scratch = Project.Scratch();

    // One model knows every answer and the other none, so they disagree on every problem; nothing is trained.
    [Fact]
    public async Task Two_models_at_an_endpoint_fill_tables_and_pictures_and_their_disagreements_can_be_searched()
    {
        await using var server = await FaultyChatServer.StartAsync(Answer);
        var (page, cells) = Run($"-p 'model=good;bad' -p endpoint={server.Address}");
        Assert.Equal(2 * Limit * Samples, server.Answered.Count);
        Assert.All(server.Asked, asked => Assert.Equal((0.6, 0.95, 77), ((double)asked.Body["temperature"]!,
            (double)asked.Body["top_p"]!, (int)asked.Body["max_tokens"]!)));
        var text = string.Join('\n', cells);
        foreach (var shown in (string[])
        [
            // The table that filled, the results, the pictures, and what stands side by side.
            $"good (good) {Limit * Samples} of {Limit * Samples} completions, 0 failed",
            $"math500 {Limit} {Samples} 100.0", $"math500 {Limit} {Samples} 0.0",
            "pass@1 by model, with 95 % intervals. math500: good 100", "Right completions by length. math500 goes from",
            "pass@k: the chance that one of k completions is right", "Length by verdict", "the verifier's reason",
            $"Problems, item by item. both right 0, only bad: fixed 0, only good: broken {Limit}, neither 0",
            $"Problems that one of good and bad has right: {Limit}.", "good: correct",
        ])
        {
            Assert.True(text.Contains(shown, StringComparison.Ordinal), $"'{shown}' is not shown: {text}");
        }

        Assert.DoesNotContain(Hostile, page, StringComparison.Ordinal);
        Assert.DoesNotContain("What each stage gained", text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch, "runs"), "*.safetensors", SearchOption.AllDirectories));
        var apart = File.ReadAllText(Path.Combine(_scratch, "kept", "disagreements.html"));
        Assert.Contains("type=\"search\"", apart, StringComparison.Ordinal);
        Assert.Equal(2 * Limit * Samples, apart.Split("\"v\":").Length - 1);
        Assert.DoesNotContain(Hostile, apart, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_scratch, "kept", "good", "report.html")));

        // Once more, and it is all there: no server is needed.
        var address = server.Address;
        await server.DisposeAsync();
        (page, _) = Run($"-p 'model=good;bad' -p endpoint={address}");
        Assert.Contains("every completion was there already", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_alone_is_asked_which_model_it_has()
    {
        await using var server = await FaultyChatServer.StartAsync(Answer);
        server.Models = """{"data": [{"id": "good"}]}""";
        var (_, cells) = Run($"-p endpoint={server.Address}");
        Assert.All(server.Asked, asked => Assert.Equal("good", (string?)asked.Body["model"]));
        Assert.Contains($"math500 {Limit} {Samples} 100.0", string.Join('\n', cells), StringComparison.Ordinal);
    }

    private static ChatReply Answer(ChatAsked asked)
    {
        var problem = Problems.Single(one => asked.Question.EndsWith(one.Question, StringComparison.Ordinal));
        return new($"{Hostile} So it is \\boxed{{{((string?)asked.Body["model"] == "good" ? problem.Answer : "-7")}}}.")
        {
            Tokens = 10 + (asked.Number % 40),
        };
    }

    private (string Page, IReadOnlyList<string> Cells) Run(string words)
    {
        var (code, text) = HouseTests.Bash(
            $"PHI4R_DATA='{Path.Combine(Project.Root, "data")}' PHI4R_RUNS={_scratch}/runs dotnet "
                + $"'{Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}' run "
                + $"'{Path.Combine(Project.Root, "notebooks", "06-evaluation.ipynb")}' {words} -p benchmarks=math500 "
                + $"-p limit={Limit} -p samples={Samples} -p maxTokens=77 -p output={_scratch}/kept "
                + $"--out {_scratch}/out", seconds: 180);
        Assert.True(code == 0, text);
        return (File.ReadAllText(Path.Combine(_scratch, "out", "06-evaluation.html")),
            ShownValues.Of(Path.Combine(_scratch, "out", "06-evaluation.ipynb")));
    }
}
