using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Phi4R.Runs;
using Phi4R.Tests.House;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Runs;

/// <summary>Runs that several ranks make together: as threads, and as processes that mpirun starts.</summary>
public sealed class MpiRanksTests
{
    public const string Verb = "ranks";

    private const string OpenMpi = "Open MPI (apt-get install openmpi-bin)";
    private const string IsThere = "mpirun --version | grep -q 'Open MPI' && /sbin/ldconfig -p | grep -q libmpi.so.40";

    [Fact]
    public void Rank_0_alone_keeps_the_stages_and_each_states_how_many_made_it()
    {
        var folder = Project.Scratch();
        var contents = ThreadRanks.Run(2, ranks =>
        {
            List<string> said = [];
            var run = RecipeRun.Open(Smooth(), 1, folder, said.Add, ranks: ranks);
            var first = run.Get(Pipeline.MidTraining);
            var again = RecipeRun.Open(Smooth(), 1, folder, said.Add, ranks: ranks).Get(Pipeline.MidTraining);
            Assert.Equal(first.Record, again.Record);
            Assert.Contains(said, line => line.StartsWith("mid-training: settings and inputs have not changed",
                StringComparison.Ordinal));
            return first.Record.Content;
        });
        Assert.Equal(contents[0], contents[1]);
        Assert.Equal(["base", "distillation", "mid-training", "tokens"], Directory.GetDirectories(folder)
            .Select(path => Path.GetFileName(path)).Select(name => name == "tokens" ? name : name[..^11]).Order());
        Assert.Equal(["hashes.jsonl"], Directory.GetFiles(folder).Select(Path.GetFileName));
        Assert.All(StageManifest.OfRun(folder).Values, stage => Assert.Equal(2, stage.Manifest.Ranks));
        var alone = RecipeRun.Open(Smooth(), 1, Project.Scratch()).Get(Pipeline.MidTraining);
        Assert.Equal(1, StageManifest.Read(alone.Record.Folder).Ranks);
        Near(alone.Record.Folder, StageManifest.OfRun(folder)["mid-training"].Folder);
    }

    [Fact]
    public void Several_ranks_and_a_generator_are_refused() => Assert.All(ThreadRanks.Run(2, ranks =>
        Assert.Throws<ArgumentException>(() => RecipeRun.Open("smoke", 1, Project.Scratch(), ranks: ranks,
            generator: new Phi4R.Inference.Local.LocalGenerator())).Message),
        message => Assert.StartsWith("2 ranks each sample", message, StringComparison.Ordinal));

    // All of Open MPI's C interface that is used, by one process: what comes back is what a loop gives.
    [FactWhere(OpenMpi, IsThere)]
    public void Open_MPI_is_found_and_called()
    {
        var (code, said) = MpiRun(2, "dotnet", [typeof(MpiRanksTests).Assembly.Location, Verb]);
        Assert.True(code == 0, string.Join("\n", said));
        Assert.All([0, 1], rank => Assert.Single(said, line => line.EndsWith($"rank {rank}: whole",
            StringComparison.Ordinal))); // A terminal's signs may stand before it.
    }

    // One of three ranks is killed while it trains: all end, mpirun names the rank, and two go on from what three had
    // done. What one process makes is the same within 1e-6, through every stage that learns and samples.
    [FactWhere(OpenMpi, IsThere)]
    public void A_lost_rank_ends_all_and_another_number_goes_on()
    {
        var (folder, recipe) = (Project.Scratch(), Smooth());
        ConcurrentQueue<string> said = [];
        using (var process = Start(3, "dotnet", Words(folder, recipe, "mid-training"), said))
        {
            while (!process.HasExited && !Directory.GetDirectories(folder, "mid-training-*.part")
                .Any(part => Directory.GetDirectories(part, "step-*", SearchOption.AllDirectories).Length > 0))
            {
                Thread.Sleep(1);
            }

            var ranks = ChildrenOf(process.Id);
            Assert.True(ranks.Count == 3, $"mpirun has {ranks.Count} children: " + string.Join("\n", said));
            Process.GetProcessById(ranks[^1]).Kill(); // SIGKILL.
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        Assert.Contains(said, line => line.Contains("exited on signal 9 (Killed)", StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(folder, "mid-training-??????????"));
        var (code, told) = MpiRun(2, "dotnet", Words(folder, recipe, "rl"));
        Assert.True(code == 0, string.Join("\n", told));
        Assert.Contains(told, line => line.Contains("mid-training: goes on at step", StringComparison.Ordinal));

        var never = Project.Scratch();
        set_num_threads(2); // As the command.
        RecipeStages.Run(RecipeRun.Open(recipe, 1, never), to: "rl");
        set_num_threads(1);
        var (alone, together) = (StageManifest.OfRun(never), StageManifest.OfRun(folder));
        Assert.Equal(alone.Keys.Order(), together.Keys.Order());
        Assert.Equal((3, 2), (together["base"].Manifest.Ranks, together["mid-training"].Manifest.Ranks));
        Assert.All(together, stage => Assert.DoesNotContain(Directory.GetFiles(stage.Value.Folder, "*",
            SearchOption.AllDirectories), file => Path.GetFileName(file).Contains("rank", StringComparison.Ordinal)));
        foreach (var (stage, (made, _)) in alone.Where(
            stage => File.Exists(Path.Combine(stage.Value.Folder, "model.safetensors"))))
        {
            Near(made, together[stage].Folder);
            Assert.Equal(Order(made), Order(together[stage].Folder)); // What each step learned from.
        }

        Assert.Equal(Text(alone, "distillation", "rollouts/manifest.jsonl"),
            Text(together, "distillation", "rollouts/manifest.jsonl"));
        Assert.Equal(Text(alone, "prompts", "problems.jsonl"), Text(together, "prompts", "problems.jsonl"));

        static string Text(
            IReadOnlyDictionary<string, (string Folder, StageManifest)> run, string stage, string file) =>
            File.ReadAllText(Path.Combine(run[stage].Folder, file));
    }

    // Where all ranks find the same fault it is told once, by rank 0, and ends all.
    [FactWhere(OpenMpi, IsThere)]
    public void A_fault_of_the_recipe_is_told_once_and_ends_all_ranks()
    {
        var (code, said) = MpiRun(2, "dotnet", Words(Project.Scratch(), "no-such-recipe", "base"));
        Assert.Equal(1, code);
        Assert.Single(said, line => line.Contains("phi4r recipe", StringComparison.Ordinal));
    }

    /// <summary>What the ranks of a test do that mpirun starts: see Foundation/HalfWriter.cs.</summary>
    internal static void Exchange()
    {
        using var ranks = MpiCollective.Join();
        using var scope = NewDisposeScope();
        const int Numbers = 5000;
        var counts = ranks.Counts(Numbers);
        var (start, count) = (counts.Take(ranks.Rank).Sum(), counts[ranks.Rank]);
        float Value(int rank, long i) => (rank + 1) * (float)Math.Sin(i);

        var whole = tensor([.. Enumerable.Range(0, Numbers).Select(i => Value(ranks.Rank, i))]);
        var own = empty([count]);
        ranks.SumScatter(whole, own, counts);
        var sum = Enumerable.Range(0, (int)count).All(i => Math.Abs(own[i].AsDouble()
            - Enumerable.Range(0, ranks.Size).Sum(rank => (double)Value(rank, start + i))) < 1e-6);

        var gathered = zeros([Numbers], ScalarType.Byte);
        gathered.narrow(0, start, count).fill_(ranks.Rank + 7);
        ranks.Gather(gathered, counts);
        var bytes = gathered.data<byte>().ToArray();
        var gather = bytes.Select((value, i) => value == 7 + Enumerable.Range(0, ranks.Size)
            .First(rank => i < counts.Take(rank + 1).Sum())).All(isRight => isRight);

        var texts = ranks.All(new string('x', 1 + (100_000 * ranks.Rank)));
        var all = texts.Select((text, rank) => text.Length == 1 + (100_000 * rank)).All(isRight => isRight);
        var empty0 = ranks.Gather([]).All(none => none.Length == 0);
        Console.WriteLine($"rank {ranks.Rank}: {(sum && gather && all && empty0 ? "whole" : $"{sum} {gather} {all}")}");
    }

    private static string[] Words(string folder, string recipe, string last) =>
        [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "recipe", "--recipe", recipe, "--to", last,
            "--out", folder];

    private static (int Code, ConcurrentQueue<string> Said) MpiRun(int ranks, string program, string[] words)
    {
        ConcurrentQueue<string> said = [];
        using var process = Start(ranks, program, words, said);
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static Process Start(int ranks, string program, string[] words, ConcurrentQueue<string> said)
    {
        var process = Process.Start(new ProcessStartInfo("mpirun",
            ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", $"{ranks}", program, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PHI4R_CHECKPOINT_SECONDS"] = "0" },
        })!;
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static List<int> ChildrenOf(int parent) => [.. Directory.GetDirectories("/proc")
        .Select(Path.GetFileName).Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
        .Where(id => Stat(id!) is { } fields && fields[1] == $"{parent}")
        .Select(id => int.Parse(id!, CultureInfo.InvariantCulture)).Order()];

    // What stands behind a process's name: its state, its parent.
    private static string[]? Stat(string id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null; // It is over.
        }
    }

    // Smoke, with an epsilon that keeps gradients which are nothing but rounding from moving a weight by the whole
    // rate: see RanksStageTests.
    private static string Smooth()
    {
        var path = Path.Combine(Project.Scratch(), "smooth.json");
        var stages = new[] { "Pretrain", "MidTraining", "Sft", "RolloutDpo", "Grpo" };
        var recipe = stages.ToDictionary(stage => stage, _ => (object)new { Optimizer = new { Epsilon = 1e-3 } });
        recipe["Base"] = "smoke";
        File.WriteAllText(path, JsonSerializer.Serialize(recipe));
        return path;
    }

    private static void Near(string expected, string found)
    {
        var (one, other) = (Read(expected), Read(found));
        Assert.Equal(one.Keys, other.Keys);
        Assert.All(one, pair => Compare.Close(pair.Value, other[pair.Key], 1e-6, pair.Key));

        static Dictionary<string, Tensor> Read(string folder) =>
            Phi4R.Checkpoints.SafeTensors.Read(Path.Combine(folder, "model.safetensors"));
    }

    private static List<string> Order(string folder) => [.. StageSteps.OfRun(Path.GetDirectoryName(folder)!)
        .Where(stage => folder.Contains($"{Path.DirectorySeparatorChar}{stage.Stage}-", StringComparison.Ordinal))
        .SelectMany(stage => stage.Steps.Select(step => string.Join(" ", step.Values
            .Where(value => value.Key is "tokens" or "lossTokens" or "padding" or "answersUsed" or "meanLength")
            .Select(value => $"{step.Number} {value.Key} {value.Value}"))))];
}
