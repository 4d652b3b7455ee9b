using System.CommandLine;
using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Training;

namespace Phi4R.Benchmarks;

/// <summary>
/// One step of full fine-tuning at Phi-4-mini's sizes with random weights: tokens a second of the pass and of the
/// update, memory of the device, and the share that model FLOP/s (6 a weight and token, attention's causal half,
/// nothing for what is computed twice) have of the device's own bf16 product.
/// </summary>
internal static class FineTuningStep
{
    private static readonly (string Name, MemoryConfig Memory)[] Schemes =
    [
        ("8-bit", new()
        {
            ActivationCheckpointEvery = 1,
            Weights = WeightPrecision.BFloat16,
            OptimizerState = OptimizerStateStorage.EightBit,
        }),
        ("host", new()
        {
            ActivationCheckpointEvery = 1,
            Weights = WeightPrecision.BFloat16,
            OptimizerState = OptimizerStateStorage.Host,
        }),
        ("small", new()
        {
            ActivationCheckpointEvery = 1,
            Weights = WeightPrecision.BFloat16,
            OptimizerState = OptimizerStateStorage.HostWithMasters,
        }),
        ("half", new()
        {
            ActivationCheckpointEvery = 2,
            Weights = WeightPrecision.BFloat16,
            OptimizerState = OptimizerStateStorage.EightBit,
        }),
        ("lora", new()
        {
            ActivationCheckpointEvery = 1,
            Weights = WeightPrecision.BFloat16,
            Lora = new LoraConfig { Rank = 64, Alpha = 128 },
        }),
    ];

    /// <summary>Reads the command line and runs the scheme that it names, each row length in turn.</summary>
    public static int Run(string[] args)
    {
        Option<int> layers = new("--layers")
        {
            DefaultValueFactory = _ => Paper.Recipe.Model.Layers,
            Description = "blocks; fewer of them where memory is small",
        };
        Option<int> vocabulary = new("--vocabulary") { DefaultValueFactory = _ => Paper.Recipe.Model.VocabularySize };
        Option<int[]> tokens = new("--tokens")
        {
            DefaultValueFactory = _ => [4096, 16_384],
            AllowMultipleArgumentsPerToken = true,
            Description = "lengths of a row",
        };
        Option<int> documents = new("--documents")
        {
            DefaultValueFactory = _ => 1,
            Description = "documents packed in a row",
        };
        Option<int> times = new("--times")
        {
            DefaultValueFactory = _ => 3,
            Description = "steps that count, after one that does not",
        };
        var scheme = new Option<string>("--scheme")
        {
            DefaultValueFactory = _ => Schemes[0].Name,
            Description = "what is kept where",
        }.AcceptOnlyFromAmong([.. Schemes.Select(pair => pair.Name)]);
        var command = new RootCommand("A fine-tuning step at Phi-4-mini's sizes.")
        {
            layers,
            vocabulary,
            tokens,
            documents,
            times,
            scheme,
        };
        command.SetAction(words =>
        {
            NativeLibraries.Prepare(Environment.ProcessorCount);
            var config = Paper.Recipe.Model with
            {
                Layers = words.GetValue(layers),
                VocabularySize = words.GetValue(vocabulary),
            };
            Measure(config, Schemes.First(pair => pair.Name == words.GetValue(scheme)), words.GetValue(tokens)!,
                words.GetValue(documents), words.GetValue(times));
        });
        return command.Parse(args).Invoke();
    }

    private static void Measure(ModelConfig config, (string Name, MemoryConfig Memory) scheme, int[] lengths,
        int documents, int times)
    {
        var device = Doctor.ChosenDevice();
        var limit = Product(device);
        var start = scheme.Memory.OptimizerState == OptimizerStateStorage.HostWithMasters ? CPU : device;
        using var model =
            LanguageModel.PrepareForTraining(Random(config, start), scheme.Memory, adaptersSeed: 1, device);
        var planned = TrainingMemory.Of(config, scheme.Memory, tokens: 0);
        using var optimizer = new Optimizer(model, Paper.Recipe.Sft.Optimizer);
        Console.WriteLine($"{device}, {config.ParameterCount / 1e9:F3}B weights in {config.Layers} blocks, scheme "
            + $"{scheme.Name}: {scheme.Memory}");
        Console.WriteLine($"  planned without activations: {planned.DeviceBytes / 1e9:F1} GB of the device, "
            + $"{planned.HostBytes / 1e9:F1} GB of the host");
        Console.WriteLine($"  bf16 product 8192 x 8192 x 8192 at {limit / 1e12:F1} TFLOP/s; memory taken before the "
            + $"first pass {Gigabytes(device)}");
        foreach (var length in lengths)
        {
            var each = length / documents;
            var row = new PackedSequence(
                [.. Enumerable.Range(0, documents)
                    .Select(d => new TrainingExample($"random {d}", Tokens(config, each, d), 0))], length);
            List<(double Pass, double Update, double Loss)> steps = [];
            for (var i = 0; i <= times; i++)
            {
                steps.Add(Step(model, optimizer, row, device, i));
            }

            var (pass, update) = (Median(steps.Skip(1).Select(step => step.Pass)),
                Median(steps.Skip(1).Select(step => step.Update)));
            var flops = (6.0 * config.ParameterCount * length)
                + (6.0 * documents * each * each * config.Width * config.Layers);
            Console.WriteLine($"  {documents} x {each,6:N0} tokens: pass {pass:F3} s = {length / pass,7:N0} tokens/s "
                + $"= {100 * flops / pass / limit:F1} % of the product; update {update:F3} s; "
                + $"one pass a step {length / (pass + update):N0} tokens/s; memory at the most {Gigabytes(device)}; "
                + $"losses {string.Join(", ", steps.Select(step => $"{step.Loss:F3}"))}");
        }
    }

    internal static (double Pass, double Update, double Loss) Step(
        LanguageModel model, Optimizer optimizer, PackedSequence row, Device device, int step)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        using var batch = TokenBatch.From([row], padTokenId: 0, device);
        var mean = -ModelLosses.TokenLogProbs(model, batch).mean(); // []
        optimizer.Backward(mean);
        var loss = mean.AsDouble();
        Wait(device);
        var pass = clock.Elapsed.TotalSeconds;
        optimizer.Step(step, 1000);
        Wait(device);
        return (pass, clock.Elapsed.TotalSeconds - pass, loss);
    }

    // Drawn on the device: a processor would draw for half a minute.
    internal static LanguageModel Random(ModelConfig config, Device device, ScalarType dtype = ScalarType.Float32)
    {
        var model = new LanguageModel(config, device, dtype);
        using var frozen = no_grad();
        foreach (var (_, weight) in model.Parameters.Where(pair => pair.Weight.dim() > 1))
        {
            weight.normal_(0, 0.02);
        }

        return model;
    }

    private static int[] Tokens(ModelConfig config, int count, int document)
    {
        var stream = Randomness.For(1, "fine-tuning step", document);
        return [.. Enumerable.Range(0, count).Select(_ => stream.Next(config.VocabularySize))];
    }

    private static double Product(Device device)
    {
        var size = device.type == DeviceType.CPU ? 1024 : 8192;
        using var square = randn(size, size, device: device).to_type(ScalarType.BFloat16);
        return 2 * Math.Pow(size, 3) / Timing.Median(10, () =>
        {
            square.mm(square).Dispose();
            Wait(device);
        });
    }

    internal static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }

    private static string Gigabytes(Device device) =>
        device.type == DeviceType.CUDA && DeviceMemory.Taken(device) is { } bytes
        ? $"{bytes / 1e9:F1} GB"
        : $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:F1} GB of the process";

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }
}
