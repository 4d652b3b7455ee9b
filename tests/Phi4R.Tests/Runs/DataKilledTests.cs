using System.Diagnostics;
using System.Text.Json;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Verification;

namespace Phi4R.Tests.Runs;

// The law: whatever part of the way of rollouts is killed, the same commands again end with every rollout once, or in
// the ledger.
public sealed class DataKilledTests
{
    private const int Rollouts = 6000;

    [Fact]
    public async Task An_import_and_a_run_that_are_killed_anywhere_end_with_every_rollout_once_or_in_the_ledger()
    {
        var folder = Project.Scratch();
        var (rows, imported, run) = (Path.Combine(folder, "rows.jsonl"), Path.Combine(folder, "imported"),
            Path.Combine(folder, "run"));
        File.WriteAllLines(rows, Enumerable.Range(0, Rollouts).Select(Row));
        await Killed(imported, "import", "own", rows, "--out", imported);
        Assert.Equal(Enumerable.Range(0, Rollouts).Select(Text).Order(StringComparer.Ordinal),
            RolloutParts.Read(imported).Select(rollout => rollout.Text).Order(StringComparer.Ordinal));
        Assert.Equal(["problems.jsonl", "rollouts"],
            Directory.GetFileSystemEntries(imported).Select(Path.GetFileName).Order());

        // Each tenth text is there twice, and of a problem 30 are asked for.
        await Killed(run, "recipe", "--recipe", Recipe(folder, imported), "--out", run, "--to", "mid-training");
        var stages = StageManifest.OfRun(run);
        var kept = RolloutParts.Read(stages["distillation"].Folder).ToList();
        var ledger = JsonLines.Read<LedgerLine>(Path.Combine(stages["distillation"].Folder, "ledger.jsonl"))
            .Where(line => line.What == "rollouts" && !line.Why.Contains("not learned from", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(Rollouts, kept.Count + ledger.Sum(line => line.Count));
        Assert.Equal(kept.Count, kept.Select(rollout => rollout.Text).Distinct().Count());
        Assert.True(ledger.Count >= 2);
        Assert.Single(Directory.GetFiles(Path.Combine(run, "tokens"), "*.tokens"));

        // Mid-training learned from the tokens of those that are right, each once an epoch.
        var right = kept.Count(rollout => rollout is { Finished: true, Outcome: Outcome.Correct });
        var steps = RecipeRun.Open(Path.Combine(folder, "recipe.json"), 1, run).Get(Pipeline.MidTraining).Steps;
        using var tokens = TokenizedRollouts.Open(stages["distillation"].Folder, Path.Combine(run, "tokens"),
            new Phi4R.Text.PocketTokenizer(), RoomCode.Text, new FileHashes(), default);
        var documents = tokens.Documents(learnPrompt: true);
        Assert.Equal(
            kept.Index().Where(one => one.Item is { Finished: true, Outcome: Outcome.Correct })
                .Sum(one => (long)documents.LengthOf(one.Index)),
            steps.Sum(step => (long)step.Tokens));
        Assert.InRange(right, 1000, Rollouts);
    }

    // Starts a command, kills it after a while that grows, and again, until one comes to its end.
    private static async Task Killed(string output, params string[] words)
    {
        var (kills, wait) = (0, 10);
        while (true)
        {
            using var process = Process.Start(new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), .. words])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var said = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            var end = process.WaitForExitAsync();

            // From its first file on.
            while (!end.IsCompleted && !Directory.Exists(output))
            {
                await Task.WhenAny(end, Task.Delay(2));
            }

            if (await Task.WhenAny(end, Task.Delay(kills < 6 ? wait : 120_000)) == end)
            {
                Assert.True(process.ExitCode == 0, await said.Item1 + await said.Item2);
                Assert.InRange(kills, 1, 6);
                return;
            }

            process.Kill();
            await end;
            kills++;
            wait *= 2;
        }
    }

    private static int Number(int i) => i % 10 == 9 ? i - 1 : i;

    private static string Text(int i) => $"<think>{Number(i)}+0={Number(i)} </think>\\boxed{{{Answer(i)}}}";

    private static int Answer(int i) => Number(i) % 3 == 0 ? 1 : 2;

    private static string Row(int i) => JsonSerializer.Serialize(new
    {
        id = $"p{Number(i) % 150}",
        question = $"{Number(i) % 150}+{2}",
        answer = "2",
        response = Text(i),
        finish_reason = i % 11 == 0 ? "length" : "stop",
    });

    private static string Recipe(string home, string imported)
    {
        using (var model = Phi4R.Model.LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU))
        {
            var tokenizer = new Phi4R.Text.PocketTokenizer();
            Phi4R.Checkpoints.ModelExport.Write(model, Path.Combine(home, "model"), tokenizer.EndOfText,
                tokenizer.StopIds);
        }

        ProblemFile.Write(Path.Combine(home, "small.jsonl"),
            Phi4R.Tasks.Pocket.PocketBenchmarks.Pocket500(2).Problems);
        var recipe = Path.Combine(home, "recipe.json");
        File.WriteAllText(recipe, JsonSerializer.Serialize(new
        {
            Base = "smoke",
            PretrainData = (object?)null,
            Pretrain = (object?)null,
            Distill = new { Problems = 1000, RolloutsPerProblem = 30 },
            MidTraining = new { Epochs = 1 },
            Files = new
            {
                Model = Path.Combine(home, "model"),
                Tokenizer = "Pocket",
                Rollouts = imported,
                Problems = Path.Combine(imported, "problems.jsonl"),
                Benchmarks = new[] { Path.Combine(home, "small.jsonl") },
                UnreadableAnswersAllowed = 1,
                AcceleratorGigabytes = 0,
            },
        }));
        return recipe;
    }
}
