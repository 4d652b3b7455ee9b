using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Tests.Inference;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Cli;

/// <summary>phi4r eval and judge as a person starts them.</summary>
public sealed class EvalVerbTests
{
    private readonly string _out = Path.Combine(Project.Scratch(), "out");

    // The law: whenever it is killed, what was received is there and is not asked for again.
    [Fact]
    public async Task Killed_ten_times_at_random_every_completion_is_there_once()
    {
        await using var server = await FaultyChatServer.StartAsync(FaultyChatServer.EveryFifthFails(
            asked => new($"answer to {asked.Question.Length} \\boxed{{1}}") { Delay = TimeSpan.FromMilliseconds(3) },
            ServerFault.Unavailable, ServerFault.HalfBody, ServerFault.Reset, ServerFault.WrongJson));
        string[] words = ["eval", "--model", "m", "--endpoint", $"{server.Address}", "--benchmark", "gsm8k", "--limit",
            "40", "--samples", "10", "--out", _out, "--concurrency", "8"];
        var kept = 0;
        for (var i = 0; i < 10; i++)
        {
            using var process = Start(words);
            var before = kept;

            // After some more completions than before, at a moment that nobody chose.
            while (!process.HasExited && (kept = Kept()) < before + 5 + (3 * i))
            {
                await Task.Delay(5);
            }

            process.Kill();
            await process.WaitForExitAsync();
            kept = Kept();
        }

        using var last = Start(words);
        var (output, errors) = (last.StandardOutput.ReadToEndAsync(), last.StandardError.ReadToEndAsync());
        await last.WaitForExitAsync();
        Assert.True(last.ExitCode == 0, await errors);
        Assert.Contains("| gsm8k | 40 x 10 |", await output, StringComparison.Ordinal);
        var lines = File.ReadLines(Path.Combine(_out, "completions.jsonl")).Select(line => JsonNode.Parse(line)!)
            .ToList();
        Assert.Equal(400, lines.Count);
        Assert.Equal(400, lines.Select(line => ((string)line["problem"]!, (int)line["sample"]!)).Distinct().Count());

        // Only what was under way when it was killed was asked for twice, each time: eight at the server, and at the
        // most four for each of these places that had come and waited to be written, as on a machine at other work.
        Assert.InRange(server.Answered.Count, 400, 400 + (10 * (8 + (4 * 8))));

        int Kept() => File.Exists(Path.Combine(_out, "completions.jsonl"))
            ? File.ReadLines(Path.Combine(_out, "completions.jsonl")).Count()
            : 0;
    }

    [Fact]
    public async Task The_exit_code_says_whether_all_is_there_or_the_words_were_wrong()
    {
        var isIll = true;
        await using var server = await FaultyChatServer.StartAsync(asked =>
            isIll && asked.Number == 1 ? ChatReply.Failing(ServerFault.BadRequest) : new("\\boxed{18}"));
        string[] words = ["eval", "--model", "m", "--endpoint", $"{server.Address}", "--benchmark", "gsm8k", "--limit",
            "3", "--out", _out, "--max-tokens", "50"];
        Assert.Equal(3, Invoke(words));
        isIll = false;
        Assert.Equal(0, Invoke(words));
        Assert.Equal(0, Invoke(words));
        Assert.Equal(4, server.Asked.Count);
        Assert.Equal(0, Invoke("judge", _out));
        Assert.Equal(2, Invoke([.. words, "--seed", "2"]));
        Assert.Equal(2, Invoke("eval", "--model", "m", "--endpoint", "nowhere", "--benchmark", "gsm8k", "--out", _out));
        Assert.Equal(2, Invoke("eval", "--model", "m", "--benchmark", "aime99", "--out", _out));
        Assert.Equal(2, Invoke([.. words, "--temperature", "-1"]));
        Assert.Equal(1, Invoke("eval", "--model", "m", "--benchmark", "aime24", "--out", _out));
        Assert.Equal(1, Invoke("judge", Project.Scratch()));
    }

    [Theory]
    [InlineData("eval", "--modell", "m")]
    [InlineData("judge")]
    [InlineData("compare", "alone")]
    [InlineData("compare", "a", "b", "--jsno")]
    [InlineData("tables", "--rows", "a=b")]
    [InlineData("compare", "a", "--jsno")]
    [InlineData("tables", "--within", "near")]
    [InlineData("report", "a", "b")]
    public async Task Words_that_no_verb_of_evaluations_knows_end_with_2(params string[] words)
    {
        using var process = Start(words);
        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
    }

    [Fact]
    public async Task A_limit_above_what_the_server_holds_becomes_what_it_holds()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new("\\boxed{18}"));
        server.Models = """{"data": [{"id": "m", "max_model_len": 1000}]}""";
        Assert.Equal(0, Invoke("eval", "--model", "m", "--endpoint", $"{server.Address}", "--benchmark", "gsm8k",
            "--limit", "2", "--out", _out, "--instructions", ""));
        Assert.All(server.Asked, asked => Assert.Equal(
            1000 - (System.Text.Encoding.UTF8.GetByteCount(asked.Question) / 2) - 128, (int)asked.Body["max_tokens"]!));
        Assert.All(server.Asked, asked =>
            Assert.DoesNotContain("step by step", asked.Question, StringComparison.Ordinal));
    }

    // The same weights by the two ways: in this process, and behind this project's server over HTTP.
    [Fact]
    public async Task A_folder_is_asked_in_this_process_and_gives_what_its_server_gives()
    {
        var model = Checkpoint();
        string[] words = ["--benchmark", "gsm8k", "--limit", "2", "--samples", "2", "--max-tokens", "12"];
        Assert.Equal(0, Invoke(["eval", "--model", model, "--out", _out, .. words]));
        var ids = Lines(_out).Select(line => line["token_ids"]!.AsArray().Count).ToList();
        Assert.All(Lines(_out).Zip(ids), pair => Assert.Equal((int)pair.First["tokens"]!, pair.Second));

        using var served = Phi4R.Runs.ServedModel.Load(model);
        using var engine = served.Start();
        await using var app = new OpenAiServer(served, engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        var other = Path.Combine(Project.Scratch(), "out");
        Assert.Equal(0, Invoke(["eval", "--model", served.Name, "--endpoint", app.Urls.Single(), "--out", other,
            .. words]));
        Assert.Equal(Texts(_out), Texts(other));

        static List<string> Texts(string folder) => [.. Lines(folder)
            .Select(line => $"{line["problem"]} {line["sample"]} {line["text"]} {line["finish_reason"]}").Order()];
    }

    /// <summary>A checkpoint of Phi-4-mini's vocabulary and template with few weights.</summary>
    internal static string Checkpoint()
    {
        var folder = Path.Combine(Project.Scratch(), "tiny");
        Directory.CreateDirectory(folder);
        using var model = SmallModel.Create(SmallModel.Config with { VocabularySize = 200_064, MaxPositions = 512 });
        ModelExport.Write(model, folder, 199_999, [200_020, 199_999]);
        TokenizerExport.Write(folder, ChatTemplate.Reasoning);
        return folder;
    }

    private static List<JsonNode> Lines(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "completions.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private static int Invoke(params string[] words)
    {
        var root = new RootCommand();
        foreach (var command in EvalVerbs.All())
        {
            root.Add(command);
        }

        return root.Parse(words).Invoke();
    }

    private static Process Start(params string[] words)
    {
        return Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), .. words])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["PHI4R_DATA"] = Path.Combine(Project.Root, "data") },
            })!;
    }
}
