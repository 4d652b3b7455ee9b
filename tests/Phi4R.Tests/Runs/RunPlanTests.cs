using System.Text.Json;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Training;

namespace Phi4R.Tests.Runs;

public sealed class RunPlanTests
{
    // Amounts are extrapolated from 200 problems; the run itself says what they are.
    [Fact]
    public void Amounts_are_those_that_the_run_then_has_and_state_is_sixteen_bytes_a_weight()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        var plan = RunPlan.Make(run);
        Assert.Equal(["distillation", "base", "mid-training", "sft", "pairs", "dpo", "prompts", "rl", "evaluation"],
            plan.Stages.Select(stage => stage.Stage));
        Near(Of("base").LearnedTokens, run.Get(Pipeline.Base).Steps, 0.1);
        Near(Of("mid-training").LearnedTokens, run.Get(Pipeline.MidTraining).Steps, 0.1);
        Near(Of("sft").LearnedTokens, run.Get(Pipeline.Sft).Steps, 0.15);
        Assert.Equal(0, Of("pairs").DrawnTokens); // The smoke recipe takes the teacher's answers.

        // Weight, gradient and two moments of 4 bytes, and a count of steps for each tensor.
        var weights = run.Recipe.Model.ParameterCount;
        Assert.All(plan.Stages.Where(stage => stage.LearnedTokens > 0),
            stage => Assert.InRange(stage.StateBytes, 16 * weights, (16 * weights) + 1000));
        Assert.All(plan.Stages, stage =>
            Assert.InRange(stage.CheckpointBytes, stage.LearnedTokens > 0 ? 12 * weights : 0, stage.LearnedTokens > 0
            ? (12 * weights) + 1000 : 0));
        Assert.All(plan.Stages.Where(stage => stage.LearnedTokens + stage.DrawnTokens > 0),
            stage => Assert.True(stage.Seconds > 0 && stage.PeakBytes > Math.Max(4 * weights, stage.StateBytes)));

        StagePlan Of(string name) => plan.Stages.Single(stage => stage.Stage == name);

        static void Near(double planned, IReadOnlyList<TrainingReport> steps, double share) =>
            Assert.InRange(planned / steps.Sum(step => (double)step.Tokens), 1 - share, 1 + share);
    }

    // By hand: weight and gradient of 4 bytes; two moments of 4 bytes each wherever they are kept, or in 8 bits of a
    // byte a number and 4 a block of 256, both of whole blocks, for tensors of 4,096 numbers or more; in 16 bits a
    // weight of 2 bytes, its master and its gradients' sum of 4 each. Then a count of steps for each tensor.
    [Theory]
    [InlineData(OptimizerStateStorage.Host, WeightPrecision.Full)]
    [InlineData(OptimizerStateStorage.EightBit, WeightPrecision.Full)]
    [InlineData(OptimizerStateStorage.EightBit, WeightPrecision.BFloat16)]
    public void State_is_counted_as_it_is_kept(OptimizerStateStorage kept, WeightPrecision precision)
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch())
            .With(recipe => recipe with { Memory = recipe.Memory with { OptimizerState = kept, Weights = precision } });
        var expected = 0L;
        var shapes = run.Recipe.Model.WeightShapes().ToList();
        foreach (var (_, shape) in shapes)
        {
            var numbers = shape.Aggregate(1L, (all, size) => all * size);
            var blocks = (numbers + 255) / 256;
            expected += (precision == WeightPrecision.Full ? 8 : 10) * numbers;
            expected += kept == OptimizerStateStorage.EightBit && numbers >= 4096
                ? 2 * blocks * (256 + 4)
                : 8 * numbers;
        }

        Assert.All(RunPlan.Make(run).Stages.Where(stage => stage.LearnedTokens > 0),
            stage => Assert.InRange(stage.StateBytes, expected, expected + (4 * (shapes.Count + 1))));
    }

    [Fact]
    public void A_plan_holds_for_its_settings_only()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        var plan = RunPlan.Make(run);
        Assert.Equal(plan.Seconds, RunPlan.Of(run)!.Seconds);
        Assert.Null(RunPlan.Of(run.With(recipe => recipe with { Sft = recipe.Sft with { Epochs = 2 } })));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{ "Stages": null, "ProbeSeconds": 1, "Machine": "here", "Settings": "SETTINGS" }""")]
    [InlineData("""{ "Stages": [null], "ProbeSeconds": 1, "Machine": "here", "Settings": "SETTINGS" }""")]
    public void A_damaged_plan_is_said_and_made_anew(string text)
    {
        List<string> said = [];
        var run = RecipeRun.Open("smoke", 1, Project.Scratch(), said.Add);
        var path = Path.Combine(run.Folder, "plan.json");
        File.WriteAllText(path, text.Replace("SETTINGS", RunPlan.SettingsOf(run.Recipe), StringComparison.Ordinal));
        Assert.Null(RunPlan.Of(run));
        Assert.StartsWith("plan.json is damaged (", said.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_planned_stands_beside_what_it_took()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        var plan = RunPlan.Make(run) with
        {
            Stages = [new()
            {
                Stage = "base",
                LearnedTokens = 1,
                DrawnTokens = 0,
                Seconds = 30,
                StateBytes = 1,
                PeakBytes = 1,
            }, new()
            {
                Stage = "rl",
                LearnedTokens = 1,
                DrawnTokens = 1,
                Seconds = 5,
                StateBytes = 1,
                PeakBytes = 1,
            }, new()
            {
                Stage = "evaluation",
                LearnedTokens = 0,
                DrawnTokens = 1,
                Seconds = 8,
                StateBytes = 0,
                PeakBytes = 1,
            }],
        };
        foreach (var (stage, seconds) in new[]
        {
            ("base", 20.0),
            ("answers-base", 1.0),
            ("evaluation-base", 0.5),
            ("answers-rl", 2.0),
            ("evaluation-rl", 0.5),
            ("evaluation-rl-plain", 100),
        })
        {
            var folder = Path.Combine(run.Folder, $"{stage}-0");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "stage.json"),
                JsonSerializer.Serialize(new
                {
                    Stage = stage,
                    Fingerprint = "",
                    Settings = new { },
                    Inputs = Array.Empty<string>(),
                    Seconds = seconds,
                    Hashes = new { },
                }));
        }

        var outcomes = plan.Compare(run);
        Assert.Equal([("base", 30, 20), ("rl", 5, null), ("evaluation", 8, 4)],
            outcomes.Select(stage => (stage.Stage, stage.Planned, stage.Took)));
        Assert.Equal([1.5, null, 2], outcomes.Select(stage => stage.Ratio));
    }
}
