using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Tests.Runs;

public sealed class FileSourceTests
{
    // One of four reference answers is a cut formula.
    [Fact]
    public void Too_many_unreadable_reference_answers_are_refused_before_anything_is_trained()
    {
        var home = Project.Scratch();
        var rollouts = Rollouts();
        string[] answers = ["1", "\\frac{1}{", "2", "3"];
        Problem[] problems =
            [.. answers.Select((answer, i) => new Problem
            {
                Id = $"p{i}",
                Question = "1+1",
                Answer = answer,
                Domain = "sum",
                Level = 1,
            })];
        var run = RecipeRun.Open(Recipe(home, rollouts, problems, 0.24), 1, Path.Combine(home, "strict"));
        var error = Assert.Throws<InvalidDataException>(() => RecipeStages.Run(run, to: "mid-training")).Message;
        Assert.All(new[] { "1 of 4 reference answers cannot be read", "0.24", "record 1", "\\frac{1}{" },
            part => Assert.Contains(part, error, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(Path.Combine(home, "strict"), "*.safetensors", SearchOption.AllDirectories));

        var allowed = RecipeRun.Open(Recipe(home, rollouts, problems, 0.25), 1, Path.Combine(home, "allowed"));
        RecipeStages.Run(allowed, to: "mid-training");
        Assert.True(File.Exists(allowed.Get(Pipeline.MidTraining).WeightsPath));
    }

    // By hand: three rollouts of the first problem where two are asked for, and one of a third problem.
    [Fact]
    public void Rollouts_beyond_those_asked_for_are_in_the_ledger()
    {
        var home = Project.Scratch();
        var some = Rollouts()[0];
        Rollout[] rollouts = [.. new[]
        {
            "p0",
            "p1",
            "p0",
            "p2",
            "p0",
            "p1",
        }.Select((id, i) => some with { ProblemId = id, Text = $"<think>{i}+1={i + 1}; </think>\\boxed{{{i + 1}}}" })];
        var folder = Path.Combine(home, "run");
        var kept =
            RecipeRun.Open(
                Recipe(home, rollouts,
                    [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 0.02,
                    problemsAsked: 2), 1, folder).Get(Pipeline.Distillation);
        Assert.Equal(["p0", "p1", "p0", "p1"], kept.Rollouts.Select(rollout => rollout.ProblemId));
        var ledger = RunRecord.LedgerOf(folder);
        Assert.Single(ledger, line => line is { Stage: "distillation", What: "rollouts", Count: 1 }
            && line.Why.Contains("beyond the 2 asked for of one problem", StringComparison.Ordinal));
        Assert.Single(ledger, line => line is { Stage: "distillation", What: "rollouts", Count: 1 }
            && line.Why.Contains("of problems beyond the 2 asked for", StringComparison.Ordinal));
    }

    // The first problem's reference is 2, the second's cannot be read and is left out, and the third is in no file: of
    // these two the file's own word stands. What it says of each is in the second place.
    [Fact]
    public void Rollouts_are_judged_by_the_reference_and_what_nobody_could_judge_is_neither_right_nor_wrong()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        (string Problem, bool? Said, string Answer, bool? Expected)[] cases =
        [
            ("p0", true, "2", true), ("p0", false, "02", true), ("p0", true, "3", false), ("p0", null, "4", false),
            ("p1", true, "5", true), ("p1", false, "6", false), ("p1", null, "7", null),
            ("p2", true, "8", true), ("p2", false, "9", false), ("p2", null, "1", null),
        ];
        var some = Rollouts()[0] with { Finished = true, Repetitive = false, Style = "terse", Level = 3 };
        Rollout[] rollouts =
            [.. cases.Select(each => some with
            {
                ProblemId = each.Problem,
                Prompt = $"1+{each.Problem[1]}",
                Verdict = Said(each.Said),
                Text = $"<think>1+1={each.Answer}; </think>\\boxed{{{each.Answer}}}",
            })];
        Problem[] problems = [.. new[]
        {
            "2",
            "\\frac{1}{",
        }.Select((answer, i) => new Problem
        {
            Id = $"p{i}",
            Question = $"1+{i}",
            Answer = answer,
            Domain = "sum",
            Level = 1,
        })];
        var run = RecipeRun.Open(Recipe(home, rollouts, problems, 1), 1, folder)
            .With(("Distill.RolloutsPerProblem", 4), ("PreferenceData.Mix.LevelWeights", new[] { 1, 1, 1, 1, 1 }),
                ("Curation.MissingAllowed", 1));
        var distilled = run.Get(Pipeline.Distillation);
        Assert.Equal(cases.Select(each => each.Expected),
            distilled.Rollouts.Select(rollout => rollout.Outcome switch
            {
                Outcome.Correct => true,
                Outcome.Incorrect =>
                false,
                _ => (bool?)null
            }));
        Assert.Equal(2, distilled.Unverifiable);
        var ledger = RunRecord.LedgerOf(folder);
        Assert.Single(ledger, line => line is { What: "verdicts", Count: 2 });
        Assert.Single(ledger, line => line is { What: "rollouts", Count: 4 }
            && line.Why.Contains("wrong", StringComparison.Ordinal));
        Assert.Single(ledger, line => line is { What: "rollouts", Count: 2 }
            && line.Why.Contains("could not judge", StringComparison.Ordinal));

        // Pairs of the teacher's rollouts: two of the first problem; the second, left out, is asked nothing.
        var (pairs, report) = run.Get(Ablations.PairsOfTeacher);
        Assert.Equal(["p0", "p0"], pairs.Select(pair => pair.ProblemId));
        Assert.Equal((0, 0), (report.AllRight, report.UnverifiableAnswers));
    }

    // The text that stands twice is the same answer to the same question; one runs in circles though the file says that
    // it does not.
    [Fact]
    public void Repeats_are_left_out_and_labels_are_our_own()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        var some = Rollouts()[0] with { Finished = true, Repetitive = false, Verdict = Said(true), Level = 0 };
        string[] texts = ["<think>1+1=2; </think>\\boxed{2}",
            "<think>1+1=2; 1+1=2; 1+1=2; 1+1=2; 1+1=2; </think>\\boxed{2}"];
        Rollout[] rollouts = [.. new[]
        {
            texts[0],
            texts[1],
            texts[0],
        }.Select((text, i) => some with { ProblemId = $"p{i % 2}", Prompt = "1+1", Text = text })];
        Problem[] problems = [.. new[]
        {
            "1+1",
            "2+0",
            "1+1",
        }.Select((question, i) => new Problem
        {
            Id = $"p{i}",
            Question = question,
            Answer = "2",
            Domain = "sum",
            Level = 4,
        })];
        var run = RecipeRun.Open(Recipe(home, rollouts, problems, 1), 1, folder)
            .With(("PreferenceData.FromTeacher", true));
        Assert.Equal([("p0", false, 4), ("p1", true, 4)], run.Get(Pipeline.Distillation).Rollouts
            .Select(rollout => (rollout.ProblemId, rollout.Repetitive, rollout.Level)));
        Assert.Single(RunRecord.LedgerOf(folder), line => line is { What: "rollouts", Count: 1 }
            && line.Why.Contains("there before", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_is_opened_again_reads_no_file_for_its_hash_and_one_that_was_written_again_is_another_stage()
    {
        var home = Project.Scratch();
        Problem[] problems = [new() { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }];
        Rollout[] rollouts = [Rollouts()[0] with { ProblemId = "p0", Prompt = "1+1", Text = "\\boxed{2}" }];
        var recipe = Recipe(home, rollouts, problems, 1);
        var first = Open();
        Assert.True(first.Hashes.Read >= 4);
        var again = Open();
        Assert.Equal(0, again.Hashes.Read);
        Assert.Single(Directory.GetDirectories(Path.Combine(home, "run"), "distillation-*"));
        File.AppendAllText(Path.Combine(home, "rollouts.jsonl"), "\n");
        Assert.Equal(1, Open().Hashes.Read);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(home, "run"), "distillation-*").Length);

        RecipeRun Open()
        {
            var run = RecipeRun.Open(recipe, 1, Path.Combine(home, "run"));
            Assert.Single(run.Get(Pipeline.Distillation).Rollouts);
            return run;
        }
    }

    // As public sets of rollouts are: with the rule of the levels alone nothing would be learned from, and the stage be
    // stored as finished.
    [Fact]
    public void A_set_without_levels_gives_no_empty_stage_but_an_error_or_with_a_weight_of_its_own_a_set()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        Rollout[] rollouts = [.. Rollouts().Select(rollout => rollout with { Level = 0 })];
        var run =
            RecipeRun.Open(
                Recipe(home, rollouts,
                    [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1), 1,
                        folder);
        var error = Assert.Throws<InvalidDataException>(() => run.Get(Pipeline.Sft)).Message;
        Assert.All(new[] { "128 rollouts are asked for", "0 are there", "OtherLevel", "UnknownLevelWeight" },
            part => Assert.Contains(part, error, StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(folder, "sft-??????????"));
        var weighed = run.With(("Curation.UnknownLevelWeight", 1), ("Curation.FillFromOthers", true));
        Assert.Equal(128, weighed.Curate().Kept.Count(rollout => rollout.Level == 0));
    }

    // The released reasoning template opens with a system turn of its own, which stands in the text of its model card;
    // the instruct template has none.
    [Theory]
    [InlineData("instruct", null, "<|user|>1+1<|end|><|assistant|>")]
    [InlineData("reasoning", null, "<|system|>Your name is Phi, an AI math expert developed by "
        + "Microsoft.<|end|><|user|>1+1<|end|><|assistant|>")]
    [InlineData("reasoning", "", "<|user|>1+1<|end|><|assistant|>")]
    [InlineData("instruct", "Think first.", "<|system|>Think first.<|end|><|user|>1+1<|end|><|assistant|>")]
    public void Conversations_open_as_the_models_template_does_or_as_the_recipe_says(
        string template, string? system, string prompt)
    {
        var run = RecipeRun.Open(ReleasedRecipe(Project.Scratch(), ChatTemplate.Named(template), system), 1,
            Project.Scratch());
        Assert.Equal(prompt, run.Tokenizer.Decode(new ChatFormat(run.Tokenizer).Prompt("1+1")));
    }

    [Fact]
    public void A_stage_keeps_the_template_that_it_was_trained_with_and_another_system_turn_is_another_stage()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        var stages = new[]
        {
            null,
            "",
        }.Select(system => RecipeRun.Open(ReleasedRecipe(home, ChatTemplate.Reasoning, system), 1, folder)
            .Get(Pipeline.MidTraining)).ToList();
        Assert.NotEqual(stages[0].WeightsPath, stages[1].WeightsPath);
        Assert.Equal(["reasoning", "instruct"],
            stages.Select(stage => TokenizerFiles.FindTemplate(Path.GetDirectoryName(stage.WeightsPath)!)!.Name));
        using var served = ServedModel.Load(Path.GetDirectoryName(stages[0].WeightsPath)!);
        Assert.StartsWith("<|system|>Your name is Phi",
            served.Tokenizer!.Decode(served.Encode([new ChatMessage("user", "1+1")])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rope_policy_by_length_is_refused_where_stages_learn_from_texts_on_both_sides_of_it()
    {
        var path = Path.Combine(Project.Scratch(), "by-length.json");
        File.WriteAllText(path, """{ "Base": "smoke", "Model": { "RopePolicy": "ByLength" } }""");
        var error = Assert.Throws<InvalidDataException>(() => RecipeRun.Open(path, 1, Project.Scratch())).Message;
        Assert.All(new[] { "rope policy", "above 64 tokens", "AlwaysLong" },
            part => Assert.Contains(part, error, StringComparison.Ordinal));
        File.WriteAllText(path,
            """{ "Base": "smoke", "Model": { "RopePolicy": "ByLength", "OriginalMaxPositions": 256 } }""");
        _ = RecipeRun.Open(path, 1, Project.Scratch());
    }

    [Fact]
    public void The_pockets_tokenizer_writes_no_system_turn_and_says_so()
    {
        var home = Project.Scratch();
        var path = Recipe(home, Rollouts(),
            [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1);
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("\"Tokenizer\"", "\"System\":\"Think first.\",\"Tokenizer\"", StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => RecipeRun.Open(path, 1, Project.Scratch())).Message;
        Assert.Contains("Think first.", error, StringComparison.Ordinal);
        Assert.Contains("Released", error, StringComparison.Ordinal);
    }

    private static string ReleasedRecipe(string home, ChatTemplate template, string? system)
    {
        var path = Recipe(home, Rollouts(),
            [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1,
            problemsAsked: 4);
        var folder = Path.Combine(home, "released");
        var tokenizer = new Phi4MiniTokenizer();
        using (var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model with
        {
            VocabularySize = tokenizer.VocabularySize,
        }, 1, CPU))
        {
            ModelExport.Write(model, folder, tokenizer.EndOfText, tokenizer.StopIds);
        }

        TokenizerExport.Write(folder, template);
        var recipe = JsonNode.Parse(File.ReadAllText(path))!;
        recipe["Model"] = new JsonObject { ["VocabularySize"] = tokenizer.VocabularySize };
        (recipe["Files"]!["Model"], recipe["Files"]!["Tokenizer"], recipe["Files"]!["System"]) = (folder,
            "Released", system);
        File.WriteAllText(path, recipe.ToJsonString());
        return path;
    }

    // The benchmark's first question among the rollouts, twice, and among the problems, once with other spaces.
    [Fact]
    public void What_stands_in_a_benchmark_is_not_learned_from_and_is_counted()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        var asked = PocketBenchmarks.Pocket500(2).Problems[0].Question;
        var rollouts = Rollouts();
        List<Rollout> leaking = [.. rollouts, rollouts[0] with { ProblemId = "leak", Prompt = asked },
            rollouts[1] with { ProblemId = "leak", Prompt = asked }];
        Problem[] problems = [.. new[]
        {
            asked.Replace("+", " + ", StringComparison.Ordinal),
            "1+1",
        }.Select((question, i) => new Problem
        {
            Id = $"p{i}",
            Question = question,
            Answer = "2",
            Domain = "sum",
            Level = 1,
        })];
        var run = RecipeRun.Open(Whole(Recipe(home, leaking, problems, 1)), 1, folder);
        Assert.DoesNotContain(run.Get(Pipeline.Distillation).Rollouts, rollout => rollout.ProblemId == "leak");
        Assert.Equal(rollouts.Select(rollout => rollout.ProblemId).Distinct().Order(StringComparer.Ordinal),
            run.Get(Pipeline.Distillation).Rollouts.Select(rollout => rollout.ProblemId).Distinct()
                .Order(StringComparer.Ordinal));
        run.Get(Pipeline.Pairs);
        var left = RunRecord.LedgerOf(folder)
            .Where(line => line.What != "questions"
                && line.Why.Contains("one of a benchmark", StringComparison.Ordinal)).ToList();
        Assert.Equal([("distillation", "rollouts", 2L), ("pairs", "problems", 1L)],
            left.Select(line => (line.Stage, line.What, (long)line.Count)).Order());

        // So that the pocket's short phrases, which many questions share, do not count.
        static string Whole(string path)
        {
            File.WriteAllText(path, File.ReadAllText(path)
                .Replace("\"Tokenizer\"", "\"SharedWords\":1000,\"Tokenizer\"", StringComparison.Ordinal));
            return path;
        }
    }

    // Shapes are the same, so that the weights would load; but every stage after the first would compute with another
    // rope than the base learned with.
    [Fact]
    public void A_base_with_another_rope_than_the_recipes_is_refused_by_name()
    {
        var home = Project.Scratch();
        var path = Recipe(home, Rollouts(),
            [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1);
        var config = Path.Combine(home, "model", "config.json");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json["rope_theta"] = 500_000;
        File.WriteAllText(config, json.ToJsonString());
        var error = Assert.Throws<InvalidDataException>(() => RecipeRun.Open(path, 1, Project.Scratch())).Message;
        Assert.Contains("RopeTheta (500000; the recipe has 10000)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_whose_reference_cannot_be_checked_are_left_out_and_counted_and_the_others_are_used()
    {
        var home = Project.Scratch();
        string[] answers = ["1", "\\frac{1}{", "2", "3"];
        Problem[] problems =
            [.. answers.Select((answer, i) => new Problem
            {
                Id = $"p{i}",
                Question = $"{i}+1",
                Answer = answer,
                Domain = "sum",
                Level = 1,
            })];
        var ledger = new Ledger("any");
        var run = RecipeRun.Open(Recipe(home, Rollouts(), problems, 1), 1, Path.Combine(home, "run"));
        var kept = run.Data.Source.Problems("any", 10, run.Recipe.GrpoMix, 1, ledger);
        Assert.Equal(["p0", "p2", "p3"], kept.Select(problem => problem.Id).Order(StringComparer.Ordinal));
        Assert.Contains(ledger.Lines, line => line is { What: "problems", Count: 1 }
            && line.Why.Contains("p1 ('\\frac{1}{')", StringComparison.Ordinal));
    }

    // By hand: of the rollouts, one quotes a benchmark's question and another asks it as a second prompt of one
    // problem's id.
    [Fact]
    public void Rollouts_that_quote_a_benchmark_or_ask_its_question_under_a_known_id_are_left_out()
    {
        var (home, folder) = (Project.Scratch(), Project.Scratch());
        const string Question = "A farmer has seven fields of equal size and plants three of them with wheat and the "
            + "rest with rye this spring";
        var some = Rollouts()[0];
        Rollout[] rollouts =
        [
            some with { ProblemId = "a", Prompt = "1+1" },
            some with { ProblemId = "a", Prompt = "1+1", Text = $"{some.Text} I know: {Question}." },
            some with { ProblemId = "a", Prompt = $"{Question}?" },
        ];
        var path = Recipe(home, rollouts,
            [new Problem { Id = "a", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1);
        ProblemFile.Write(Path.Combine(home, "small.jsonl"),
            [new Problem { Id = "b", Question = Question, Answer = "4", Domain = "words", Level = 1 }]);
        Assert.Single(RecipeRun.Open(path, 1, folder).Get(Pipeline.Distillation).Rollouts);
        var ledger = RunRecord.LedgerOf(folder);
        Assert.Single(ledger, line => line is { What: "rollouts", Count: 1 }
            && line.Why.Contains("their question is one of a benchmark", StringComparison.Ordinal));
        Assert.Single(ledger, line => line is { What: "rollouts", Count: 1 }
            && line.Why.Contains("their text quotes 13 words", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"MidTraining\": { \"SequenceLength\": 1000000000 }",
        "MidTraining.SequenceLength is 1,000,000,000, and the model reads 256 tokens")]
    [InlineData("\"Sft\": { \"BatchSize\": 1000000000 }", "Sft.BatchSize is 1,000,000,000. 1,000,000 are the most")]
    [InlineData("\"Model\": { \"RopePolicy\": \"Sometimes\" }",
        "Model.RopePolicy is \"Sometimes\"; expected was one of \"ByLength\", \"AlwaysLong\"")]
    public void A_setting_that_no_machine_can_follow_is_refused_before_anything_starts(string setting, string message)
    {
        var path = Path.Combine(Project.Scratch(), "mine.json");
        File.WriteAllText(path, $$"""{ "Base": "smoke", {{setting}} }""");
        Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() => RecipeRun.Open(path, 1, Project.Scratch())).Message,
            StringComparison.Ordinal);
    }

    // None is verified, so that no stage that trains has a row to be measured with.
    [Fact]
    public void An_estimate_that_has_nothing_to_go_by_is_noted_and_stops_nothing()
    {
        var home = Project.Scratch();
        IReadOnlyList<Rollout> wrong = [.. Rollouts().Select(rollout => rollout with { Verdict = Said(false) })];
        var run =
            RecipeRun.Open(
                Recipe(home, wrong,
                    [new Problem { Id = "p0", Question = "1+1", Answer = "2", Domain = "sum", Level = 1 }], 1), 1,
                        Path.Combine(home, "run"));
        var plan = RunPlan.Make(run);
        Assert.Contains(plan.Notes, note =>
            note.Contains("sampled rollouts are wrong, truncated or could not be verified", StringComparison.Ordinal));
        Assert.Contains(plan.Notes, note => note.StartsWith("what mid-training will take could not be estimated: of "
            + "the sampled data there is no document", StringComparison.Ordinal));
        Assert.Contains(plan.Stages, stage => stage is { Stage: "mid-training", Seconds: 0 });
        Assert.Equal(plan.Notes, RunPlan.Of(run)!.Notes);
    }

    private static Verdict? Said(bool? right) =>
        right is { } known ? Rollout.OfFile(known ? Outcome.Correct : Outcome.Incorrect) : null;

    private static IReadOnlyList<Rollout> Rollouts() =>
        RecipeRun.Open("smoke", 1, Project.Scratch()).Get(Pipeline.Distillation).Rollouts;

    // A recipe file of a released folder of random weights, and files of the pocket's size.
    private static string Recipe(string home, IReadOnlyList<Rollout> rollouts, IReadOnlyList<Problem> problems,
        double unreadableAllowed, int problemsAsked = 400)
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
