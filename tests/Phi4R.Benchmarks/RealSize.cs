using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Benchmarks;

/// <summary>
/// Memory and time of the commands, and of a step of adapters, with a checkpoint of Phi-4-mini's sizes: 7.67 GB of bf16
/// in two files that are mostly holes.
/// </summary>
internal static class RealSize
{
    private const int RowTokens = 256;
    private const int AnswerTokens = 16;
    private const string Ids = "5,16,27,38,49,60,71,82";

    /// <summary>A line for each command.</summary>
    /// <param name="program">What starts phi4r, such as environment/phi4r.</param>
    public static void Run(string program)
    {
        NativeLibraries.Prepare(Environment.ProcessorCount);
        var home = Directory.CreateTempSubdirectory("phi4r-real-size-").FullName;
        try
        {
            var folder = Path.Combine(home, "model");
            SparseCheckpoint.Write(folder, Paper.Recipe.Model);
            Console.WriteLine($"{Environment.ProcessorCount} cores, {Paper.Recipe.Model.ParameterCount / 1e9:F3}B "
                + "weights of bf16; memory is the resident size at the most, mapped files included");
            Command("logits of 8 tokens", $"{{\"ids\":[{Ids}]}}\n", "logits", "--model", folder);
            foreach (var answers in new[] { 1, 8 })
            {
                var row = $"{{\"ids\":[{Ids}],\"n\":{answers},\"max_new_tokens\":{AnswerTokens},\"stop_ids\":[]}}\n";
                Command($"generate, {answers} x {AnswerTokens} tokens", row, "generate", "--model", folder);
            }

            Serve(folder);
            Command("export to bf16, with its proof", "", "export", "--model", folder, "--out",
                Path.Combine(home, "out"));
            Step(folder);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }

        void Command(string name, string input, params string[] words)
        {
            using var command = new MeasuredCommand(program, words);
            var (code, _, errors, seconds, peak) = command.Finish(input);
            Console.WriteLine(code == 0
                ? $"  {name,-32} {seconds,7:F1} s  {peak / 1e9,5:F1} GB"
                : $"  {name,-32} exit code {code}: {errors.Trim()}");
        }

        void Serve(string folder)
        {
            var clock = Stopwatch.StartNew();
            using var command = new MeasuredCommand(program, "serve", "--model", folder, "--port", "0");
            var address = "";
            while (!address.Contains("http://", StringComparison.Ordinal))
            {
                address = command.Errors.ReadLine()
                    ?? throw new InvalidOperationException("serve ended before it served.");
            }

            var ready = clock.Elapsed.TotalSeconds;
            using var http = new HttpClient { Timeout = TimeSpan.FromHours(1) };
            var request = new
            {
                prompt = Ids.Split(',').Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
                max_tokens = AnswerTokens,
            };
            using var answer = http.PostAsJsonAsync(
                $"{address[address.IndexOf("http://", StringComparison.Ordinal)..]}/completions", request).Result;
            answer.EnsureSuccessStatusCode();
            Console.WriteLine($"  {$"serve, 1 x {AnswerTokens} tokens",-32} {clock.Elapsed.TotalSeconds,7:F1} s  "
                + $"{command.Stop() / 1e9,5:F1} GB, ready after {ready:F1} s");
        }
    }

    private static void Step(string folder)
    {
        var memory = new MemoryConfig
        {
            ActivationCheckpointEvery = 1,
            Weights = WeightPrecision.BFloat16,
            Lora = new LoraConfig { Rank = 64, Alpha = 128 },
        };
        var clock = Stopwatch.StartNew();
        using var model = LanguageModel.PrepareForTraining(Checkpoint.Open(folder).Load(CPU, ScalarType.BFloat16),
            memory, adaptersSeed: 1);
        using var optimizer = new Optimizer(model, Paper.Recipe.Sft.Optimizer);
        var loaded = clock.Elapsed.TotalSeconds;
        var stream = Randomness.For(1, "real size");
        var row =
            new PackedSequence(
                [new TrainingExample("random",
                    [.. Enumerable.Range(0, RowTokens).Select(_ => stream.Next(SparseCheckpoint.KnownIds))], 0)],
                        RowTokens);
        var (pass, update, loss) = FineTuningStep.Step(model, optimizer, row, CPU, step: 0);
        Console.WriteLine($"  {$"a step of adapters, {RowTokens} tokens",-32} {pass + update,7:F1} s  "
            + $"{MeasuredCommand.Peak(Environment.ProcessId) / 1e9,5:F1} GB, after {loaded:F1} s of reading; "
            + $"loss {loss:F3}");
    }
}
