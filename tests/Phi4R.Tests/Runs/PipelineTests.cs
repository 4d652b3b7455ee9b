using System.CommandLine;
using Phi4R.Cli;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Stages;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Tests.Runs;

/// <summary>
/// A stage that the library does not know, added to a copy of the list of stages; nothing else is told of it.
/// </summary>
public sealed class PipelineTests(PipelineTests.Polished polished) : IClassFixture<PipelineTests.Polished>
{
    // A second round over some of the rollouts, from the fine-tuned model.
    private static TrainingStage<TrainingReport> Polish { get; } = new()
    {
        Name = "polish",
        Label = "Polishing",
        Model = "+ polish",
        After = [Pipeline.Sft, Pipeline.Distillation],
        Map = new(["some rollouts,", "once more"], "a smoother model"),
        Settings = (recipe, seed) => new { Seed = seed, recipe.MidTraining, Rollouts },
        Train = (model, stage, progress) => MidTraining.Run(
            model, Documents(stage), stage.Recipe.MidTraining, stage.Tokenizer, stage.Seed,
            stage.Checkpoints, progress, cancel: stage.Cancel),
        Watched = report => [("polish loss", report.Loss)],
        Plan = (probe, name) => probe.Packed(name, [.. probe.Verified.Take(Rollouts)], 1, probe.Recipe.MidTraining),
        Inspect = (stage, step, rows) => stage.Rows(
            MidTraining.Steps(Documents(stage), stage.Recipe.MidTraining, stage.Seed), promptsLearned: true,
            step, rows),
    };

    private const int Rollouts = 256;

    private static IReadOnlyList<StageDefinition> Stages { get; } =
        [.. Pipeline.Stages.SelectMany(stage => stage == Pipeline.Sft ? new[] { stage, Polish } : [stage])];

    [Fact]
    public void It_runs_in_its_place_is_told_in_the_terminal_and_starts_from_the_model_before_it()
    {
        Assert.Equal(
            ["distillation", "base", "mid-training", "sft", "polish", "pairs", "dpo", "prompts", "rl", "evaluation"],
            polished.Done);
        Assert.Matches(@"polish: step 1 of \d+.*, polish loss \d", polished.Terminal);
        var manifest = StageManifest.OfRun(polished.Run.Folder)["polish"].Manifest;
        Assert.Equal(["sft", "distillation"], manifest.Inputs.Select(input => input.Split(' ')[0]));
        Assert.NotEqual(
            File.ReadAllBytes(polished.Run.Get(Pipeline.Sft).WeightsPath),
            File.ReadAllBytes(polished.Run.Get(Polish).WeightsPath));
    }

    [Fact]
    public void Stopped_after_a_step_it_goes_on_from_there_to_the_same_weights()
    {
        var folder = Project.Scratch();
        using var stop = new CancellationTokenSource();
        List<string> said = [];
        var stopping = new InlineProgress<StageProgress>(step =>
        {
            if (step is { Stage: "polish", Step: 1 })
            {
                stop.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            RecipeRun.Open("smoke", 1, folder, stages: Stages).Get(Polish, stopping, stop.Token));
        Assert.Single(Directory.GetDirectories(folder, "polish-*.part"));
        var continued = RecipeRun.Open("smoke", 1, folder, said.Add, Stages).Get(Polish);
        Assert.Contains("polish: goes on at step 2, from the last checkpoint", said);
        Assert.Equal(File.ReadAllBytes(polished.Run.Get(Polish).WeightsPath), File.ReadAllBytes(continued.WeightsPath));
    }

    [Fact]
    public void It_is_planned_and_its_plan_stands_beside_what_it_took()
    {
        var plan = RunPlan.Make(polished.Run);
        Assert.Equal(polished.Done, plan.Stages.Select(stage => stage.Stage));
        Assert.True(plan.Stages.Single(stage => stage.Stage == "polish") is { LearnedTokens: > 0, Seconds: > 0 });
        Assert.True(plan.Compare(polished.Run).Single(stage => stage.Stage == "polish").Took > 0);
    }

    [Fact]
    public void Its_batches_are_shown_token_by_token_and_it_is_named_among_the_stages_that_have_any()
    {
        Assert.Contains(polished.Run.Xray(Polish).Checked().Tokens, token => token.InLoss);
        Assert.Contains(
            "base, mid-training, sft, polish, dpo, rl",
            Assert.Throws<ArgumentException>(() => polished.Run.Xray(Pipeline.Evaluation)).Message,
            StringComparison.Ordinal);
    }

    // A stage that no list has comes last: the runs would part at 'pairs', which here takes what it made.
    [Fact]
    public void Where_two_runs_part_at_it_that_is_said_before_the_stages_after_it()
    {
        var other = Project.Scratch();
        var changed = Polish with
        {
            Change = recipe => recipe with { MidTraining = recipe.MidTraining with { Epochs = 2 } },
        };
        IReadOnlyList<StageDefinition> stages =
            [.. Stages.Select(stage => stage == Polish ? changed : stage == Pipeline.Pairs ? FromPolish : stage)];
        RecipeStages.Run(RecipeRun.Open("smoke", 1, other, stages: stages), to: "pairs");
        var diff = RunDiff.Of(polished.Run.Folder, other, Stages);
        Assert.Matches(@"^The runs part at 'polish', where a setting differs: \S*MidTraining\.Epochs: 1 and 2",
            diff.Verdict);
    }

    // The paper's column is by hand: arXiv 2504.21233's row of Rollout-DPO stays beside that stage, one row further
    // down.
    [Fact]
    public void It_has_a_row_in_the_summary_and_the_papers_rows_stay_beside_their_stages()
    {
        Assert.Equal(
            ["base", "+ mid-training", "+ SFT", "+ polish", "+ Rollout-DPO", "+ RL"],
            polished.Summary.Rows.Select(row => row.Model));
        Assert.Equal(
            ["", "50.0 / 93.6 / 49.0", "57.5 / 94.6 / 52.0"],
            polished.Summary.Cells.Skip(3).Select(cells => cells[^1]));
        var written = File.ReadAllText(Path.Combine(polished.Run.Folder, "results.md"));
        Assert.Contains("| + polish |", written, StringComparison.Ordinal);
    }

    [Fact]
    public void It_has_a_box_on_the_map_and_its_curves_for_TensorBoard()
    {
        var map = RecipeMap.Draw(Polish, Stages).AltText;
        Assert.Contains(
            "3 SFT (gives a model that stops), 4 Polishing (gives a smoother model), 5 Rollout-DPO", map,
            StringComparison.Ordinal);
        Assert.EndsWith("The base model enters at stage 2. This is stage 4, Polishing.", map, StringComparison.Ordinal);
        var curves = TensorBoard.Export(polished.Run.Folder, Project.Scratch());
        Assert.Contains("polish", curves.Select(stage => stage.Stage));
    }

    [Fact]
    public void The_command_line_of_such_a_list_knows_it()
    {
        var recipe = RecipeVerbs.All(Stages).Single(verb => verb.Name == "recipe");
        var folder = Project.Scratch();
        var from = recipe.Options.Single(option => option.Name == "--from");
        Assert.Contains("sft, polish, pairs", from.Description, StringComparison.Ordinal);
        Assert.Equal(0, recipe.Parse($"--recipe smoke --to polish --out {folder}").Invoke());
        // The command took two, and the last bits of the other tests' runs would differ.
        NativeLibraries.Prepare(threads: 1);
        Assert.Single(Directory.GetDirectories(folder, "polish-*"));
    }

    [Fact]
    public void A_stage_in_the_place_of_another_is_what_the_stages_after_it_start_from()
    {
        var longer = Pipeline.Sft with
        {
            Change = recipe => recipe with { Sft = recipe.Sft with { Epochs = 2 * recipe.Sft.Epochs } },
        };
        IReadOnlyList<StageDefinition> stages =
            [.. Pipeline.Stages.Select(stage => stage == Pipeline.Sft ? longer : stage)];
        var run = RecipeRun.Open("smoke", 1, Project.Scratch(), stages: stages);
        var dpo = run.Get(Pipeline.Dpo);
        Assert.Equal(2 * polished.Run.Get(Pipeline.Sft).Steps.Count, run.Get(Pipeline.Sft).Steps.Count);
        var inputs = StageManifest.Read(dpo.Record.Folder).Inputs;
        Assert.Contains($"sft {run.Get(Pipeline.Sft).Record.Content}", inputs);
    }

    [Fact]
    public void A_list_that_cannot_be_run_is_refused()
    {
        Assert.Contains(
            "'polish' comes after 'sft', which is not before it", Refused([Pipeline.Distillation, Polish]),
            StringComparison.Ordinal);
        Assert.Contains(
            "Two stages are named 'base'", Refused([Pipeline.Base, Pipeline.Base]), StringComparison.Ordinal);

        static string Refused(IReadOnlyList<StageDefinition> stages) => Assert.Throws<ArgumentException>(
            () => RecipeRun.Open("smoke", 1, Project.Scratch(), stages: stages)).Message;
    }

    private static StageDefinition FromPolish { get; } = Pipeline.Pairs with { After = [Polish] };

    private static List<TrainingExample> Documents(StageContext stage)
    {
        var chat = new ChatFormat(stage.Tokenizer);
        return [.. stage.Input<Distilled>().Verified.Take(Rollouts).Select(rollout =>
            new TrainingExample(
                rollout.ProblemId, [.. chat.Prompt(rollout.Prompt), .. chat.Completion(rollout.Text, rollout.Finished)],
                0))];
    }

    /// <summary>A run of the list with the stage in it.</summary>
    public sealed class Polished
    {
        public Polished()
        {
            NativeLibraries.Prepare(threads: 1); // A verb that another test called may have left two.
            Run = RecipeRun.Open("smoke", 1, Project.Scratch(), stages: Stages);
            using var terminal = new StringWriter();
            var view = new TerminalRun(null, terminal);
            Summary = RecipeStages.Run(Run, progress: new InlineProgress<StageProgress>(view.Report), done: Done.Add)!;
            Terminal = terminal.ToString();
        }

        public RecipeRun Run { get; }

        public RunSummary Summary { get; }

        public List<string> Done { get; } = [];

        public string Terminal { get; }
    }
}
