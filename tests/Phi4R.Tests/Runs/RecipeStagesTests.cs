using System.Diagnostics;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Verification;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Runs;

public sealed class RecipeStagesTests
{
    [Fact]
    public void Stages_from_one_to_another_are_run_and_told_and_no_others()
    {
        var folder = Project.Scratch();
        List<string> done = [];
        List<StageProgress> steps = [];
        Assert.Null(RecipeStages.Run(RecipeRun.Open("smoke", 1, folder), "base", "mid-training",
            new InlineProgress<StageProgress>(steps.Add), done.Add));
        Assert.Equal(["base", "mid-training"], done);
        Assert.Equal(["base", "distillation", "mid-training"],
            Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => name != "tokens")
                .Select(name => name[..^11]).Order(StringComparer.Ordinal));
        Assert.All(steps, step => Assert.Contains(step.Stage, Pipeline.Stages.Select(stage => stage.Name)));
        Assert.All(steps.Where(step => step.Stage == "base"),
            step => Assert.True(step.Values.Single(value => value.Name == "loss").Value > 0));
    }

    [Theory]
    [InlineData("sft", "dqo", "There is no stage 'dqo'")]
    [InlineData("rl", "sft", "comes after the last")]
    public void Stages_that_cannot_be_are_refused(string from, string to, string message) =>
        Assert.Contains(message,
            Assert.Throws<ArgumentException>(() => RecipeStages.Check(Pipeline.Stages, from, to)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("lab")]
    [InlineData("paper")]
    public void What_a_recipe_needs_and_the_machine_has_not_is_told_before_anything_starts(string recipe)
    {
        var folder = Path.Combine(Project.Scratch(), "run");
        var error = Assert.Throws<InvalidDataException>(() => RecipeRun.Open(recipe, 1, folder)).Message;
        Assert.All(new[] { "PHI4R_MODEL", "rollouts.jsonl", "problems.jsonl", "aime24.jsonl", "80 GB" },
            need => Assert.Contains(need, error, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void A_recipe_file_says_only_what_differs_and_a_misspelt_setting_is_named()
    {
        var path = Path.Combine(Project.Scratch(), "mine.json");
        File.WriteAllText(path,
            """{ "Base": "smoke", "Sft": { "Epochs": 3, "Optimizer": { "PeakLearningRate": 5e-4 } } } // a comment""");
        var recipe = Recipe.Named(path);
        var expected = Phi4R.Recipes.Pocket.Smoke with
        {
            Name = "mine",
            Sft = Phi4R.Recipes.Pocket.Smoke.Sft with
            {
                Epochs = 3,
                Optimizer = Phi4R.Recipes.Pocket.Smoke.Sft.Optimizer with { PeakLearningRate = 5e-4 },
            },
        };
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(recipe));
        File.WriteAllText(path, """{ "Base": "smoke", "Sft": { "Epoch": 3 } }""");
        Assert.Contains("Epoch", Assert.Throws<InvalidDataException>(() => Recipe.Named(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(path, """{ "Base": "smoke", "Sft": { "Epochs": 0 } }""");
        Assert.Contains("Epochs is 0", Assert.Throws<InvalidDataException>(() => Recipe.Named(path)).Message,
            StringComparison.Ordinal);
    }

    // The path that the real weights take, on a released folder, rollouts and problems of the pocket's size.
    [Fact]
    public void A_recipe_of_files_runs_from_a_released_folder_to_its_benchmarks()
    {
        var home = Project.Scratch();
        var tokenizer = new PocketTokenizer();
        var smoke = RecipeRun.Open("smoke", 1, Path.Combine(home, "smoke"));
        using (var model = smoke.Get(Pipeline.Base).Load())
        {
            ModelExport.Write(model, Path.Combine(home, "model"), tokenizer.EndOfText, tokenizer.StopIds);
        }

        // One right rollout is far too long: it is left out, and that is in the ledger.
        var rollouts = smoke.Get(Pipeline.Distillation).Rollouts;
        var right = rollouts.First(rollout => rollout is { Outcome: Outcome.Correct, Finished: true });
        var endless = right with
        {
            ProblemId = "endless",
            Text = "<think>" + string.Join(" ", Enumerable.Repeat("1+1=2;", 60)) + "</think>"
                + right.Text[right.Text.IndexOf("\\boxed", StringComparison.Ordinal)..],
        };
        RolloutFile.Write(Path.Combine(home, "rollouts.jsonl"), [endless, .. rollouts]);
        ProblemFile.Write(Path.Combine(home, "problems.jsonl"),
            rollouts.Where(rollout => rollout is { Outcome: Outcome.Correct, Finished: true })
                .DistinctBy(rollout => rollout.ProblemId)
            .Select(rollout => new Problem
            {
                Id = rollout.ProblemId,
                Question = rollout.Prompt,
                Answer = Boxes.Find(rollout.Text)!.Answer!,
                Domain = rollout.Domain,
                Level = rollout.Level,
            }));
        ProblemFile.Write(Path.Combine(home, "small.jsonl"), PocketBenchmarks.Pocket500(6).Problems);
        var recipe = Path.Combine(home, "files.json");
        File.WriteAllText(recipe, JsonSerializer.Serialize(new
        {
            Base = "smoke",
            PretrainData = (object?)null,
            Pretrain = (object?)null,
            Files = new
            {
                Model = Path.Combine(home, "model"),
                Tokenizer = "Pocket",
                Rollouts = Path.Combine(home, "rollouts.jsonl"),
                Problems = Path.Combine(home, "problems.jsonl"),
                Benchmarks = new[] { Path.Combine(home, "small.jsonl") },
                AcceleratorGigabytes = 0,
            },
        }));
        var run = RecipeRun.Open(recipe, 1, Path.Combine(home, "run"));
        var summary = RecipeStages.Run(run)!;
        Assert.Equal(5, summary.Rows.Count);
        Assert.Equal(["small"], summary.Rows[0].Benchmarks.Select(benchmark => benchmark.Benchmark));
        Assert.Equal(File.ReadAllBytes(smoke.Get(Pipeline.Base).WeightsPath),
            File.ReadAllBytes(run.Get(Pipeline.Base).WeightsPath));
        Assert.True(run.Get(Pipeline.Pairs).Pairs.Count > 10);
        Assert.Contains(run.Get(Pipeline.MidTraining).Ledger,
            line => line.What == "documents" && line.Count == 1
                && line.Why.Contains("longer than 256 tokens", StringComparison.Ordinal));

        // Another byte in a file is another run of all stages that read files.
        File.AppendAllText(Path.Combine(home, "rollouts.jsonl"), "\n");
        Assert.NotEqual(run.Get(Pipeline.Base).Record.Fingerprint,
            RecipeRun.Open(recipe, 1, Path.Combine(home, "run")).Get(Pipeline.Base).Record.Fingerprint);
    }

    // By hand: 240 million tokens at 10,000 a second are 6.7 hours; a weekend has 60.
    [Fact]
    public void The_lab_recipe_fits_a_weekend_and_a_card_as_far_as_arithmetic_goes()
    {
        var estimates = Pipeline.Stages.Select(stage => stage.OnLab).OfType<StageEstimate>().ToList();
        Assert.Equal(240e6 / 10_000 / 3600, Pipeline.MidTraining.OnLab!.Hours, tolerance: 0.05);
        Assert.InRange(estimates.Sum(stage => stage.Hours), 10, 60);
        Assert.All(estimates, stage => Assert.InRange(stage.DeviceGigabytes, 8, 75));
        Assert.Equal(Paper.Recipe.Model, Lab.Recipe.Model);
    }

    [Fact]
    public void Stabilizers_can_be_left_out_one_by_one()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        var steady = run.Get(Ablations.GrpoWithout(Stabilizers.Anneal));
        Assert.Equal("rl-without-anneal", steady.Record.Stage);
        Assert.All(steady.Steps, step => Assert.Equal(1, step.Temperature));
        Assert.Contains(steady.Ledger, line => line.What == "answers");

        // The pairs are looked at before anything is learned from them.
        var audit = run.Get(Pipeline.Dpo).Record.Read<PairAudit>("audit.json");
        Assert.Equal(run.Get(Pipeline.Pairs).Pairs.Count, audit.Pairs);
    }

    [Fact]
    public void The_command_runs_a_part_in_plain_lines_and_says_what_it_does_not_know()
    {
        var folder = Project.Scratch();
        var (code, text) = Recipe_("--recipe", "smoke", "--to", "base", "--out", folder);
        Assert.Equal(0, code);
        Assert.Contains("base: step 1 of", text, StringComparison.Ordinal);
        Assert.Contains("base: done", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
        Assert.Contains("are expected to take", text, StringComparison.Ordinal);
        (code, text) = Recipe_("--profile", "smoke", "--from", "base", "--to", "base", "--out", folder, "--no-plan");
        Assert.Equal(0, code);
        Assert.DoesNotContain("expected to take", text, StringComparison.Ordinal);
        Assert.Contains("settings and inputs have not changed", text, StringComparison.Ordinal);
        (code, text) = Recipe_("--recipe", "lab", "--plan");
        Assert.Equal(1, code);
        Assert.Contains("MISSING model", text, StringComparison.Ordinal);
        Assert.Contains("| mid-training | 240 | 6.7 | 54 | 11.1 |", text, StringComparison.Ordinal);
        (code, text) = Recipe_("--recipe", "smok");
        Assert.Equal(1, code);
        Assert.Contains("There is no recipe 'smok'", text, StringComparison.Ordinal);

        static (int, string) Recipe_(params string[] words)
        {
            using var process = Process.Start(
                new ProcessStartInfo("dotnet",
                    [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "recipe", .. words])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            var error = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said + error.Result);
        }
    }
}
