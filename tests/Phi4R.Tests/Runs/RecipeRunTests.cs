using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Tasks.Pocket;
using Phi4R.Verification;

namespace Phi4R.Tests.Runs;

/// <summary>The smallest recipe from end to end: what is made, taken again, damaged.</summary>
public sealed class RecipeRunTests(RecipeRunTests.Finished finished) : IClassFixture<RecipeRunTests.Finished>
{
    [Fact]
    public void A_second_run_makes_nothing_again_and_says_so()
    {
        List<string> said = [];
        var again = RecipeRun.Open("smoke", 1, finished.Folder, said.Add);
        var before = Directory.GetDirectories(finished.Folder).Order(StringComparer.Ordinal).ToList();
        again.Get(Pipeline.Evaluation);
        Assert.Equal(before, Directory.GetDirectories(finished.Folder).Order(StringComparer.Ordinal));
        Assert.Equal(18, said.Count);
        Assert.All(said,
            line => Assert.Contains("settings and inputs have not changed", line, StringComparison.Ordinal));
        Assert.Contains("dpo", said.Select(RecipeRun.TakenStage));
        Assert.All(said, line => Assert.Equal(line.Split(':')[0], RecipeRun.TakenStage(line)));
        Assert.Null(RecipeRun.TakenStage("dpo: is made again, since the verifier changed."));
    }

    [Fact]
    public void Progress_of_the_evaluation_counts_the_answers_of_all_five_models()
    {
        var folder = Copy();
        Directory.GetDirectories(folder, "answers-*").ToList()
            .ForEach(stage => Directory.Delete(stage, recursive: true));
        List<int> told = [];
        var run = RecipeRun.Open("smoke", 1, folder);
        var (_, results) = run.Get(
            Pipeline.Evaluation, new InlineProgress<StageProgress>(step => told.Add(step.Step + 1)));
        Assert.Equal(
            results.Sum(model => model.Benchmarks.Sum(benchmark => benchmark.Problems.Sum(problem => problem.Answers))),
            run.AnswersOfEvaluation);
        Assert.Equal(told.Order(), told);
        Assert.Equal(run.AnswersOfEvaluation, told[^1]);
        Assert.Equal(5, told.Count(count => count > 0 && count % (run.AnswersOfEvaluation / 5) == 0));
    }

    [Fact]
    public void A_changed_setting_makes_that_stage_and_those_after_it_again()
    {
        var folder = Copy();
        List<string> said = [];
        var run = RecipeRun.Open("smoke", 1, folder, said.Add)
            .With(recipe => recipe with
            {
                Sft = recipe.Sft with { Optimizer = recipe.Sft.Optimizer with { PeakLearningRate = 5e-4 } },
            });
        run.Get(Pipeline.Dpo);
        Assert.Equal(["base", "distillation", "mid-training"], Taken(said));

        // Why the others are made again is said: the stage itself for its setting, those after it for what it made.
        Assert.Equal(["dpo", "pairs", "sft"], Again(said));
        Assert.Matches("^sft: is made again, since it is not sft-.*: Sft.Optimizer.PeakLearningRate: 0.001 "
            + "and 0.0005.$", Of("sft"));
        Assert.Matches("^pairs: is made again, since it is not pairs-.*: its input 'sft' is another.$", Of("pairs"));

        // Who opens the run next is asked for the recipe's own.
        Assert.Equal(1e-3, RecipeRun.Open("smoke", 1, folder).Recipe.Sft.Optimizer.PeakLearningRate);

        string Of(string stage) => said.Single(line => line.StartsWith($"{stage}: is made", StringComparison.Ordinal));
    }

    // The other verifier says the same of everything here, so what is learned from its verdicts is not learned again.
    [Fact]
    public void Under_another_verifiers_code_what_was_judged_is_judged_again_and_nothing_else_is_drawn_or_trained()
    {
        var folder = Copy();
        List<string> said = [];
        RecipeRun.Open("smoke", 1, folder, said.Add).JudgedBy("of another build").Get(Pipeline.Evaluation);
        string[] models = ["base", "dpo", "mid-training", "rl", "sft"];
        Assert.Equal(
            ["distillation", .. models.Select(model => $"evaluation-{model}"), "pairs", "prompts", "rl"], Again(said));
        Assert.Equal([.. models.Select(model => $"answers-{model}"), "base", "dpo", "mid-training", "sft"],
            Taken(said));
        const string Reason = ": the verifier's code has changed since its answers were judged.";
        Assert.All(said.Where(IsAgain), line => Assert.EndsWith(Reason, line, StringComparison.Ordinal));

        // And once judged, it stands.
        said.Clear();
        RecipeRun.Open("smoke", 1, folder, said.Add).JudgedBy("of another build").Get(Pipeline.Evaluation);
        Assert.Empty(Again(said));
    }

    // As folders of before lie there: under names of other keys, without seals.
    [Fact]
    public void What_an_older_version_left_is_made_again_and_one_line_says_why()
    {
        var folder = Copy();
        foreach (var stage in new[] { "distillation", "base" })
        {
            var old = Path.Combine(folder, $"{stage}-0123456789");
            Directory.Move(Directory.GetDirectories(folder, $"{stage}-*").Single(), old);
            var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(old, "stage.json")))!.AsObject();
            manifest.Remove("Seal");
            manifest["Settings"]!.AsObject().Remove("Verifier");
            manifest["Made"]!.AsObject().Remove("Processor");
            File.WriteAllText(Path.Combine(old, "stage.json"), manifest.ToJsonString());
        }

        List<string> said = [];
        var run = RecipeRun.Open("smoke", 1, folder, said.Add);
        run.Get(Pipeline.Distillation);
        run.Get(Pipeline.Base);
        Assert.Equal(2, said.Count);
        Assert.StartsWith("distillation: is made again, since distillation-0123456789 is of an older version", said[0],
            StringComparison.Ordinal);
        Assert.StartsWith("base: is made again, since base-0123456789 is of an older version", said[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_answer_of_an_evaluation_is_kept_with_its_verdict_and_can_be_judged_again_without_a_model()
    {
        var results = finished.Run.Evaluate(finished.Run.Get(Pipeline.Grpo));
        var answers = JsonLines.Read<EvaluationAnswer>(Kept("answers-rl", "answers.jsonl")).ToList();
        var verdicts = JsonLines.Read<EvaluationVerdict>(Kept("evaluation-rl", "verdicts.jsonl")).ToList();
        var problems = results.Benchmarks.SelectMany(benchmark => benchmark.Problems).ToList();
        Assert.Equal(problems.Sum(problem => problem.Answers), answers.Count);
        Assert.Equal(problems.Sum(problem => problem.Tokens), answers.Sum(answer => (long)answer.Tokens));
        Assert.Equal(problems.Sum(problem => problem.Truncated), answers.Count(IsTruncated));
        Assert.Equal(problems.Sum(problem => problem.Right), verdicts.Count(one => one.Outcome == Outcome.Correct));
        Assert.Equal(
            answers.Select(answer => (answer.Benchmark, answer.Problem, answer.Number)),
            verdicts.Select(verdict => (verdict.Benchmark, verdict.Problem, verdict.Number)));
        Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Reason));

        // Another verifier, which goes by the text's length alone.
        var benchmark = finished.Run.Data.Source.Benchmarks(finished.Run.Recipe.Benchmarks, validation: false)[^1];
        List<EvaluationAnswer> own = [.. answers.Where(answer => answer.Benchmark == benchmark.Name)];
        var other = Evaluate.Judge(benchmark, own, (_, text) => new Verdict(ByLength(text), null, "by length")).Result;
        var whole = own.Where(answer => !IsTruncated(answer)).ToLookup(answer => ByLength(answer.Text));
        Assert.Equal(whole[Outcome.Correct].Count(), other.Problems.Sum(problem => problem.Right));
        Assert.Equal(whole[Outcome.Unverifiable].Count(), other.Problems.Sum(problem => problem.Unverifiable));

        // Answers in another order, or some missing, are not judged as if they were these.
        Refused($"to '{benchmark.Problems[0].Id}' of {benchmark.Name} is expected", [.. own.AsEnumerable().Reverse()]);
        Refused($"There are {own.Count - 1} answers", own[1..]);

        string Kept(string stage, string file) =>
            Path.Combine(Directory.GetDirectories(finished.Folder, $"{stage}-*").Single(), file);

        static bool IsTruncated(EvaluationAnswer answer) => answer.Finish == FinishReason.Length;

        static Outcome ByLength(string text) => text.Length % 2 == 0 ? Outcome.Correct : Outcome.Unverifiable;

        void Refused(string message, List<EvaluationAnswer> answers)
        {
            var error = Assert.Throws<InvalidDataException>(
                () => Evaluate.Judge(benchmark, answers, Verifiers.FinalAnswer));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    // Any byte of it: settings, inputs, time, machine, hashes, the seal itself.
    [Fact]
    public void A_changed_byte_in_a_finished_stages_manifest_is_noticed_and_named()
    {
        var folder = Copy();
        var manifest = Path.Combine(Directory.GetDirectories(folder, "distillation-*").Single(), "stage.json");
        var whole = File.ReadAllBytes(manifest);
        for (var at = 0; at < whole.Length; at += 97)
        {
            File.WriteAllBytes(manifest, [.. whole[..at], (byte)(whole[at] ^ 1), .. whole[(at + 1)..]]);
            var error = Assert.Throws<InvalidDataException>(() => RunRecord.LedgerOf(folder));
            Assert.Contains("stage.json cannot be read: ", error.Message, StringComparison.Ordinal);
        }

        List<string> said = [];
        RecipeRun.Open("smoke", 1, folder, said.Add).Get(Pipeline.Distillation);
        Assert.Matches("stage.json cannot be read: .* was set aside as distillation-.*.damaged-1 and is made again",
            said[0]);
        Assert.Empty(RunDiff.Of(finished.Folder, folder).Lines);
    }

    [Fact]
    public void A_setting_is_named_by_its_place_in_a_recipe_file_and_null_leaves_the_recipes_own()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        Assert.Empty(run.Parameters);
        var same = run.With(("MidTraining.Epochs", null), ("MidTraining.SequenceLength", 256));
        Assert.Equal([new("MidTraining.Epochs", "1", "1"), new("MidTraining.SequenceLength", "256", "256")],
            same.Parameters);
        Assert.DoesNotContain(same.Parameters, parameter => parameter.Changed);

        // A list, a switch and a number of another kind than the setting's; and what was changed before stays changed.
        var other = same.With(("MidTraining.Epochs", 3), ("Curation.LevelWeights", new[] { 1, 0, 0, 0, 0 }),
            ("Grpo.Anneal", false), ("RolloutDpo.Beta", 2))
            .With(recipe => recipe with { Sft = recipe.Sft with { Epochs = 2 } });
        Assert.Equal((3, 2, false, 2.0),
            (other.Recipe.MidTraining.Epochs, other.Recipe.Sft.Epochs, other.Recipe.Grpo.Anneal,
                other.Recipe.RolloutDpo.Beta));
        Assert.Equal([1, 0, 0, 0, 0], other.Recipe.Curation.LevelWeights);
        Assert.Equal(
            ["MidTraining.Epochs 1 3", "Curation.LevelWeights [0,10,25,30,35] [1,0,0,0,0]", "Grpo.Anneal true false",
                "RolloutDpo.Beta 1 2", "Sft.Epochs 1 2"],
            other.Parameters.Where(parameter => parameter.Changed).Select(parameter => $"{parameter.Setting} "
                + $"{parameter.InRecipe} {parameter.InRun}"));
    }

    [Theory]
    [InlineData("MidTraining.Epoch", 2, "Epoch")]
    [InlineData("MidTrian.Epochs", 2, "has nothing at MidTrian.Epochs")]
    [InlineData("MidTraining.Epochs", 0, "Epochs is 0")]
    [InlineData("MidTraining.Epochs", "many",
        "In the recipe 'smoke' MidTraining.Epochs is \"many\"; expected was a whole number")]
    public void A_setting_that_there_is_not_or_that_cannot_be_is_named(string setting, object value, string message) =>
        Assert.Contains(message,
            Assert.Throws<ArgumentException>(
                () => RecipeRun.Open("smoke", 1, Project.Scratch()).With((setting, value))).Message,
                    StringComparison.Ordinal);

    // Stopped after its second step; then the time of that try is written over as a thousand seconds.
    [Fact]
    public void A_stage_that_was_stopped_took_as_long_as_all_its_tries_together()
    {
        var folder = Project.Scratch();
        using var stop = new CancellationTokenSource();
        var stopping = new InlineProgress<StageProgress>(report =>
        {
            if (report.Step == 1)
            {
                stop.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(
            () => RecipeRun.Open("smoke", 1, folder).Get(Pipeline.Base, stopping, stop.Token));
        var spent = Path.Combine(Directory.GetDirectories(folder, "base-*.part").Single(), "seconds");
        Assert.InRange(double.Parse(File.ReadAllText(spent), System.Globalization.CultureInfo.InvariantCulture),
            0.001, 600);
        File.WriteAllText(spent, "1000");
        var stage = Path.GetDirectoryName(RecipeRun.Open("smoke", 1, folder).Get(Pipeline.Base).WeightsPath)!;
        using var manifest = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(stage, "stage.json")));
        Assert.InRange(manifest.RootElement.GetProperty("Seconds").GetDouble(), 1000.001, 1600);
        Assert.False(File.Exists(Path.Combine(stage, "seconds")));
    }

    [Fact]
    public void A_folder_of_another_seed_or_recipe_is_refused()
    {
        Assert.Contains("seed 1, and seed 2",
            Assert.Throws<InvalidDataException>(() => RecipeRun.Open("smoke", 2, finished.Folder)).Message,
            StringComparison.Ordinal);
        Assert.Contains("of the recipe 'smoke'",
            Assert.Throws<InvalidDataException>(() => RecipeRun.Open("pocket", 1, finished.Folder)).Message,
            StringComparison.Ordinal);
    }

    // Notebooks once wrote the settings of their cells there, and every command obeyed it.
    [Fact]
    public void A_recipe_json_in_the_runs_folder_is_named_and_not_obeyed()
    {
        var folder = Project.Scratch();
        File.WriteAllText(Path.Combine(folder, "recipe.json"),
            """{ "Base": "smoke", "Name": "smoke", "Sft": { "Epochs": 7 } }""");
        List<string> said = [];
        Assert.Equal(1, RecipeRun.Open("smoke", 1, folder, said.Add).Recipe.Sft.Epochs);
        Assert.Contains("is not obeyed", Assert.Single(said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Base": "SELF" }""", "is one of them its own?")]
    [InlineData("""{ "Base": "smoke", "Sft": null }""", "Sft")]
    [InlineData("""{ "Base": "smoke", "Name": "../../evil" }""", "'../../evil', of which a folder is made")]
    [InlineData("""{ "Base": "smoke", "Grpo": { "GroupSize": 1 } }""", "GroupSize is 1")]
    public void A_recipe_file_that_makes_no_sense_is_refused(string text, string message)
    {
        var path = Path.Combine(Project.Scratch(), "mine.json");
        File.WriteAllText(path, text.Replace("SELF", path, StringComparison.Ordinal));
        Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() => RecipeRun.Open(path, 1, Project.Scratch())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_stage_has_no_ledger_and_says_so() =>
        Assert.Contains("no finished stage",
            Assert.Throws<InvalidDataException>(() => RunRecord.LedgerOf(Project.Scratch())).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Two_records_of_one_seed_are_refused()
    {
        var records = Project.Scratch();
        foreach (var name in new[] { "one", "again" })
        {
            Directory.CreateDirectory(Path.Combine(records, name));
            File.Copy(Path.Combine(finished.Folder, "run.json"), Path.Combine(records, name, "run.json"));
        }

        Assert.Contains("2 records of the profile 'smoke' with seed 1",
            Assert.Throws<InvalidDataException>(() => RunRecord.Together(records, "smoke")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_result_is_set_aside_and_made_again()
    {
        var folder = Copy();
        var weights = Path.Combine(Directory.GetDirectories(folder, "sft-*").Single(), "model.safetensors");
        var whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, [.. whole.Select((value, i) => i == whole.Length / 2 ? (byte)~value : value)]);
        List<string> said = [];
        var sft = RecipeRun.Open("smoke", 1, folder, said.Add).Get(Pipeline.Sft);
        Assert.Contains(said,
            line => line.Contains("model.safetensors is missing or not what was written", StringComparison.Ordinal));
        Assert.Equal(whole, File.ReadAllBytes(sft.WeightsPath));
        Assert.Single(Directory.GetDirectories(folder, "*.damaged-1"));
    }

    [Fact]
    public void Equal_seeds_give_equal_bits_and_other_seeds_others()
    {
        var same = RecipeRun.Open("smoke", 1, Project.Scratch()).Get(Pipeline.Sft);
        var other = RecipeRun.Open("smoke", 2, Project.Scratch()).Get(Pipeline.Sft);
        var first = finished.Run.Get(Pipeline.Sft);
        Assert.Equal(File.ReadAllBytes(first.WeightsPath), File.ReadAllBytes(same.WeightsPath));
        Assert.NotEqual(File.ReadAllBytes(first.WeightsPath), File.ReadAllBytes(other.WeightsPath));
    }

    [Fact]
    public void Two_that_want_the_same_stage_make_it_once()
    {
        var folder = Project.Scratch();
        System.Collections.Concurrent.ConcurrentQueue<string> said = [];
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            _ => RecipeRun.Open("smoke", 1, folder, said.Enqueue).Get(Pipeline.Distillation));
        Assert.Equal(3, said.Count(line => line.Contains("have not changed", StringComparison.Ordinal)));
        Assert.Single(Directory.GetDirectories(folder));
    }

    // In whatever words and form: the split is decided on the puzzle behind the question.
    [Fact]
    public void No_benchmark_problem_is_in_anything_that_is_learned_from()
    {
        var held = new[]
        {
            PocketBenchmarks.Pocket500(),
            PocketBenchmarks.PocketHard(),
            PocketBenchmarks.PocketChoice(),
            PocketBenchmarks.Validation(600),
        }.SelectMany(set => set.Problems).ToList();
        Assert.All(held, problem => Assert.True(PocketProblems.IsHeldOut(problem)));
        var learned = finished.Run.Get(Pipeline.Distillation).Rollouts.Select(rollout => rollout.Prompt)
            .Concat(finished.Run.Get(Pipeline.Pairs).Pairs
                .Select(pair => Question(finished.Run.Tokenizer.Decode(pair.Prompt))))
            .Concat(finished.Run.Get(Pipeline.Prompts).Problems.Select(problem => problem.Question))
            .Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(learned);
        Assert.DoesNotContain(learned, question => PocketProblems.IsHeldOut(held[0] with { Question = question }));
        Assert.Empty(learned.Intersect(held.Select(problem => problem.Question), StringComparer.Ordinal));
    }

    // The very pairs that the recipe makes, less those left out; and the same fingerprint as ever where nothing is to
    // be matched.
    [Fact]
    public void Pairs_are_matched_in_length_where_the_recipe_says_so_and_the_ledger_says_how_many_were_left_out()
    {
        var (all, before) = finished.Run.Get(Pipeline.Pairs);
        var copy = Copy();
        File.Delete(Path.Combine(copy, "run.json")); // With it, the ledger is of the stages that it names.
        var run = RecipeRun.Open("smoke", 1, copy)
            .With(recipe => recipe with { PreferenceData = recipe.PreferenceData with { MatchLengths = 1 } });
        var (kept, report) = run.Get(Pipeline.Pairs);
        Assert.Equal((0, all.Count), (before.Unmatched, before.Pairs));
        Assert.Equal((all.Count - kept.Count, kept.Count), (report.Unmatched, report.Pairs));
        Assert.InRange(kept.Count, 1, all.Count - 1);
        File.Delete(Path.Combine(run.Folder, "run.json")); // Of the run whose pairs are all.
        Assert.Equal(kept.Count(pair => pair.Chosen.Length > pair.Rejected.Length),
            kept.Count(pair => pair.Chosen.Length < pair.Rejected.Length));
        Assert.Single(RunRecord.LedgerOf(run.Folder), line => line is { Stage: "pairs", What: "pairs" }
            && line.Count == report.Unmatched && line.Why.Contains("(MatchLengths)", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_that_are_changed_for_once_leave_the_runs_record_as_it_is()
    {
        List<string> said = [];
        var run = RecipeRun.Open("smoke", 1, Copy(), said.Add).With(("Benchmarks.Medium", 5));
        Assert.Equal(5 + 20 + 12, run.Get(Pipeline.Evaluation).Summary.Rows[0].Benchmarks
            .Sum(benchmark => benchmark.Accuracy.Count));
        Assert.Contains(said, line => line.Contains("stay as they are", StringComparison.Ordinal));
        foreach (var file in new[] { "run.json", "results.md" })
        {
            Assert.Equal(File.ReadAllText(Path.Combine(finished.Folder, file)),
                File.ReadAllText(Path.Combine(run.Folder, file)));
        }
    }

    // An ablation leaves a second stage of that name, made later.
    [Fact]
    public void The_ledger_and_the_steps_are_those_of_the_stages_that_the_recorded_models_were_made_of()
    {
        var folder = Copy();
        var (_, report) = RecipeRun.Open("smoke", 1, folder).With(("PreferenceData.Pairing.PairsPerPrompt", 1))
            .Get(Pipeline.Pairs);
        Assert.Equal(2, Directory.GetDirectories(folder, "pairs-*").Length);
        Assert.NotEqual(finished.Run.Get(Pipeline.Pairs).Report, report);
        Assert.Equal(
            RunRecord.LedgerOf(finished.Folder).Where(line => line.Stage == "pairs"),
            RunRecord.LedgerOf(folder).Where(line => line.Stage == "pairs"));
    }

    // By hand: 30, 20 and 12 problems, two answers each, and five to the second.
    [Fact]
    public void A_benchmark_may_have_a_number_of_answers_of_its_own()
    {
        var run = RecipeRun.Open("smoke", 1, Copy())
            .With(("Evaluation.AnswersOn", new Dictionary<string, int> { ["pocket-hard"] = 5 }));
        Assert.Equal(5 * ((2 * 30) + (5 * 20) + (2 * 12)), run.AnswersOfEvaluation);
        var results = run.Evaluate(run.Get(Pipeline.Base));
        Assert.Equal([2, 5, 2],
            results.Benchmarks.Select(benchmark =>
                benchmark.Problems.Select(problem => problem.Answers).Distinct().Single()));
    }

    // Else a test that compares the weights of two runs would show nothing of the last stage.
    [Fact]
    public void The_smallest_recipe_has_groups_to_compare_and_reinforcement_moves_its_weights()
    {
        var (before, after) = (finished.Run.Get(Pipeline.Dpo), finished.Run.Get(Pipeline.Grpo));
        Assert.Contains(after.Steps, step => step.Used > 0 && step.AnswersUsed >= 2 && step.GradientNorm > 0);
        Assert.NotEqual(File.ReadAllBytes(before.WeightsPath), File.ReadAllBytes(after.WeightsPath));
    }

    // Mid-training, fine-tuning, preference and reinforcement, each on adapters that are merged at its end; the base
    // trained from nothing is as ever.
    [Fact]
    public void With_adapters_every_stage_leaves_a_whole_model_and_its_adapter()
    {
        var folder = Project.Scratch();
        var file = Path.Combine(folder, "lora.json");
        File.WriteAllText(file, """{ "Base": "smoke", "Memory": { "Lora": { "Rank": 4, "Alpha": 8 } } }""");
        var run = RecipeRun.Open(file, 1, Path.Combine(folder, "run"));
        TrainedModel[] stages = [run.Get(Pipeline.Base), run.Get(Pipeline.MidTraining), run.Get(Pipeline.Sft),
            run.Get(Pipeline.Dpo), run.Get(Pipeline.Grpo)];
        Assert.Equal(finished.Run.Get(Pipeline.Base).Record.Fingerprint, stages[0].Record.Fingerprint);
        Assert.False(Directory.Exists(Path.Combine(stages[0].Record.Folder, "adapter")));
        foreach (var (before, after) in stages.Zip(stages.Skip(1)))
        {
            using var model = before.Load();
            var untouched = Weights.Hash(model);
            using var adapters = AdapterFiles.Read(model, Path.Combine(after.Record.Folder, "adapter"));
            adapters.Merge();
            using var merged = after.Load();
            Assert.NotEqual(untouched, Weights.Hash(merged));
            Assert.Equal(Weights.Hash(merged), Weights.Hash(model));
        }

        // The adapter is part of the result: another byte in it, and the stage is made again.
        var adapter = Path.Combine(stages[2].Record.Folder, "adapter", "adapter_model.safetensors");
        var whole = File.ReadAllBytes(adapter);
        File.WriteAllBytes(adapter, [.. whole[..^1], (byte)~whole[^1]]);
        List<string> said = [];
        RecipeRun.Open(file, 1, run.Folder, said.Add).Get(Pipeline.Sft);
        Assert.Contains(said, line => line.Contains("adapter/adapter_model.safetensors is missing or not what "
            + "was written", StringComparison.Ordinal));
        Assert.Equal(whole, File.ReadAllBytes(adapter));
    }

    [Fact]
    public void A_misspelt_profile_is_named_with_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => RecipeRun.Open("poket", 1, Project.Scratch()));
        Assert.Contains("'poket'", error.Message, StringComparison.Ordinal);
        Assert.Contains("smoke", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_file_that_cannot_be_read_is_named()
    {
        var file = Path.Combine(Project.Scratch(), "mine.json");
        File.WriteAllText(file, "{ \"Name\": ");
        Assert.Contains("mine.json",
            Assert.Throws<InvalidDataException>(() => RecipeRun.Open(file, 1, Project.Scratch())).Message,
            StringComparison.Ordinal);
    }

    private static List<string> Taken(IEnumerable<string> said) =>
        Stages(said.Where(line => line.Contains("have not changed", StringComparison.Ordinal)));

    private static List<string> Again(IEnumerable<string> said) => Stages(said.Where(IsAgain));

    private static bool IsAgain(string line) => line.Contains("is made again, since", StringComparison.Ordinal);

    private static List<string> Stages(IEnumerable<string> lines) =>
        [.. lines.Select(line => line.Split(':')[0]).Distinct().Order(StringComparer.Ordinal)];

    private static string Question(string prompt) =>
        prompt.Replace("<|user|>", "", StringComparison.Ordinal).Replace("<|end|>", "", StringComparison.Ordinal)
            .Replace("<|assistant|>", "", StringComparison.Ordinal);

    private string Copy()
    {
        var folder = Project.Scratch();
        foreach (var source in Directory.GetFiles(finished.Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(finished.Folder, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        return folder;
    }

    /// <summary>A smoke run that was never stopped, with libtorch on the two threads that the command uses.</summary>
    public sealed class Finished : IDisposable
    {
        public Finished()
        {
            set_num_threads(2);
            Run = RecipeRun.Open("smoke", 1, Folder);
            Run.Get(Pipeline.Evaluation);
        }

        public string Folder { get; } = Project.Scratch();

        public RecipeRun Run { get; }

        public void Dispose() => set_num_threads(1);
    }
}
