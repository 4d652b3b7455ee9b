using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Benchmarks;

/// <summary>
/// The way of many rollouts from a teacher to the first step of mid-training, each part in a process of its own: the
/// memory that it takes, and signs of text for each second of a core.
/// </summary>
internal static class DataScale
{
    private static readonly string[] Parts = ["distill", "import", "curate", "pack", "step"];

    /// <summary>Runs all parts, or one of them in this process, or "core": the work by itself, without files.</summary>
    public static int Run(string[] words)
    {
        if (words is ["core"])
        {
            Core();
            return 0;
        }

        if (words is ["part", var part, var rollouts, var home])
        {
            Part(part, int.Parse(rollouts, CultureInfo.InvariantCulture), home);
            return 0;
        }

        var count = int.Parse(words.ElementAtOrDefault(0) ?? "20000", CultureInfo.InvariantCulture);
        var folder = words.ElementAtOrDefault(1) ?? Directory.CreateTempSubdirectory("phi4r-scale-").FullName;
        Console.WriteLine($"{count:N0} rollouts in {folder}; MB are of UTF-8 text, seconds are of processors");
        foreach (var each in Parts)
        {
            using var process = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath!,
                [.. Own, "scale", "part", each, $"{count}", folder]))!;
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                return process.ExitCode;
            }
        }

        return 0;
    }

    // Where dotnet itself is the program, it is given this one.
    private static string[] Own => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [typeof(DataScale).Assembly.Location]
        : [];

    private static void Part(string part, int count, string home)
    {
        Directory.CreateDirectory(home);
        switch (part)
        {
            case "distill":
                Distill(count, home);
                break;
            case "import" when Directory.Exists(Path.Combine(home, "imported", "rollouts")):
                break; // Of an earlier start.
            case "import":
                SetImport.Run("own", [.. RolloutParts.Files(Path.Combine(home, "distilled"))],
                    Path.Combine(home, "imported"));
                break;
            case "curate":
                Curate(home);
                break;
            case "pack":
                _ = Open(home).Xray(Pipeline.MidTraining, rows: 1);
                break;
            case "step":
                Step(home);
                break;
        }

        var seconds = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        var megabytes = Megabytes(home);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {part,-8} {seconds,8:F1} s, "
            + $"{megabytes / seconds,6:F1} MB/s, {MeasuredCommand.Peak(Environment.ProcessId) / 1e6,6:F0} MB resident "
            + $"at the most"));
    }

    private static double Megabytes(string home)
    {
        var file = Path.Combine(home, "bytes");
        if (!File.Exists(file))
        {
            var bytes = RolloutParts.Read(Path.Combine(home, "distilled"))
                .Sum(rollout => (long)System.Text.Encoding.UTF8.GetByteCount(rollout.Text));
            File.WriteAllText(file, $"{bytes}");
        }

        return long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) / 1e6;
    }

    private static void Distill(int count, string home)
    {
        using var teacher = new SyntheticTeacher();
        var problems = Enumerable.Range(0, Math.Max(1, count / SyntheticTeacher.Each))
            .Select(SyntheticTeacher.Problem).ToList();
        ProblemFile.Write(Path.Combine(home, "problems.jsonl"), problems);
        var report = Stages.Distill.RunAsync(problems, Path.Combine(home, "distilled"), new DistillOptions
        {
            Teacher = new AskedModel
            {
                Name = "synthetic",
                Servers = new ChatPool([teacher]),
                Prompt = PromptTemplate.Teacher,
                Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 4096 },
            },
            RolloutsPerProblem = SyntheticTeacher.Each,
            Seed = 1,
            Repetition = RepetitionConfig.LongThought,
        }).GetAwaiter().GetResult();
        Console.WriteLine($"  {report.Completions:N0} completions, {report.Correct:N0} correct");
    }

    private static void Curate(string home)
    {
        var run = Open(home);
        var distilled = run.Get(Pipeline.Distillation);
        var curated = run.Curate();
        Console.WriteLine($"  {distilled.Rollouts.Count:N0} rollouts, {curated.Kept.Count:N0} curated");
    }

    private static void Step(string home)
    {
        var run = Open(home);
        var (config, stage) = (run.Recipe.MidTraining,
            new StageContext(run, run.Listed(Pipeline.MidTraining), null, default));
        var steps = MidTraining.Steps(run.Data.Verified(stage), config, stage.Seed);
        using var model = LanguageModel.PrepareForTraining(
            run.Data.Source.FirstModel(run.Recipe.Model, 1), run.Recipe.Memory, 1);
        var reports = NextTokenTraining.Run(
            model, steps.Take(1), 1, config.MicroBatchSize, run.Fill, config.Optimizer);
        Console.WriteLine($"  {steps.Count:N0} steps of {config.SequenceLength * config.BatchSize:N0} tokens, the "
            + $"first with loss {reports[0].Loss:F2}");
    }

    // A recipe of files over a model of few weights, whose vocabulary is Phi-4-mini's.
    private static RecipeRun Open(string home)
    {
        var recipe = Path.Combine(home, "recipe.json");
        if (!File.Exists(recipe))
        {
            Write(home, recipe);
        }

        return RecipeRun.Open(recipe, 1, Path.Combine(home, "run"));
    }

    private static void Write(string home, string recipe)
    {
        var smoke = Recipes.Pocket.Smoke.Model;
        var tokenizer = new Phi4MiniTokenizer();
        var config = smoke with { VocabularySize = tokenizer.VocabularySize, MaxPositions = 4096 };
        using (var model = LanguageModel.Create(config, 1, CPU))
        {
            ModelExport.Write(model, Path.Combine(home, "model"), tokenizer.EndOfText, tokenizer.StopIds);
        }

        TokenizerExport.Write(Path.Combine(home, "model"), ChatTemplate.Instruct);
        ProblemFile.Write(Path.Combine(home, "benchmark.jsonl"),
        [
            .. Enumerable.Range(0, 500).Select(i => new Problem
            {
                Id = $"b{i}",
                Question = $"In a league of {i + 4} teams every team meets every other team twice, once at home and "
                    + $"once away; how many matches are there after {i + 2} rounds of the season?",
                Answer = $"{i}",
                Domain = "counting",
                Level = 3,
            }),
        ]);
        File.WriteAllText(recipe, JsonSerializer.Serialize(new
        {
            Base = "smoke",
            PretrainData = (object?)null,
            Pretrain = (object?)null,
            Model = new { config.VocabularySize, config.MaxPositions },
            Distill = new { Problems = 10_000_000, RolloutsPerProblem = SyntheticTeacher.Each },
            MidTraining = new { SequenceLength = 4096, OpenRows = 64, BatchSize = 2, MicroBatchSize = 1 },
            Curation = new { Count = 1000, Styles = (string[]?)null },
            Sft = new { MaxTokens = 4096 },
            Files = new
            {
                Model = Path.Combine(home, "model"),
                Tokenizer = "Released",
                Rollouts = Path.Combine(home, "imported"),
                Problems = Path.Combine(home, "imported", "problems.jsonl"),
                Benchmarks = new[] { Path.Combine(home, "benchmark.jsonl") },
                AcceleratorGigabytes = 0,
            },
        }));
    }

    // What each piece of work costs by itself, on one core, without files.
    private static void Core()
    {
        var (tokenizer, problem) = (new Phi4MiniTokenizer(), SyntheticTeacher.Problem(3));
        var chat = new ChatFormat(tokenizer);
        var texts = Enumerable.Range(0, 8_000).Select(i => SyntheticTeacher.Sample(3, (ulong)i)).ToList();
        var megabytes = texts.Sum(text => (double)System.Text.Encoding.UTF8.GetByteCount(text)) / 1e6;
        var documents = texts.Select((text, i) => new TrainingExample($"{i}", chat.Completion(text), 0)).ToList();
        var words = new BenchmarkWords([problem], 10);
        var (verify, tokenize, pack) = (
            Seconds(() => texts.ForEach(text => Verifiers.FinalAnswer(problem, text))),
            Seconds(() => texts.ForEach(text => chat.Completion(text))),
            Seconds(() => _ = Packing.Pack(documents, 16_384, 64).Count()));
        Console.WriteLine("MB/s for each second of a processor");
        Line("verification", verify);
        Line("tokenization", tokenize);
        Line("packing", pack);
        Line("all three together", verify + tokenize + pack);
        Line("repetition", Seconds(() =>
            texts.ForEach(text => Repetition.IsRepetitive(text, RepetitionConfig.LongThought))));
        Line("quotes of benchmarks", Seconds(() => texts.ForEach(text => words.Quoted(text))));
        Line("hash", Seconds(() => texts.ForEach(text => StableHash.Of(text))));

        void Line(string what, double seconds) => Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  {what,-20} {megabytes / seconds,8:F1}"));
    }

    // Of the processor: others may be at work on the machine. Code is compiled to its best while it runs, some
    // seconds long, which a million rollouts do not notice.
    private static double Seconds(Action work)
    {
        _ = Rounds(work, TimeSpan.FromSeconds(3));
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var times = Rounds(work, TimeSpan.FromSeconds(2));
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / times;
    }

    private static int Rounds(Action work, TimeSpan atLeast)
    {
        var (start, times) = (Stopwatch.GetTimestamp(), 0);
        do
        {
            work();
            times++;
        }
        while (Stopwatch.GetElapsedTime(start) < atLeast);
        return times;
    }
}
