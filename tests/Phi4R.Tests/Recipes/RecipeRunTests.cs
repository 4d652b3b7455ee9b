using Phi4R.Data;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Recipes;

/// <summary>The smoke recipe, run once as a whole for all tests that only look.</summary>
public sealed class SmokeRun : IDisposable
{
    public SmokeRun()
    {
        Run = RecipeRun.Open("smoke", seed: 1, Folder.FullName, Said.Add);
        Results = Run.Evaluate(Run.Reinforce());
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory();

    public List<string> Said { get; } = [];

    public RecipeRun Run { get; }

    public Phi4R.Evaluation.ModelResults Results { get; }

    public static string[] Stages { get; } = ["base", "distillation", "mid-training", "sft", "pairs", "dpo", "prompts", "rl", "evaluation-rl"];

    public string CopyTo(DirectoryInfo target)
    {
        foreach (var file in Folder.GetFiles("*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(target.FullName, Path.GetRelativePath(Folder.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file.CopyTo(path);
        }

        return target.FullName;
    }

    public void Dispose() => Folder.Delete(recursive: true);
}

public sealed class RecipeRunTests(SmokeRun smoke) : IClassFixture<SmokeRun>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_stage_makes_what_it_says()
    {
        Assert.Equal(SmokeRun.Stages.Order(), Made(smoke.Folder.FullName).Keys.Order());
        Assert.DoesNotContain(smoke.Folder.GetDirectories(), folder => folder.Name.EndsWith(".part", StringComparison.Ordinal));
        var run = smoke.Run;
        Assert.Equal(800, run.Distill().Rollouts.Count);
        Assert.Equal(128, run.Curate().Kept.Count + run.Curate().Missing);
        Assert.NotEmpty(run.Pairs().Pairs);
        Assert.Equal(18, run.Prompts().Problems.Count);
        Assert.Equal(3, run.Reinforce().Steps.Count);
        Assert.Equal([30, 20, 12], smoke.Results.Benchmarks.Select(benchmark => benchmark.Problems.Count));
        TrainedModel[] models = [run.Base(), run.MidTrain(), run.FineTune(), run.Prefer(), run.Reinforce()];
        Assert.Equal(["base", "+ mid-training", "+ SFT", "+ Rollout-DPO", "+ RL"], models.Select(model => model.Name));
        List<float[]> norms = [];
        foreach (var trained in models)
        {
            using var model = trained.Load();
            norms.Add(SmallModel.Weights(model)["model.layers.0.self_attn.qkv_proj.weight"]);
        }

        Assert.All(norms.Zip(norms.Skip(1)).SkipLast(1), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public void A_second_run_makes_nothing_and_says_so()
    {
        var before = Made(smoke.Folder.FullName);
        var run = RecipeRun.Open("smoke", seed: 1, smoke.Folder.FullName, _said.Add);
        run.Evaluate(run.Reinforce());
        Assert.Equal(before, Made(smoke.Folder.FullName));
        Assert.All(SmokeRun.Stages, stage => Assert.Contains(_said, line => line.StartsWith($"{stage}: settings and inputs have not changed", StringComparison.Ordinal)));
        Assert.DoesNotContain(_said, line => line.Contains("made again", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_setting_makes_its_stage_and_those_after_it_again_and_no_other()
    {
        var folder = smoke.CopyTo(_folder);
        var before = Made(folder);
        var run = RecipeRun.Open("smoke", seed: 1, folder, _said.Add).With(recipe => recipe with { RolloutPreference = recipe.RolloutPreference with { Beta = 0.2 } });
        run.Reinforce();
        var changed = Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Except(Directory.GetDirectories(smoke.Folder.FullName).Select(path => Path.GetFileName(path)!)).Select(StageOf).Order();
        Assert.Equal(["dpo", "prompts", "rl"], changed);
        Assert.All(before, pair => Assert.Contains(pair.Value, Directory.GetFiles(folder, "stage.json", SearchOption.AllDirectories).Select(File.ReadAllText)));

        // The setting holds for who opens the run next, until it is set back.
        Assert.Equal(0.2, RecipeRun.Open("smoke", seed: 1, folder).Recipe.RolloutPreference.Beta);
        run.With(_ => Recipe.Named("smoke"));
        Assert.Equal(0.1, RecipeRun.Open("smoke", seed: 1, folder).Recipe.RolloutPreference.Beta);
    }

    [Theory]
    [InlineData("rl", "model.safetensors")]
    [InlineData("rl", "steps.jsonl")]
    [InlineData("rl", "stage.json")]
    public void A_damaged_result_is_set_aside_and_made_again_with_the_same_bits(string stage, string file)
    {
        var folder = smoke.CopyTo(_folder);
        var home = Directory.GetDirectories(folder).Single(path => StageOf(Path.GetFileName(path)) == stage);
        var whole = File.ReadAllBytes(Path.Combine(home, "model.safetensors"));
        var bytes = File.ReadAllBytes(Path.Combine(home, file));
        if (file == "stage.json")
        {
            bytes = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(bytes).Replace("\"Hashes\"", "\"Bashes\"", StringComparison.Ordinal));
        }
        else
        {
            bytes[bytes.Length / 2] ^= 1;
        }

        File.WriteAllBytes(Path.Combine(home, file), bytes);
        RecipeRun.Open("smoke", seed: 1, folder, _said.Add).Reinforce();
        Assert.Contains(_said, line => line.Contains("set aside", StringComparison.Ordinal) && line.Contains(home, StringComparison.Ordinal));
        Assert.True(Directory.Exists(home + ".damaged-1"));
        Assert.Equal(whole, File.ReadAllBytes(Path.Combine(home, "model.safetensors")));
    }

    // Stopped again and again at places drawn at random, and opened anew each time, the run ends with the bits of one that never stopped.
    [Fact]
    public void A_run_that_is_stopped_at_random_and_goes_on_has_the_bits_of_one_that_never_was()
    {
        var stream = Phi4R.Foundation.Randomness.For(1, "stops");
        var stops = 0;
        for (var tries = 0; ; tries++)
        {
            using var source = new CancellationTokenSource();
            var left = 1 + stream.Next(40);
            var run = RecipeRun.Open("smoke", seed: 1, _folder.FullName, _said.Add);
            try
            {
                run.Base(new Countdown<TrainingReport>(Tick), source.Token);
                run.MidTrain(new Countdown<TrainingReport>(Tick), source.Token);
                run.FineTune(new Countdown<TrainingReport>(Tick), cancel: source.Token);
                run.Prefer(new Countdown<PreferenceReport>(Tick), source.Token);
                run.Reinforce(new Countdown<ReinforceReport>(Tick), cancel: source.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
                Assert.True(tries < 60);
            }

            void Tick()
            {
                if (--left == 0)
                {
                    source.Cancel();
                }
            }
        }

        Assert.True(stops >= 2, $"stopped {stops} times");
        foreach (var stage in new[] { "base", "mid-training", "sft", "dpo", "rl" })
        {
            Assert.Equal(Weights(smoke.Folder.FullName, stage), Weights(_folder.FullName, stage));
        }
    }

    [Fact]
    public void Another_seed_makes_other_weights()
    {
        RecipeRun.Open("smoke", seed: 2, _folder.FullName).Base();
        Assert.NotEqual(Weights(smoke.Folder.FullName, "base"), Weights(_folder.FullName, "base"));
    }

    // A puzzle in other words has the same canonical form.
    [Fact]
    public void No_problem_of_a_benchmark_is_in_any_data_that_was_learned_from()
    {
        var run = smoke.Run;
        var training = run.Distill().Rollouts.Select(rollout => rollout.Prompt)
            .Concat(run.Curate().Kept.Select(rollout => rollout.Prompt))
            .Concat(run.Pairs().Pairs.Select(pair => run.Tokenizer.Decode(pair.Prompt)["<|user|>".Length..^"<|end|><|assistant|>".Length]))
            .Concat(run.Prompts().Problems.Select(problem => problem.Question))
            .ToHashSet(StringComparer.Ordinal);
        Assert.True(training.Count > 400);
        var puzzles = training.Select(Canonical).ToHashSet(StringComparer.Ordinal);
        ProblemSet[] held = [PocketBenchmarks.Pocket500(), PocketBenchmarks.PocketHard(), PocketBenchmarks.PocketChoice(), PocketBenchmarks.Validation(600)];
        Assert.All(held.SelectMany(set => set.Problems), problem => Assert.DoesNotContain(Canonical(problem.Question), puzzles));

        static string Canonical(string question)
        {
            var puzzle = PocketPuzzle.Parse(question);
            Assert.True(puzzle is not null, question);
            return puzzle.Canonical;
        }
    }

    private static Dictionary<string, string> Made(string folder) =>
        Directory.GetDirectories(folder).ToDictionary(path => StageOf(Path.GetFileName(path)), path => File.ReadAllText(Path.Combine(path, "stage.json")));

    private static string StageOf(string folder) => folder[..folder.LastIndexOf('-')];

    private static byte[] Weights(string folder, string stage) =>
        File.ReadAllBytes(Path.Combine(Directory.GetDirectories(folder).Single(path => StageOf(Path.GetFileName(path)) == stage), "model.safetensors"));

    private sealed class Countdown<T>(Action tick) : IProgress<T>
    {
        public void Report(T value) => tick();
    }
}
