using System.Text.Json;
using Phi4R.Cli;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Show;

namespace Phi4R.Tests.Runs;

/// <summary>
/// Tries of a stage side by side, from folders that are written by hand, and from a sweep of real ones.
/// </summary>
public sealed class StageVariantTests
{
    private readonly string _run = Project.Scratch();

    [Fact]
    public void Tries_are_listed_with_what_differs_their_steps_and_what_their_models_were_worth()
    {
        var first = Write("dpo", "1", new { Seed = 1, RolloutDpo = new { Beta = 0.1, Epochs = 1 } }, [],
            ("steps.jsonl", Steps(0.7, 0.5)));
        var second = Write("dpo", "2", new { Seed = 1, RolloutDpo = new { Beta = 0.3, Epochs = 1 } }, [],
            ("steps.jsonl", Steps(0.7, 0.4, 0.3)));
        Evaluated("1", first, [1, 0, 0.5, 0.5]);
        Evaluated("2", second, [1, 0.5, 0.5, 1]);
        Write("dpo", "3", new { Seed = 1, RolloutDpo = new { Beta = 1.0, Epochs = 1 } }, []);

        var variants = StageVariant.Of([_run], "dpo");
        Assert.Equal(["dpo-1", "dpo-2", "dpo-3"], variants.Select(variant => variant.Name));
        Assert.Equal(["0.1", "0.3", "1"], variants.Select(variant => variant.Differs["RolloutDpo.Beta"]));
        Assert.All(variants, variant => Assert.Single(variant.Differs));
        Assert.Equal([2, 3, 0], variants.Select(variant => variant.Steps.Steps.Count));
        Assert.Equal([0.5, 0.75], variants.Take(2).Select(variant => variant.Results!.Pooled.Mean));
        Assert.Null(variants[2].Results);

        var table = Variants.Table(variants).ToMarkdown();
        Assert.Contains("| dpo-2 | 0.3 | 3 | 0.7 | 0.3 | 75 |", table, StringComparison.Ordinal);
        Assert.Contains("+25.0 [", table, StringComparison.Ordinal);
        Assert.Equal(2, Variants.Curves(variants).AltText.Split("Beta").Length - 1);
        Assert.Contains("there are loss, margin",
            Assert.Throws<ArgumentException>(() => Variants.Curves(variants, "los")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_tried_with_other_settings_is_shown_for_each_stage_that_has_more_than_one_try()
    {
        Write("sft", "1", new { Sft = new { Epochs = 1 } }, []);
        Write("evaluation-sft", "1", new { }, []);
        Write("evaluation-sft", "2", new { }, []);
        var nowhere = Path.Combine(_run, "nowhere");
        Assert.Contains("is not there", RecipeOverrides.Of("smoke", 1, nowhere, Pipeline.Stages),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(nowhere));
        Assert.Contains("No stage in", RecipeOverrides.Of("smoke", 1, _run, Pipeline.Stages),
            StringComparison.Ordinal);
        Write("dpo", "1", new { RolloutDpo = new { Beta = 0.1, Epochs = 1 } }, []);
        Write("dpo", "2", new { RolloutDpo = new { Beta = 0.3, Epochs = 1 } }, []);
        var text = RecipeOverrides.Of("smoke", 1, _run, Pipeline.Stages);
        Assert.Contains("Tries of dpo", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\| dpo-2 \| 0\.3 \| ", text);
        Assert.DoesNotContain("Epochs", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Tries of sft", text, StringComparison.Ordinal);
        Assert.Contains($"phi4r recipe --recipe smoke --seed 1 --out {_run} takes the try", text,
            StringComparison.Ordinal);
    }

    // As a run of a recipe with files keeps its settings, beside one of the pocket.
    [Fact]
    public void Settings_of_a_recipe_with_files_are_told_one_by_one_as_those_of_any_other()
    {
        Write("dpo", "1", new { Seed = 1, RolloutDpo = new { Beta = 0.1 } }, []);
        Write("dpo", "2", new
        {
            settings = new { Seed = 1, RolloutDpo = new { Beta = 0.3 }, Memory = new { Lora = new { Rank = 2 } } },
            files = new { Rollouts = "abc" },
        }, []);
        var variants = StageVariant.Of([_run], "dpo");
        Assert.Equal(["Files.Rollouts", "Memory.Lora.Rank", "RolloutDpo.Beta"],
            variants[0].Differs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["0.1", "not set", "not set"], variants[0].Differs.OrderBy(one => one.Key)
            .Select(one => one.Value).Order(StringComparer.Ordinal));
        Assert.Equal(["\"abc\"", "2", "0.3"], ((string[])["Files.Rollouts", "Memory.Lora.Rank", "RolloutDpo.Beta"])
            .Select(setting => variants[1].Differs[setting]));
    }

    [Fact]
    public void A_stage_that_no_run_has_is_answered_with_those_there_are()
    {
        Write("sft", "1", new { Seed = 1 }, []);
        Assert.EndsWith("there are sft.",
            Assert.Throws<InvalidDataException>(() => StageVariant.Of([_run], "dpo")).Message);
    }

    [Fact]
    public void A_sweep_makes_a_try_of_each_value_and_takes_those_that_are_there()
    {
        var run = RecipeRun.Open("smoke", 1, _run);
        List<string> shown = [];
        var variants = Variants.Sweep(run, Pipeline.MidTraining, "MidTraining.Optimizer.PeakLearningRate",
            [0.001, 0.004], shown.Add);
        Assert.Equal(["0.001", "0.004"],
            variants.Select(variant => variant.Differs["MidTraining.Optimizer.PeakLearningRate"]));
        Assert.All(variants, variant => Assert.NotNull(variant.Results));
        Assert.Contains(shown, html => html.Contains("PeakLearningRate 0.004", StringComparison.Ordinal));

        // One run of TensorBoard for each try, so that their curves lie over each other.
        var events = Path.Combine(_run, "tensorboard");
        Assert.Equal(variants.Select(variant => Path.Combine("mid-training", variant.Name)),
            TensorBoard.Export(_run, events).Select(written => written.Stage)
                .Where(name => name.StartsWith("mid-training", StringComparison.Ordinal)));
        Directory.Delete(events, recursive: true);

        var folders = Directory.GetDirectories(_run).Length;
        Assert.Single(Variants.Sweep(run, Pipeline.MidTraining, "MidTraining.Optimizer.PeakLearningRate", [0.004]));
        Assert.Equal(folders, Directory.GetDirectories(_run).Length);
    }

    private static string Steps(params double[] losses) => string.Concat(losses.Select((loss, i) =>
        $"{{\"step\": {i}, \"steps\": {losses.Length}, \"loss\": {loss}, \"margin\": 0}}\n"));

    private void Evaluated(string hash, StageManifest model, double[] scores)
    {
        var answers = Write("answers-dpo", hash, new { Seed = 1 }, [$"dpo {model.Content}"], ("answers.jsonl", hash));
        var results = new ModelResults("+ DPO", [new BenchmarkResult("four", [.. scores.Select((score, i) =>
            new ProblemResult
            {
                Id = $"{i}", Domain = "algebra", Level = 1, Answers = 2, Right = (int)(2 * score), Truncated = 0,
                Unverifiable = 0, Tokens = 10, Example = "",
            })])]);
        Write("evaluation-dpo", hash, new { Seed = 1 }, [$"answers-dpo {answers.Content}"],
            ("results.json", JsonSerializer.Serialize(results, JsonFormat.Indented)));
    }

    private StageManifest Write(
        string stage, string hash, object settings, string[] inputs, params (string File, string Text)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_run, $"{stage}-{hash}")).FullName;
        foreach (var (file, text) in files)
        {
            File.WriteAllText(Path.Combine(folder, file), text);
        }

        // Contents differ where hashes do.
        var manifest = new StageManifest(stage, hash, JsonSerializer.SerializeToElement(settings), inputs, 1,
            new() { ["model.safetensors"] = $"{stage} {hash}" });
        manifest.Write(folder);
        return manifest;
    }
}
