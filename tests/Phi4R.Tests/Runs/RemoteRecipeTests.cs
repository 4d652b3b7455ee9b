using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Phi4R.Cli;
using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Tests.Inference;

namespace Phi4R.Tests.Runs;

/// <summary>The recipe with every completion sampled by a server in another process.</summary>
public sealed partial class RemoteRecipeTests
{
    // The law of one seam: where a completion was sampled makes no difference to any weight.
    [Fact]
    public void The_recipe_over_HTTP_ends_in_the_same_weights_as_in_process()
    {
        var (here, there, shared) = (Project.Scratch(), Project.Scratch(), Project.Scratch());
        var run = RecipeRun.Open("smoke", 1, here);
        run.Get(Pipeline.Evaluation);
        var model = run.Get(Pipeline.Base).Record.Folder;
        using var server = Serve(model, shared, out var address);
        using var second = Serve(model, shared, out var other);
        try
        {
            var remote = RecipeGenerator.Connect($"{address}, {other}", shared, "smoke", _ => { }, false, default);
            var counted = new Counted(remote);
            RecipeRun.Open("smoke", 1, there, generator: counted).Get(Pipeline.Evaluation);

            var stages = StageManifest.OfRun(here);
            Assert.Equal(stages.Keys.Order(StringComparer.Ordinal),
                StageManifest.OfRun(there).Keys.Order(StringComparer.Ordinal));
            Assert.All(StageManifest.OfRun(there),
                stage => Assert.Equal(stages[stage.Key].Manifest.Content, stage.Value.Manifest.Content));
            Assert.All(StageManifest.OfRun(there),
                stage => Assert.Equal(stages[stage.Key].Manifest.Fingerprint, stage.Value.Manifest.Fingerprint));

            // Every step of reinforcement and every answer of the evaluation went over HTTP.
            var (recipe, before) = (run.Recipe, counted.Completions);
            var least = (recipe.Grpo.Steps * recipe.Grpo.PromptsPerStep * recipe.Grpo.GroupSize)
                + run.AnswersOfEvaluation;
            Assert.InRange(before, least, int.MaxValue);

            // This recipe's pairs are the teacher's; the model's own go the same way.
            Pairs(here, null);
            Pairs(there, counted);
            Assert.Equal(recipe.PreferenceData.Problems * recipe.PreferenceData.AnswersPerProblem,
                counted.Completions - before);
            Assert.Equal(StageManifest.OfRun(here)["pairs"].Manifest.Content,
                StageManifest.OfRun(there)["pairs"].Manifest.Content);
            Assert.NotEqual(stages["pairs"].Manifest.Content, StageManifest.OfRun(there)["pairs"].Manifest.Content);
            Assert.Empty(Directory.GetFileSystemEntries(shared));
            InFieldsOf(ServerKind.Vllm, here, model);
            InFieldsOf(ServerKind.SgLang, here, model);
        }
        finally
        {
            server.Kill();
            second.Kill();
        }
    }

    // Reinforcement again, from the same stages before it, over two servers of the kind; and with one that keeps its
    // old weights at a later step.
    private static void InFieldsOf(ServerKind kind, string here, string model)
    {
        var expected = StageManifest.OfRun(here)[Pipeline.Grpo.Name].Manifest.Content;
        using var one = ConformanceServer.StartAsync(kind, model).GetAwaiter().GetResult();
        using var other = ConformanceServer.StartAsync(kind, model).GetAwaiter().GetResult();
        var engine = kind == ServerKind.Vllm ? "vllm" : "sglang";
        var addresses = $"{one.Address},{other.Address}";
        var there = Copy(here);
        var remote = RecipeGenerator.Connect(addresses, Project.Scratch(), "smoke", _ => { }, false, default, engine);
        RecipeRun.Open("smoke", 1, there, generator: remote).Get(Pipeline.Grpo);
        Assert.Equal(expected, StageManifest.OfRun(there)[Pipeline.Grpo.Name].Manifest.Content);
        Assert.All([one, other], server => Assert.Contains(server.Asked,
            path => path is "/v1/completions" or "/generate"));

        other.StaleAfter(updates: 1);
        there = Copy(here);
        remote = RecipeGenerator.Connect(addresses, Project.Scratch(), "smoke", _ => { }, false, default, engine);
        var error = Assert.Throws<InvalidDataException>(() =>
            RecipeRun.Open("smoke", 1, there, generator: remote).Get(Pipeline.Grpo));
        Assert.Contains("answers with those that it had before", error.Message, StringComparison.Ordinal);
        Assert.Contains(new Uri(other.Address).Authority, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Pipeline.Grpo.Name, StageManifest.OfRun(there).Keys);
    }

    private static string Copy(string run)
    {
        var copy = Path.Combine(Project.Scratch(), "run");
        var skipped = StageManifest.OfRun(run)[Pipeline.Grpo.Name].Folder;
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(skipped, StringComparison.Ordinal)))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.Delete(Path.Combine(copy, "run.json"));
        return copy;
    }

    // One number a token, at temperature 1/2: whether it is of the distribution sampled from only the command can say.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_servers_log_probabilities_are_what_the_command_says_they_are(bool processed)
    {
        await using var app = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]).Build();
        app.MapGet("/v1/models", () => Results.Text("""{"data": [{"id": "m"}]}"""));
        app.MapPost("/v1/completions", () => Results.Text("""
            {"choices": [{"index": 0, "token_ids": [7], "finish_reason": "length",
              "logprobs": {"token_logprobs": [-0.5]}}]}
            """));
        await app.StartAsync();
        await using var remote = await Task.Run(() =>
            RecipeGenerator.Connect(app.Urls.Single(), null, "smoke", _ => { }, processed, default));
        var completion = (await remote.GenerateAsync(new GenerationRequest
        {
            PromptIds = [1],
            Seeds = [1],
            Sampling = new SamplingConfig { Temperature = 0.5, TopP = 1, MaxTokens = 1 },
            StopIds = [],
        }))[0];
        Assert.Equal((processed, !processed), (completion.LogProbs is [-0.5f], completion.PlainLogProbs is [-0.5f]));
    }

    private static void Pairs(string folder, IPolicyGenerator? generator)
    {
        File.Delete(Path.Combine(folder, "run.json")); // Which would name the teacher's pairs as the run's.
        RecipeRun.Open("smoke", 1, folder, generator: generator).With(("PreferenceData.FromTeacher", false))
            .Get(Pipeline.Pairs);
    }

    private static Process Serve(string model, string weights, out string address)
    {
        string[] words = [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "serve", "--model", model, "--port", "0",
            "--weights-folder", weights];
        var server = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardError = true })!;
        address = Url().Match(server.StandardError.ReadLine() ?? "").Value;
        return server;
    }

    [GeneratedRegex(@"http://[\d.:]+")]
    private static partial Regex Url();

    private sealed class Counted(IPolicyGenerator inner) : IPolicyGenerator
    {
        private int _completions;

        public int Completions => _completions;

        public GeneratorInfo Info => inner.Info;

        public Task<IReadOnlyList<Completion>> GenerateAsync(
            GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
        {
            Interlocked.Add(ref _completions, request.Seeds.Count);
            return inner.GenerateAsync(request, onCompleted, cancel);
        }

        public Task LoadAsync(Phi4R.Model.LanguageModel policy, string version, CancellationToken cancel = default) =>
            inner.LoadAsync(policy, version, cancel);

        public Task SleepAsync(CancellationToken cancel = default) => inner.SleepAsync(cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
