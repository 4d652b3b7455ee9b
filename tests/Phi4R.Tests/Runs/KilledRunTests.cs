using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Data;
using Phi4R.Runs;
using Phi4R.Verification;

namespace Phi4R.Tests.Runs;

// The law: a command that is killed within any stage and given again ends with the bytes of one that never was.
public sealed partial class KilledRunTests(KilledRunTests.Released released) : IClassFixture<KilledRunTests.Released>
{
    // What has appeared in a stage's unfinished folder when it is killed: a checkpoint, a kept answer, the folder
    // itself.
    private const string Trained = "step-*";
    private const string Drawn = "samples.jsonl";
    private const string Begun = "*";

    [Fact]
    public void Distillation_and_the_base_model_may_be_killed() =>
        EndsTheSame("smoke", "base", [("distillation", Begun), ("base", Trained)]);

    [Fact]
    public void Every_stage_that_goes_on_from_a_model_may_be_killed() =>
        EndsTheSame(released.Recipe("whole", lora: null), "evaluation",
    [
        ("mid-training", Trained), ("sft", Trained), ("pairs", Drawn), ("dpo", Trained), ("prompts", Drawn),
        ("rl", Drawn), ("rl", Trained), ("answers-rl", Drawn),
    ]);

    [Fact]
    public void Stages_of_adapters_may_be_killed() =>
        EndsTheSame(released.Recipe("adapters", new { Rank = 4, Alpha = 8 }), "rl",
            [("sft", Trained), ("dpo", Trained), ("rl", Trained)]);

    // No checkpoint is due in this time: the one that is there was written because the run was asked to stop.
    [Fact]
    public void A_command_that_is_interrupted_ends_after_its_step_and_says_how_to_go_on()
    {
        var (recipe, folder) = (released.Recipe("interrupted", lora: null,
            new { BatchSize = 2, MicroBatchSize = 2, Epochs = 12 }), Project.Scratch());
        ConcurrentQueue<string> said = [];
        using (var process = Start(folder, recipe, "sft", said, checkpointSeconds: 3600))
        {
            Await(process,
                () => Directory.GetDirectories(folder, "mid-training-*.part").Any(part => Shows(part, "steps.jsonl")));
            Signal(process, "INT");
            process.WaitForExit();
            Assert.Equal(130, process.ExitCode);
        }

        Assert.Equal(1,
            said.Count(line => line.StartsWith("stopping when this step is done", StringComparison.Ordinal)));
        Assert.Contains($"phi4r recipe: stopped, and what was done is kept. To go on: phi4r recipe --recipe {recipe} "
            + $"--to sft --out {folder}", said);
        var checkpoints = Path.Combine(Directory.GetDirectories(folder, "mid-training-*.part").Single(), "checkpoints");
        var steps = File.ReadLines(Path.Combine(checkpoints, "steps.jsonl")).Count();
        Assert.Equal([$"step-{steps:D8}"], Directory.GetDirectories(checkpoints).Select(Path.GetFileName));

        // What was done can be looked at without training, and with the rest of it.
        var under = StageSteps.OfRun(folder).Single();
        Assert.Equal(("mid-training", false, steps), (under.Stage, under.Finished, under.Steps.Count));
        Assert.Equal(steps, Phi4R.Runs.TensorBoard.Export(folder, Project.Scratch()).Single().Steps);
        var never = Project.Scratch();
        set_num_threads(2);
        RecipeStages.Run(RecipeRun.Open(recipe, 1, never), to: "sft");
        RecipeStages.Run(RecipeRun.Open(recipe, 1, folder), to: "sft");
        set_num_threads(1);
        Assert.Equal(Files(never), Files(folder));
        Assert.All(StageSteps.OfRun(folder), stage => Assert.True(stage.Finished));
        Assert.All(StageSteps.OfRun(folder),
            stage => Assert.Equal(Enumerable.Range(0, stage.Steps[0].Count), stage.Steps.Select(step => step.Number)));
    }

    // The first of its steps is written down, so another has begun: 1,024 rows one by one. Two signals of one kind may
    // be taken for one, so they are of two.
    [Fact]
    public void A_second_interruption_ends_the_command_at_once()
    {
        var (recipe, folder) = (released.Recipe("long", lora: null,
            new { SequenceLength = 20, BatchSize = 1024, MicroBatchSize = 1, Epochs = 20 }), Project.Scratch());
        ConcurrentQueue<string> said = [];
        using var process = Start(folder, recipe, "mid-training", said, checkpointSeconds: 3600);
        Await(process,
            () => Directory.GetDirectories(folder, "mid-training-*.part").Any(part => Shows(part, "steps.jsonl")));
        Signal(process, "TERM", "INT");
        process.WaitForExit();
        Assert.Contains(process.ExitCode, new[] { 130, 143 });
        Assert.Contains(said, line => line.StartsWith("stopping", StringComparison.Ordinal));
        Assert.DoesNotContain(said, line => line.Contains("To go on", StringComparison.Ordinal));
    }

    private static void Await(Process process, Func<bool> sign)
    {
        while (!process.HasExited && !sign())
        {
            Thread.Sleep(1);
        }
    }

    private static void Signal(Process process, params string[] signals)
    {
        using var kill = Process.Start("sh",
            ["-c", string.Join("; ", signals.Select(signal => $"kill -{signal} {process.Id}"))]);
        kill.WaitForExit();
    }

    private static void EndsTheSame(string recipe, string last, (string Stage, string Sign)[] kills)
    {
        var (never, killed) = (Project.Scratch(), Project.Scratch());
        set_num_threads(2); // As the command.
        RecipeStages.Run(RecipeRun.Open(recipe, 1, never), to: last);
        set_num_threads(1);
        ConcurrentQueue<string> said = [];
        foreach (var (stage, sign) in kills)
        {
            KillWithin(stage, sign, killed, recipe, last, said);
        }

        using var process = Start(killed, recipe, last, said);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Join("\n", said));
        var files = Files(never);
        Assert.Equal(files, Files(killed));
        var weights = files.Where(file => Path.GetFileName(file.Key) == "model.safetensors")
            .Select(file => file.Value).ToList();
        Assert.Equal(weights, weights.Distinct()); // Every stage changed something.

        // What was done is gone on from, not done again.
        Assert.All(kills.Where(kill => kill.Sign != Begun),
            kill => Assert.Contains(said, line => line.StartsWith($"{kill.Stage}: ", StringComparison.Ordinal)
            && line.Contains(kill.Sign == Trained ? "goes on at step" : "answers had been sampled when it was stopped",
                StringComparison.Ordinal)));
    }

    // Where the stage was over before the signal came, it is taken away and made again.
    private static void KillWithin(string stage, string sign, string folder, string recipe, string last,
        ConcurrentQueue<string> said)
    {
        for (var tries = 0; tries < 8; tries++)
        {
            using var process = Start(folder, recipe, last, said);
            Await(process, () => Directory.GetDirectories(folder, $"{stage}-*.part").Any(part => Shows(part, sign)));
            process.Kill(); // SIGKILL.
            process.WaitForExit();
            var made = Directory.GetDirectories(folder, $"{stage}-??????????");
            if (made.Length == 0)
            {
                Assert.True(Directory.GetDirectories(folder, $"{stage}-*.part").Length == 1,
                    $"{stage} was never begun; the command ended with {process.ExitCode}.");
                return;
            }

            Directory.Delete(made.Single(), recursive: true);
        }

        Assert.Fail($"{stage} was over before it could be killed, every time.");
    }

    private static bool Shows(string part, string sign)
    {
        try
        {
            return sign == Begun || Directory.GetFileSystemEntries(Path.Combine(part, "checkpoints"), sign)
                .Any(path => Directory.Exists(path) || HasLine(path));
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return false; // Not yet, or not any more.
        }
    }

    // A file is there a moment before what is written to it.
    private static bool HasLine(string path)
    {
        using var file = new StreamReader(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadToEnd().Contains('\n', StringComparison.Ordinal);
    }

    private static Process Start(string folder, string recipe, string last, ConcurrentQueue<string> said,
        int checkpointSeconds = 0)
    {
        var process =
            Process.Start(
                new ProcessStartInfo("dotnet",
                    [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "recipe", "--recipe", recipe, "--to", last,
                        "--out", folder])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    Environment = { ["PHI4R_CHECKPOINT_SECONDS"] = $"{checkpointSeconds}" },
                })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // Every file of every stage with its content, but for how long things took.
    private static Dictionary<string, string> Files(string run) =>
        Directory.GetDirectories(run).SelectMany(stage => Directory.GetFiles(stage, "*", SearchOption.AllDirectories))
        .Where(path => Path.GetFileName(path) != "stage.json")
        .ToDictionary(path => Path.GetRelativePath(run, path),
            path => Path.GetFileName(path) == "steps.jsonl"
                ? Seconds().Replace(File.ReadAllText(path), "")
                : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);

    [GeneratedRegex("""
        "\w*seconds":[^,}]+
        """, RegexOptions.IgnoreCase)]
    private static partial Regex Seconds();

    /// <summary>
    /// A base model as a released folder, and rollouts that teach it in a second to write one of two answers, so that
    /// there is something to prefer and to reinforce.
    /// </summary>
    public sealed class Released
    {
        private readonly string _folder = Project.Scratch();

        public Released()
        {
            Directory.Move(RecipeRun.Open("smoke", 1, Path.Combine(_folder, "smoke")).Get(Pipeline.Base).Record.Folder,
                Path.Combine(_folder, "model"));
            var problems = Enumerable.Range(0, 64)
                .Select(i => new Problem
                {
                    Id = $"{i}",
                    Question = $"{i}+{i}",
                    Answer = "1",
                    Domain = "toy",
                    Level = 1,
                }).ToList();
            ProblemFile.Write(Path.Combine(_folder, "problems.jsonl"), problems);
            ProblemFile.Write(Path.Combine(_folder, "small.jsonl"), problems.Take(16));
            // Of problems whose answer no file has, so that both answers pass for right.
            RolloutFile.Write(Path.Combine(_folder, "rollouts.jsonl"),
                problems.SelectMany((_, i) => Enumerable.Range(0, 8).Select(j => new Rollout
                {
                    ProblemId = $"told {i} {j}",
                    Prompt = $"{i}+{j}",
                    Text = $@"<think>{1 + ((i + j) % 2)} </think>\boxed{{{1 + ((i + j) % 2)}}}",
                    Style = "plain",
                    Finished = true,
                    Verdict = new Verdict(Outcome.Correct, null, ""),
                    Repetitive = false,
                    Domain = "toy",
                    Level = 1,
                    Tokens = 0,
                })));
        }

        public string Recipe(string name, object? lora, object? midTrain = null)
        {
            var path = Path.Combine(_folder, $"{name}.json");
            double[] anyLevel = [100, 0, 0, 0, 0];
            File.WriteAllText(path, JsonSerializer.Serialize(new
            {
                Base = "smoke",
                PretrainData = (object?)null,
                Pretrain = (object?)null,
                Files = new
                {
                    Model = Path.Combine(_folder, "model"),
                    Tokenizer = "Pocket",
                    Rollouts = Path.Combine(_folder, "rollouts.jsonl"),
                    Problems = Path.Combine(_folder, "problems.jsonl"),
                    Benchmarks = new[] { Path.Combine(_folder, "small.jsonl") },
                    AcceleratorGigabytes = 0,
                },
                Memory = new { Lora = lora },
                Distill = new { Problems = 512, RolloutsPerProblem = 1 },
                MidTraining = midTrain ?? new
                {
                    BatchSize = 2,
                    MicroBatchSize = 2,
                    Epochs = 2,
                    Optimizer = new { PeakLearningRate = lora is null ? 5e-3 : 2e-2 },
                },
                Curation = new { Count = 64, LevelWeights = anyLevel, Styles = new[] { "plain" } },
                Sft = new { BatchSize = 16, MicroBatchSize = 16, Optimizer = new { PeakLearningRate = 3e-3 } },
                PreferenceData = new
                {
                    Problems = 48,
                    AnswersPerProblem = 8,
                    MaxTokens = 16,
                    Mix = new { LevelWeights = anyLevel },
                    Pairing = new { MaxLengthDifference = 16 },
                    FromTeacher = false,
                },
                RolloutDpo = new { BatchSize = 16, MicroBatchSize = 16 },
                GrpoMix = new { LevelWeights = anyLevel },
                Grpo = new
                {
                    Steps = 4,
                    PromptsPerStep = 8,
                    GroupSize = 8,
                    MaxTokens = 16,
                    MaxAccuracy = 1,
                    Update = new { KlCoefficient = 0.01 },
                },
                Evaluation = new { AnswersPerProblem = 8, Sampling = new { MaxTokens = 16 } },
            }));
            return path;
        }
    }
}
