using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Training;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>
/// Model FLOP/s of training steps on packed rows over the FLOP/s of libtorch's 32-bit matrix product, measured around
/// each row of the table, so that a busy machine slows both. A matrix weight counts 6 FLOP a token, attention 6 T² D a
/// block for each document of T tokens: its causal half, forward and backward.
/// </summary>
internal static class TrainingSpeed
{
    private const int SequenceLength = 256;

    private static readonly ModelConfig Plain = PocketRecipe.Recipe.Model with
    {
        MaxPositions = 1024,
        ShortFactors = null,
        LongFactors = null,
    };

    /// <summary>The models that steps are measured of.</summary>
    internal static readonly (string Name, ModelConfig Config, int Rows, int Times)[] Sizes =
    [
        ("1M (pocket)", PocketRecipe.Recipe.Model, 8, 7),
        ("3M", Plain with
        {
            Width = 192,
            Layers = 6,
            QueryHeads = 6,
            KeyValueHeads = 2,
            FeedForwardWidth = 672,
            VocabularySize = 512,
        }, 8, 5),
        ("10M", Plain with
        {
            Width = 320,
            Layers = 6,
            QueryHeads = 10,
            KeyValueHeads = 5,
            FeedForwardWidth = 1280,
            VocabularySize = 512,
        }, 8, 2),
        ("100M", Plain with
        {
            Width = 768,
            Layers = 12,
            QueryHeads = 12,
            KeyValueHeads = 4,
            FeedForwardWidth = 2048,
            VocabularySize = 24_576,
        }, 2, 1),
    ];

    private static readonly MemoryConfig Everything = PocketRecipe.Recipe.Memory;

    // The switches, one line each.
    private static readonly (string Name, MemoryConfig Memory)[] Switches =
    [
        ("everything kept", Everything),
        ("every block run again", Everything with { ActivationCheckpointEvery = 1 }),
        ("products in bf16", Everything with { Bf16Matmul = true }),
    ];

    /// <summary>The whole table: on one core in a process of its own that is bound to it, then here on two.</summary>
    public static void Run()
    {
        using (var one = Process.Start("taskset", ["-c", "0", Environment.ProcessPath!, "training", "1"]))
        {
            one.WaitForExit();
        }

        Steps(2);
        Neighbour();
        ReinforceStep();
    }

    /// <summary>The steps of all sizes and switches.</summary>
    public static void Steps(int threads)
    {
        NativeLibraries.Prepare(threads);
        Console.WriteLine($"{(threads == 1 ? "one thread on one core" : $"{threads} threads")}; best of several");
        Warm();
        foreach (var (name, config, rows, times) in Sizes)
        {
            using var step = new Step(config, rows);
            Console.WriteLine($"  {name}: {config.ParameterCount / 1e6:F1}M weights, {step.Tokens:N0} tokens in "
                + $"{rows} rows of {step.Documents} documents");
            foreach (var (what, memory) in Switches)
            {
                step.Memory = memory;
                var (seconds, limit) = step.Seconds(times);
                Console.WriteLine($"    {what,-30} {step.Tokens / seconds,8:N0} tokens/s, "
                    + $"{step.Flops / seconds / 1e9,5:F0} of {limit / 1e9,4:F0} GFLOP/s = "
                    + $"{100 * step.Flops / seconds / limit,3:F0} %");
            }

            step.Memory = Everything;
            Outside(name, step, config, rows, times);
        }
    }

    // Code that has run often is compiled again, on the same core where there is but one.
    private static void Warm()
    {
        using var step = new Step(Sizes[0].Config, Sizes[0].Rows);
        foreach (var (_, memory) in Switches)
        {
            step.Memory = memory;
            _ = step.Seconds(20);
        }
    }

    // The pass of a model with as many blocks but hardly any width, which makes the same calls and gives kernels next
    // to nothing to do, and our kernels alone on the step's shapes.
    private static void Outside(string name, Step step, ModelConfig config, int rows, int times)
    {
        var (whole, _) = step.Seconds(times);
        using var empty = new Step(config with
        {
            Width = 32,
            QueryHeads = 1,
            KeyValueHeads = 1,
            FeedForwardWidth = 32,
            VocabularySize = 32,
            ShortFactors = null,
            LongFactors = null,
        }, rows: 1, rowLength: 2);
        var calls = Timing.Best(5, empty.Pass);
        var kernels = Kernels(config, step.Batch, rows);
        Console.WriteLine($"    outside libtorch's kernels     {100 * calls / whole:F1} % calls and bookkeeping "
            + $"({1e3 * calls:F1} ms, the pass of {config.Layers} blocks of width 32 over 2 tokens), "
            + $"{100 * kernels / whole:F1} % kernels of ours (attention, norms, gate alone on the same shapes)");
    }

    private static double Kernels(ModelConfig config, TokenBatch batch, int rows)
    {
        using var scope = NewDisposeScope();
        using var joined = randn(rows, SequenceLength, config.JoinedHeadsWidth).requires_grad_(true);
        using var gates = randn(rows, SequenceLength, 2 * config.FeedForwardWidth).requires_grad_(true);
        using var stream = randn(rows, SequenceLength, config.Width).requires_grad_(true);
        using var weight = ones(config.Width).requires_grad_(true);
        using var rotary = new RotaryEmbedding(config, CPU);
        var angles = rotary.Angles(useLong: false, SequenceLength - 1);
        Tensor[] outputs = [FusedAttention.Of(joined, angles, batch.Spans, config.Heads), FusedGate.apply(gates),
            FusedNorm.apply(stream, weight, config.NormEpsilon)];
        Tensor[] above = [.. outputs.Select(output => ones_like(output))];
        double Both(Func<Tensor> forward, Tensor upstream) => Timing.Best(5, () =>
        {
            using var inner = NewDisposeScope();
            forward().backward([upstream]);
        });
        return (config.Layers * Both(() => FusedAttention.Of(joined, angles, batch.Spans, config.Heads), above[0]))
            + (config.Layers * Both(() => FusedGate.apply(gates), above[1]))
            + (((2 * config.Layers) + 1) * Both(() => FusedNorm.apply(stream, weight, config.NormEpsilon), above[2]));
    }

    // The pocket's step while another process computes on one of the cores.
    private static void Neighbour()
    {
        using var step = new Step(Sizes[0].Config, Sizes[0].Rows) { Memory = Everything };
        var (quiet, _) = step.Seconds(15);
        using var busy = Process.Start("taskset", ["-c", "1", "sh", "-c", "while :; do :; done"]);
        try
        {
            var (shared, limit) = step.Seconds(15);
            Console.WriteLine($"  {Sizes[0].Name} with a busy neighbour on one core: {step.Tokens / shared:N0} "
                + $"tokens/s, {100 * quiet / shared:F0} % of the same step without it, "
                + $"{100 * step.Flops / shared / limit:F0} % of the matrix product beside it");
        }
        finally
        {
            busy.Kill(entireProcessTree: true);
            busy.WaitForExit();
        }
    }

    // The first step of the real stage from a pocket model that has learned to end its answers; drawn twice, since the
    // first warms up.
    private static void ReinforceStep()
    {
        var tokenizer = new PocketTokenizer();
        var chat = new ChatFormat(tokenizer);
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        Problem[] problems = [.. Enumerable.Range(0, 2000)
            .Select(
                i => PocketProblems.Draw(Randomness.For(1, "benchmark", i), PocketRecipe.Recipe.Distill.Mix,
                    Split.Training))];
        TrainingExample[] documents = [.. problems.Select((problem, i) => new TrainingExample(
            problem.Id,
            [.. chat.Prompt(problem.Question),
                .. chat.Completion(teacher.Answer(problem, 1, Randomness.For(1, "answers", i))[0].Text)], 0))];
        using var model = LanguageModel.Create(PocketRecipe.Recipe.Model, 1, CPU);
        MidTraining.Run(model, documents, PocketRecipe.Recipe.MidTraining, tokenizer, 1);

        var config = PocketRecipe.Recipe.Grpo with { Steps = 1, ChoosePrompts = false };
        _ = First(config);
        var plain = First(config);
        var scored = First(config with { Update = config.Update with { KlCoefficient = 0.01 } });
        var draw = plain.SampleSeconds - plain.VerifySeconds;
        var total = plain.SampleSeconds + plain.LearnSeconds;
        Console.WriteLine($"  step of reinforcement, pocket: {plain.Answers} answers of {plain.MeanLength:F0} tokens "
            + $"drawn, {plain.AnswersUsed} learned from, {total:F2} s");
        Console.WriteLine($"    sampling {100 * draw / total:F0} %, verifying {100 * plain.VerifySeconds / total:F1} "
            + $"%, learning {100 * plain.LearnSeconds / total:F0} %, scoring none: the engine's log-probabilities "
            + "serve, checked by the forward pass of learning");
        Console.WriteLine("    with a divergence from the first model in the loss, scoring by it adds "
            + $"{100 * (scored.LearnSeconds - plain.LearnSeconds) / total:F0} %");

        GrpoReport First(GrpoConfig config)
        {
            using var copy = model.Copy();
            return Grpo.Run(copy, tokenizer, problems, Verifiers.FinalAnswer, config, 1)[0];
        }
    }

    /// <summary>One training step on random tokens in packed documents.</summary>
    internal sealed class Step : IDisposable
    {
        private readonly LanguageModel _model;
        private readonly Optimizer _optimizer;
        private readonly Tensor _square = randn(1024, 1024);

        public Step(ModelConfig config, int rows, int rowLength = SequenceLength)
        {
            _model = LanguageModel.Create(config, 1, CPU);
            _optimizer = new Optimizer(_model, PocketRecipe.Recipe.MidTraining.Optimizer);
            var stream = Randomness.For(1, "training speed");
            TrainingExample[] documents = [.. Enumerable.Range(0, 4 * rows).Select(_ => new TrainingExample(
                "random",
                [.. Enumerable.Range(0, Math.Min(rowLength, 40 + stream.Next(120)))
                    .Select(_ => stream.Next(config.VocabularySize))], 0))];
            PackedSequence[] packed = [.. Packing.Pack(documents, rowLength, 16).OrderByDescending(row => row.Used)
                .Take(rows)];
            Batch = TokenBatch.From(packed, padTokenId: 0, CPU);
            Tokens = packed.Sum(row => row.Used);
            Documents = packed.Sum(row => row.Documents.Count);
            Flops = (6.0 * config.ParameterCount * Tokens)
                + packed.Sum(
                    row =>
                        row.Documents.Sum(
                            document => 6.0 * document.Tokens.Length * document.Tokens.Length * config.Width
                                * config.Layers));
        }

        public TokenBatch Batch { get; }

        public int Tokens { get; }

        public int Documents { get; }

        public double Flops { get; }

        public MemoryConfig Memory
        {
            set => _model.Memory = value;
        }

        /// <summary>Forward and backward pass.</summary>
        public void Pass()
        {
            using var scope = NewDisposeScope();
            ModelLosses.TokenLogProbs(_model, Batch).mean().backward();
        }

        /// <summary>What the optimizer does with the gradients of a pass.</summary>
        public void Update() => _optimizer.Step(0, 1000);

        /// <summary>Seconds of pass and update, and FLOP/s of the matrix product right before and after.</summary>
        public (double Seconds, double Limit) Seconds(int times)
        {
            var before = Product();
            var seconds = Timing.Best(times, () =>
            {
                Pass();
                Update();
            });
            return (seconds, Math.Max(before, Product()));
        }

        public void Dispose()
        {
            Batch.Dispose();
            _optimizer.Dispose();
            _model.Dispose();
            _square.Dispose();
        }

        private double Product() => 2 * Math.Pow(1024, 3) / Timing.Best(6, () => _square.mm(_square).Dispose());
    }
}
