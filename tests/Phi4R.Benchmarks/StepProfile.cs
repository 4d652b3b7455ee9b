using System.Diagnostics;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Training;

namespace Phi4R.Benchmarks;

/// <summary>
/// Where the time of a training step goes: each part alone on the step's shapes, with the processor time of all
/// threads and the time that passes. On a quiet machine a part whose processor time is no more than the time that
/// passes runs on one core only; on a busy one only processor times mean something.
/// </summary>
internal static class StepProfile
{
    private const int Times = 40;

    /// <summary>The parts of a step of one of the sizes of <see cref="TrainingSpeed"/>.</summary>
    public static void Run(string size)
    {
        NativeLibraries.Prepare();
        using var scope = NewDisposeScope();
        var (name, config, rows, _) = TrainingSpeed.Sizes.First(one => one.Name.StartsWith(size,
            StringComparison.Ordinal));
        using var step = new TrainingSpeed.Step(config, rows);
        Console.WriteLine($"{name}: {step.Tokens:N0} tokens, {step.Documents} documents; milliseconds of a step, best "
            + $"of {Times}");
        Console.WriteLine($"  {"part",-38} {"processor",9} {"passes",9}");
        Part("pass, forward and backward", 1, step.Pass);
        Part("optimizer: norm, clipping, update", 1, step.Update);

        var (layers, tokens) = (config.Layers, step.Batch.Ids.shape[1]);
        var stream = Leaf(rows, tokens, config.Width);
        using var rotary = new RotaryEmbedding(config, CPU);
        var angles = rotary.Angles(useLong: false, tokens - 1);
        using var block = new Block(config, 0, CPU, ScalarType.Float32);
        Fill(block);
        var pass = new ForwardContext(angles, angles, null, Packed: new PackedDocuments(step.Batch.Spans, angles));
        Both("layers, as they are", layers, () => block.call(stream, pass));
        Console.WriteLine("  of these, each alone:");
        Product("  queries, keys, values", config.Width, config.JoinedHeadsWidth);
        Product("  output of attention", config.Width, config.Width);
        Product("  gate and up", config.Width, 2 * config.FeedForwardWidth);
        Product("  down", config.FeedForwardWidth, config.Width);
        var joined = Leaf(rows, tokens, config.JoinedHeadsWidth);
        Both("  attention", layers, () => FusedAttention.Of(joined, angles, step.Batch.Spans, config.Heads));
        var gates = Leaf(rows, tokens, 2 * config.FeedForwardWidth);
        Both("  gate", layers, () => FusedGate.apply(gates));
        var weight = ones(config.Width).requires_grad_(true);
        Both("  norms", 2 * layers, () => FusedNorm.apply(stream, weight, config.NormEpsilon));
        Console.WriteLine("  the rest:");
        var head = Leaf(config.VocabularySize, config.Width);
        var hidden = Leaf(step.Batch.LossTokens, config.Width);
        Both("  last norm", 1, () => FusedNorm.apply(stream, weight, config.NormEpsilon));
        Both("  embedding", 1, () => Aten.Embedding(head, step.Batch.Ids));
        Both("  places in the loss", 1, () => stream.flatten(0, 1).index_select(0, step.Batch.LossRows));
        Both("  head and loss", 1, () => TokenLogProbs.Of(hidden, head, step.Batch.Targets));

        void Product(string what, int inputs, int outputs)
        {
            var x = Leaf(rows, tokens, inputs);
            using var projection = new Projection(inputs, outputs, CPU, ScalarType.Float32);
            Fill(projection);
            Both(what, layers, () => projection.call(x));
        }
    }

    private static Tensor Leaf(params long[] shape) => randn(shape).requires_grad_(true);

    private static void Fill(nn.Module module)
    {
        using var frozen = no_grad();
        foreach (var (_, matrix) in module.named_parameters().Where(pair => pair.parameter.dim() > 1))
        {
            matrix.normal_(0, 0.04);
        }
    }

    private static void Both(string what, int count, Func<Tensor> forward)
    {
        using var scope = NewDisposeScope();
        using var upstream = ones_like(forward());
        Part(what, count, () =>
        {
            using var inner = NewDisposeScope();
            forward().backward([upstream]);
        });
    }

    private static void Part(string what, int count, Action body)
    {
        var (processor, passes) = (double.MaxValue, double.MaxValue);
        using var process = Process.GetCurrentProcess();
        for (var i = 0; i < Times; i++)
        {
            process.Refresh();
            var (before, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
            body();
            passes = Math.Min(passes, clock.Elapsed.TotalMilliseconds);
            process.Refresh();
            processor = Math.Min(processor, (process.TotalProcessorTime - before).TotalMilliseconds);
        }

        Console.WriteLine($"  {what,-38} {count * processor,9:F2} {count * passes,9:F2}");
    }
}
