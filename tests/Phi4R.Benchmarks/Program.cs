// dotnet run -c Release --project tests/Phi4R.Benchmarks -- WORDS, where the words are:
//
// (none)
//     Speed of the pocket model beside the machine's own matrix product, all in one run.
// verifier FOLDER
//     The answer verifier on the public cases, from the folder that holds them.
// kernel [STARTS] [KERNELSPEC...]
//     Notebook kernels as a front end sees them, in turns, each beside the first; a kernelspec is a folder, a
//     kernel.json, or the name of an installed one; without any, ours is measured alone.
// generation [3M|100M]
//     Speed of the engine beside llama.cpp and the limits of the machine, for models of 3 and 100 million random
//     weights or one of them.
// tokenizer
//     Speed of the tokenizer beside the plain library.
// weights
//     Speed and memory of reading a written model of 100 million weights beside copying memory.
// memory
//     What each memory switch costs in speed and saves in memory, in a training step.
// training
//     Model FLOP/s of training steps beside the machine's matrix product, from 1 to 100 million weights, with each
//     memory switch; an RL step by its parts.
// profile [1M|3M|10M|100M]
//     Where the time of one of these steps goes.
// fine-tuning-step
//     A step of full fine-tuning at the real model's sizes with random weights, on the device that PHI4R_DEVICE names;
//     --help tells how to make it small. The same on the same card in PyTorch, the peer: python3
//     tests/Phi4R.Benchmarks/peer/fine_tuning_step.py
// rollouts [BLOCKS VOCABULARY ANSWERS...]
//     Speed of drawing answers from the real model's sizes, on the device that PHI4R_DEVICE names; with fewer blocks,
//     tokens and answers at a time for a processor.
// real-size environment/phi4r
//     Memory and time of logits, generate, serve, export and a step of adapters with a checkpoint of the real model's
//     sizes that takes little disk; the given program is phi4r.
// device
//     Whether the device that PHI4R_DEVICE names computes what the processor computes: model, gradients, update,
//     generation; and what its attention keeps in memory.
// scale [ROLLOUTS [FOLDER]]
//     Memory and speed of many rollouts on their way from a teacher to the first step of mid-training.
using System.Globalization;
using Phi4R.Benchmarks;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Training;
using PocketRecipe = Phi4R.Recipes.Pocket;

// What of the environment the library is to know.
var device = Environment.GetEnvironmentVariable("PHI4R_DEVICE");
HostOptions.Current = HostOptions.Current with { Device = string.IsNullOrEmpty(device) ? "cpu" : device };
if (args is ["verifier", var cases])
{
    VerifierSpeed.Run(cases);
    return;
}

if (args is ["scale", .. var sizes])
{
    Environment.ExitCode = DataScale.Run(sizes);
    return;
}

if (args is ["kernel", .. var specifications])
{
    KernelSpeed.Run(specifications);
    return;
}

if (args is ["generation"] or ["generation", _])
{
    GenerationSpeed.Run(args.ElementAtOrDefault(1));
    return;
}

if (args is ["real-size", var phi4r])
{
    RealSize.Run(phi4r);
    return;
}

if (args is ["memory"])
{
    MemoryCost.Run();
    return;
}

if (args is ["training"])
{
    TrainingSpeed.Run();
    return;
}

if (args is ["training", "1"])
{
    TrainingSpeed.Steps(threads: 1);
    return;
}

if (args is ["profile"] or ["profile", _])
{
    StepProfile.Run(args.ElementAtOrDefault(1) ?? "1M");
    return;
}

if (args is ["rollouts"])
{
    RolloutSpeed.Run(Phi4R.Recipes.Paper.Recipe.Model.Layers, Phi4R.Recipes.Paper.Recipe.Model.VocabularySize,
        [8, 32, 128]);
    return;
}

if (args is ["rollouts", var layers, var vocabulary, .. var counts])
{
    RolloutSpeed.Run(int.Parse(layers, CultureInfo.InvariantCulture),
        int.Parse(vocabulary, CultureInfo.InvariantCulture),
        [.. counts.Select(count => int.Parse(count, CultureInfo.InvariantCulture))]);
    return;
}

if (args is ["device"])
{
    Environment.ExitCode = DeviceCheck.Run();
    return;
}

if (args is ["fine-tuning-step", .. var words])
{
    Environment.ExitCode = FineTuningStep.Run(words);
    return;
}

if (args is ["tokenizer"])
{
    TokenizerBenchmark.Run();
    return;
}

if (args is ["requests"])
{
    RequestSpeed.Run();
    return;
}

if (args is [RequestSpeed.ServerWord])
{
    RequestSpeed.Serve();
    return;
}

if (args is ["weights"])
{
    WeightsSpeed.Run();
    return;
}

var config = PocketRecipe.Recipe.Model;
var tokenizer = new PocketTokenizer();
var chat = new ChatFormat(tokenizer);
var problems = Enumerable.Range(0, 512)
    .Select(
        i => PocketProblems.Draw(Randomness.For(1, "benchmark", i), PocketRecipe.Recipe.Distill.Mix, Split.Training))
            .ToList();
var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
var documents = problems.Select((problem, i) => new TrainingExample(
    problem.Id,
    [.. chat.Prompt(problem.Question),
        .. chat.Completion(teacher.Answer(problem, 1, Randomness.For(1, "answers", i))[0].Text)], 0));
var rows = Packing.Pack(documents, 256, 16).Take(8).ToList();
var flops = 6.0 * config.ParameterCount;

foreach (var threads in new[] { 1, 2 })
{
    NativeLibraries.Prepare(threads);
    Console.WriteLine($"{threads} thread{(threads > 1 ? "s" : "")} of libtorch, median of several");
    using var square = randn(1024, 1024);
    var limit = 2 * Math.Pow(1024, 3) / Timing.Median(15, () => square.mm(square).Dispose());
    Console.WriteLine($"  matrix product 1024 x 1024 x 1024      {limit / 1e9,8:F0} GFLOP/s");

    using var model = LanguageModel.Create(config, 1, CPU);
    using var optimizer = new Optimizer(model, PocketRecipe.Recipe.MidTraining.Optimizer);
    using var batch = TokenBatch.From(rows, tokenizer.EndOfText, CPU);
    var tokens = rows.Sum(row => row.Used);
    foreach (var fused in new[] { false, true })
    {
        var seconds = Timing.Median(15, () =>
        {
            using var scope = NewDisposeScope();
            var hidden = model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, fused ? batch.Spans : null);
            TokenLogProbs.Of(hidden.flatten(0, 1).index_select(0, batch.LossRows), model.HeadWeight, batch.Targets)
                .mean().backward();
            optimizer.Step(0, 1000);
        });
        Console.WriteLine($"  training step, {(fused ? "fused attention  " : "masked attention ")}       "
            + $"{tokens / seconds,8:N0} tokens/s, {100 * flops * tokens / seconds / limit,4:F0} % of the matrix "
            + "product's rate");
    }

    if (threads == 2)
    {
        var requests =
            problems.Select((problem, i) =>
                new SampleRequest(chat.Prompt(problem.Question),
                    [.. Enumerable.Range(0, 8).Select(j => Randomness.For(1, "draw", i, j))])).ToList();
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 64 };
        var drawn = 0L;
        var seconds = Timing.Median(3,
            () => drawn = Sampler.Draw(model, requests, sampling, [])
                .Sum(group => group.Sum(sample => (long)sample.TokenIds.Length)));
        Console.WriteLine($"  drawing, {Environment.ProcessorCount} cores, 8 answers a prompt    "
            + $"{drawn / seconds,8:N0} tokens/s, {100 * flops / 3 * drawn / seconds / limit,4:F0} % of the matrix "
            + "product's rate");
        using var half = new PackedMatrix(new float[768 * 128], 768, 128);
        foreach (var count in new[] { 1, 8, 64 })
        {
            Console.WriteLine($"  PackedMatrix [{count}, 128] x [128, 768], one core "
                + $"{2.0 * count * 768 * 128 / Timing.Multiply(half, count) / 1e9,5:F0} GFLOP/s");
        }
    }
}
