using System.Text.Json;
using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Text;

namespace Phi4R.Tests.Recipes;

public sealed class FileSourceTests
{
    // One of four reference answers is a cut formula.
    [Fact]
    public void Too_many_unreadable_reference_answers_are_refused_before_anything_is_trained()
    {
        var home = Project.Scratch();
        var rollouts = Rollouts();
        string[] answers = ["1", "\\frac{1}{", "2", "3"];
        Problem[] problems = [.. answers.Select((answer, i) => new Problem { Id = $"p{i}", Question = "1+1", Answer = answer, Domain = "sum", Level = 1 })];
        var run = RecipeRun.Open(Recipe(home, rollouts, problems, 0.24), 1, Path.Combine(home, "strict"));
        var error = Assert.Throws<InvalidDataException>(() => RecipeStages.Run(run, to: "mid-training")).Message;
        Assert.All(new[] { "1 of 4 reference answers cannot be read", "0.24", "record 1", "\\frac{1}{" }, part => Assert.Contains(part, error, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(Path.Combine(home, "strict"), "*.safetensors", SearchOption.AllDirectories));

        var allowed = RecipeRun.Open(Recipe(home, rollouts, problems, 0.25), 1, Path.Combine(home, "allowed"));
        RecipeStages.Run(allowed, to: "mid-training");
        Assert.True(File.Exists(allowed.MidTrain().WeightsPath));
    }

    // By hand: three rollouts of the first problem where two are asked for, and one of a third problem.
    [Fact]
    public void Rollouts_beyond_those_asked_for_are_in_the_ledger()
    {
        var home = Project.Scratch();
        var some = Rollouts()[0];
        Rollout[] rollouts = [.. new[] { "p0", "p1", "p0", "p2", "p0", "p1" }.Select(id => some with { ProblemId = id })];
        var folder = Path.Combine(home, "run");
        var kept = RecipeRun.Open(Recipe(home, rollouts, [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 0.02, problemsAsked: 2), 1, folder).Distill();
        Assert.Equal(["p0", "p1", "p0", "p1"], kept.Rollouts.Select(rollout => rollout.ProblemId));
        var ledger = RunRecord.LedgerOf(folder);
        Assert.Single(ledger, line => line is { Stage: "distillation", What: "rollouts", Count: 1 } && line.Why.Contains("beyond the 2 asked for of one problem", StringComparison.Ordinal));
        Assert.Single(ledger, line => line is { Stage: "distillation", What: "rollouts", Count: 1 } && line.Why.Contains("of problems beyond the 2 asked for", StringComparison.Ordinal));
    }

    private static IReadOnlyList<Rollout> Rollouts() => RecipeRun.Open("smoke", 1, Project.Scratch()).Distill().Rollouts;

    // A recipe file of a released folder of random weights, and files of the pocket's size.
    private static string Recipe(string home, IReadOnlyList<Rollout> rollouts, IReadOnlyList<Problem> problems, double unreadableAllowed, int problemsAsked = 400)
    {
        var tokenizer = new PocketTokenizer();
        using (var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU))
        {
            ModelExport.Write(model, Path.Combine(home, "model"), tokenizer.EndOfText, tokenizer.StopIds);
        }

        RolloutFile.Write(Path.Combine(home, "rollouts.jsonl"), rollouts);
        ProblemFile.Write(Path.Combine(home, "problems.jsonl"), problems);
        ProblemFile.Write(Path.Combine(home, "small.jsonl"), PocketBenchmarks.Pocket500(2).Problems);
        var recipe = Path.Combine(home, "files.json");
        File.WriteAllText(recipe, JsonSerializer.Serialize(new
        {
            Base = "smoke",
            PretrainData = (object?)null,
            Pretrain = (object?)null,
            Distill = new { Problems = problemsAsked },
            Files = new
            {
                Model = Path.Combine(home, "model"),
                Tokenizer = "Pocket",
                Rollouts = Path.Combine(home, "rollouts.jsonl"),
                Problems = Path.Combine(home, "problems.jsonl"),
                Benchmarks = new[] { Path.Combine(home, "small.jsonl") },
                UnreadableAnswersAllowed = unreadableAllowed,
                AcceleratorGigabytes = 0,
            },
        }));
        return recipe;
    }
}
