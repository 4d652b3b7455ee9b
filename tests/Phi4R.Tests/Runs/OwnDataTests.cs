using Phi4R.Checkpoints;
using Phi4R.Data.Import;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Tests.Runs;

/// <summary>The example of one's own data, from its files to a model that has gone through every stage.</summary>
public sealed class OwnDataTests
{
    private static readonly string Example = Path.Combine(Project.Root, "data", "examples", "own-data");

    private readonly string _home = Project.Scratch();

    [Fact]
    public void The_example_goes_from_its_files_through_every_stage()
    {
        var imported = Path.Combine(_home, "own-data");
        var summary = SetImport.Run("own",
            [Path.Combine(Example, "rollouts.jsonl")], imported);
        Assert.Equal((40L, 160L), (summary.Problems, summary.Rollouts));
        Assert.Empty(summary.LeftOut);

        var run = RecipeRun.Open(Recipe(), 1, Path.Combine(_home, "run"));
        var results = run.Get(Pipeline.Evaluation);
        Assert.Equal(["base", "+ mid-training", "+ SFT", "+ Rollout-DPO", "+ RL"],
            results.Results.Select(model => model.Model));
        Assert.All(results.Results, model => Assert.Equal(10, model.PooledScores.Count));

        // By hand: of the 160 completions 43 are there twice, and 87 of the others end in the reference; each pair of
        // the file is one that is learned from.
        Assert.Equal(87, run.Get(Pipeline.Distillation).Rollouts.Count(
            rollout => rollout.Outcome == Outcome.Correct));
        Assert.Equal(15, run.Get(Pipeline.Pairs).Pairs.Count);
    }

    [Fact]
    public void Pairs_of_no_use_are_counted_by_their_reason()
    {
        var pairs = Path.Combine(_home, "pairs.jsonl");
        File.WriteAllLines(pairs,
        [
            "{\"prompt\": \"1+1\", \"chosen\": \"\\\\boxed{2}\", \"rejected\": \"\\\\boxed{3}\"}",
            "{\"prompt\": \"1+1\", \"chosen\": \"\\\\boxed{2}\", \"rejected\": \"\\\\boxed{2}\"}",
            "{\"prompt\": \"1+1\", \"chosen\": \"\\\\boxed{2}\"}",
            "{\"prompt\": \"Größe\", \"chosen\": \"\\\\boxed{2}\", \"rejected\": \"\\\\boxed{3}\"}",
            "{\"prompt\": \"compute 4+8-2\", \"chosen\": \"\\\\boxed{2}\", \"rejected\": \"\\\\boxed{3}\"}",
        ]);
        SetImport.Run("own", [Path.Combine(Example, "rollouts.jsonl")], Path.Combine(_home, "own-data"));
        var folder = Path.Combine(_home, "run");
        var run = RecipeRun.Open(Recipe(pairs), 1, folder);
        Assert.Equal("record 1", Assert.Single(run.Get(Pipeline.Pairs).Pairs).ProblemId);
        Assert.Equal(["both sides are the same text (first: record 2", "the question stands in a benchmark (first: "
                + "record 5", "with signs that the tokenizer has no token for (first: record 4",
                "without a text \"prompt\", \"chosen\" or \"rejected\" (first: record 3"],
            RunRecord.LedgerOf(folder).Where(line => line is { Stage: "pairs", What: "pairs" })
                .Select(line => line.Why.Split(" of ")[0]).Order(StringComparer.Ordinal));
    }

    // The recipe that ships, at this test's places.
    private string Recipe(string? pairs = null)
    {
        var tokenizer = new PocketTokenizer();
        using (var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU))
        {
            ModelExport.Write(model, Path.Combine(_home, "model"), tokenizer.EndOfText, tokenizer.StopIds);
        }

        var text = File.ReadAllText(Path.Combine(Example, "small.json"));
        foreach (var (shipped, here) in new[]
        {
            ("runs/own-model", Path.Combine(_home, "model")),
            ("../runs/own-data", Path.Combine(_home, "own-data")),
            ("examples/own-data/pairs.jsonl", pairs ?? "pairs.jsonl"),
            ("examples/own-data/benchmark.jsonl", "benchmark.jsonl"),
        })
        {
            text = text.Replace($"\"{shipped}", $"\"{Path.GetFullPath(here, Example)}", StringComparison.Ordinal);
        }

        var path = Path.Combine(_home, "recipe.json");
        File.WriteAllText(path, text);
        return path;
    }
}
