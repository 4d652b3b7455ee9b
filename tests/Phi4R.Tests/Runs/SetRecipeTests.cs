using System.Text.Json;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Tests.Runs;

/// <summary>Fine-tuning on a public set alone, as in the paper's table of LIMO and s1K, at the pocket's size.</summary>
public sealed class SetRecipeTests
{
    // The set has LIMO's shape, and the texts are the pocket's. What nobody verified is learned from only where the
    // recipe says so.
    [Fact]
    public void An_imported_set_alone_fine_tunes_the_base_model_and_both_are_evaluated()
    {
        var home = Project.Scratch();
        var stream = Randomness.For(1, "set");
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        var mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0 };
        var limo = Path.Combine(home, "limo.jsonl");
        File.WriteAllLines(limo, Enumerable.Range(0, 200).Select(_ =>
        {
            var problem = PocketProblems.Draw(stream, mix, Split.Training);
            var solution = teacher.Answer(problem, 1, stream)[0].Text;
            return JsonSerializer.Serialize(new { question = problem.Question, solution, answer = problem.Answer });
        }));
        var summary = SetImport.Run("LIMO", [limo], Path.Combine(home, "limo"));
        Assert.Equal(200, summary.Rollouts);
        var run = RecipeRun.Open(Recipe(home), 1, Path.Combine(home, "run"));
        Assert.Equal(["distillation", "base", "sft", "evaluation"], run.Stages.Select(stage => stage.Name));
        var table = RecipeStages.Run(run);
        Assert.Equal(["base", "+ SFT alone"], table!.Rows.Select(row => row.Model));
        var learned = run.Curate();
        Assert.InRange(learned.Kept.Count, 110, 120);
        Assert.All(learned.Kept, rollout =>
            Assert.Equal((Problem.UnknownDomain, 0, "LIMO"), (rollout.Domain, rollout.Level, rollout.Source)));

        // The parts are what the stages' keys are made of: other rollouts are other stages.
        File.Delete(RolloutParts.Files(Path.Combine(home, "limo"))[0]);
        using (var writer = new RolloutWriter(Path.Combine(home, "limo")))
        {
            learned.Kept.Take(115).ToList().ForEach(writer.Add);
            writer.Complete();
        }

        Assert.Equal(115, RecipeRun.Open(Recipe(home), 1, Path.Combine(home, "run")).Get(Pipeline.Distillation).Rollouts
            .Count);
    }

    [Fact]
    public void The_recipes_of_the_papers_second_table_say_what_the_sets_own_papers_say()
    {
        var (limo, s1) = (Read("limo"), Read("s1k"));
        Assert.All([limo, s1], recipe =>
        {
            Assert.True(recipe.FineTuningOnly && recipe.Curation.TakeUnverified);
            Assert.Equal(Decay.Cosine, recipe.Sft.Optimizer.Decay);
            Assert.Equal(1, recipe.Curation.UnknownLevelWeight);
            Assert.Equal(Lab.Recipe.Model, recipe.Model, (a, b) => a!.Layers == b!.Layers && a.Width == b.Width);
        });
        Assert.Equal((817, 15, 64, 5e-6, 0.0), (limo.Curation.Count, limo.Sft.Epochs, limo.Sft.BatchSize,
            limo.Sft.Optimizer.PeakLearningRate, limo.Sft.Optimizer.WarmupRatio));
        Assert.Equal((1000, 5, 16, 1e-5, 0.05), (s1.Curation.Count, s1.Sft.Epochs, s1.Sft.BatchSize,
            s1.Sft.Optimizer.PeakLearningRate, s1.Sft.Optimizer.WarmupRatio));
        Assert.Equal(["deepseek"], s1.Curation.Styles);

        static Recipe Read(string name) =>
            Phi4R.Recipes.Recipe.Named(Path.Combine(Project.Root, "data", "recipes", $"{name}.json"));
    }

    private static string Recipe(string home)
    {
        var tokenizer = new PocketTokenizer();
        if (!Directory.Exists(Path.Combine(home, "model")))
        {
            using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
            ModelExportOf(model);
            ProblemFile.Write(Path.Combine(home, "small.jsonl"), PocketBenchmarks.Pocket500(2).Problems);
        }

        var path = Path.Combine(home, "pocket-limo.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            Base = "smoke",
            FineTuningOnly = true,
            PretrainData = (object?)null,
            Pretrain = (object?)null,
            Distill = new { Problems = 200, RolloutsPerProblem = 1 },
            Curation = new
            {
                Count = 120,
                UnknownLevelWeight = 1,
                TakeUnverified = true,
                FillFromOthers = true,
                Styles = (object?)null,
            },
            Files = new
            {
                Model = Path.Combine(home, "model"),
                Tokenizer = "Pocket",
                Rollouts = Path.Combine(home, "limo"),
                Problems = Path.Combine(home, "limo", "problems.jsonl"),
                Benchmarks = new[] { Path.Combine(home, "small.jsonl") },
                SharedWords = 1000,
                AcceleratorGigabytes = 0,
            },
        }));
        return path;

        void ModelExportOf(LanguageModel model) => Phi4R.Checkpoints.ModelExport.Write(
            model, Path.Combine(home, "model"), tokenizer.EndOfText, tokenizer.StopIds);
    }
}
