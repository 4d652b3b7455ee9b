using Phi4R.Data;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Oracles: libtorch's own operators with its own gradients, and differences of the value itself.
public sealed class GradientTests
{
    [Theory]
    [InlineData(3, 16)]
    [InlineData(200, 48)]
    public void The_fused_norm_is_the_plain_one_in_value_and_gradient(int rows, int width)
    {
        using var scope = NewDisposeScope();
        var (x, weight, above) = (Normal(rows, width), 1 + (0.3 * Normal(width)), Normal(rows, width));
        Assert.True(FusedNorm.Applies(x, weight));
        Same(above, inputs => FusedNorm.apply(inputs[0], inputs[1], 1e-5),
            inputs => RootMeanSquareNorm.Plain(inputs[0], inputs[1], 1e-5), x, weight);
    }

    [Theory]
    [InlineData(3, 32)]
    [InlineData(200, 96)]
    public void The_fused_gate_is_the_plain_one_in_value_and_gradient(int rows, int joined)
    {
        using var scope = NewDisposeScope();
        var x = 3 * Normal(rows, joined);
        Assert.True(FusedGate.Applies(x));
        Same(Normal(rows, joined / 2), inputs => FusedGate.apply(inputs[0]), inputs => FeedForward.Plain(inputs[0]), x);
    }

    // 1,500 tokens are more than one chunk of 1,024.
    [Theory]
    [InlineData(7, 1.0)]
    [InlineData(7, 0.6)]
    [InlineData(1500, 1.7)]
    public void Chunked_log_probabilities_are_the_plain_ones_in_value_and_gradient(int tokens, double temperature)
    {
        using var scope = NewDisposeScope();
        var targets = (arange(tokens) * 17) % 23;
        Same(
            Normal(tokens),
            inputs => TokenLogProbs.Of(inputs[0], inputs[1], targets, temperature),
            inputs => nn.functional.log_softmax(inputs[0].matmul(inputs[1].t()) / temperature, 1)
                .gather(1, targets.unsqueeze(1)).squeeze(1),
            Normal(tokens, 16),
            Normal(23, 16));
    }

    // Central differences of 32-bit values with a step of 1/64 are sure to about three digits.
    [Fact]
    public void Gradients_are_differences_of_the_value()
    {
        using var scope = NewDisposeScope();
        var targets = tensor([1L, 4, 2, 0, 3]);
        var above = Normal(5);
        Differences(inputs => (TokenLogProbs.Of(inputs[0], inputs[1], targets, 0.7) * above).sum(), Normal(5, 16),
            Normal(6, 16));
        var wide = Normal(4, 32);
        Differences(inputs => (FusedNorm.apply(inputs[0], inputs[1], 1e-5) * wide).sum(), Normal(4, 32), Normal(32));
        Differences(inputs => (FusedGate.apply(inputs[0]) * wide[.., ..16]).sum(), Normal(4, 32));
    }

    [Fact]
    public void Gradients_of_the_whole_model_are_differences_of_its_loss()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var ids = SmallModel.AsTensor(SmallModel.Ids(12));
        Loss().backward();
        foreach (var (name, weight) in model.Parameters)
        {
            using var frozen = no_grad();
            var gradient = weight.grad!.flatten();
            var flat = weight.view(-1);
            for (long place = 0; place < flat.numel(); place += 1 + (flat.numel() / 3))
            {
                var kept = (float)flat[place].AsDouble();
                flat[place] = tensor(kept + 0.01f);
                var more = Loss().AsDouble();
                flat[place] = tensor(kept - 0.01f);
                var less = Loss().AsDouble();
                flat[place] = tensor(kept);
                Assert.True(Math.Abs(((more - less) / 0.02) - gradient[place].AsDouble()) < 3e-3,
                    $"{name} at {place}: {(more - less) / 0.02} and {gradient[place].AsDouble()}");
            }
        }

        Tensor Loss() =>
            -TokenLogProbs.Of(model.HiddenStates(ids).squeeze(0)[..^1], model.HeadWeight, ids.squeeze(0)[1..]).mean();
    }

    // Documents of very different lengths: a mean of means would weigh them otherwise.
    [Fact]
    public void One_pass_over_eight_rows_and_eight_passes_over_one_give_the_same_gradient()
    {
        var rows = Enumerable.Range(0, 8)
            .Select(
                r => new PackedSequence([new TrainingExample($"{r}", SmallModel.Ids(3 + (4 * (r % 5)), r), r % 3)], 24))
                    .ToArray();
        var (loss, gradients) = Learn(8);
        var (lossApart, gradientsApart) = Learn(1);
        Assert.Equal(loss, lossApart, tolerance: 1e-6);
        foreach (var (name, gradient) in gradients)
        {
            Assert.True(gradient.Zip(gradientsApart[name], (a, b) => Math.Abs(a - b)).Max() < 3e-7
                + (1e-4 * gradient.Max(Math.Abs)), name);
        }

        (double Loss, Dictionary<string, float[]> Gradients) Learn(int atOnce)
        {
            using var scope = NewDisposeScope();
            using var model = SmallModel.Create();
            var before = SmallModel.Weights(model);
            var config = ResumeTests.Optimizer with
            {
                PeakLearningRate = 1,
                WarmupRatio = 0,
                MinLearningRateRatio = 1,
                Beta1 = 0,
                Beta2 = 0,
                Epsilon = 10,
                WeightDecay = 0,
                MaxGradientNorm = 1e6,
            };
            var report = NextTokenTraining.Run(model, [rows], 1, atOnce, padTokenId: 0, config).Single();

            // With so large an epsilon AdamW's step is nearly the gradient over it.
            return (report.Loss, SmallModel.Weights(model).ToDictionary(pair => pair.Key,
                pair => pair.Value.Zip(before[pair.Key], (now, was) => was - now).ToArray()));
        }
    }

    // By hand: logits 0 and ln 3 have probabilities 1/4 and 3/4; entropy (ln 4) / 4 + 3 (ln 4 - ln 3) / 4 = 0.562335.
    [Fact]
    public void Entropy_equals_the_value_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var head = tensor([0f, (float)Math.Log(3)]).view(2, 1);
        Assert.Equal(0.562335, TokenLogProbs.MeanEntropy(ones(3, 1), head), tolerance: 1e-6);
        Assert.Equal(Math.Log(2), TokenLogProbs.MeanEntropy(ones(3, 1), head, temperature: 1e6), tolerance: 1e-5);
    }

    private static Tensor Normal(params long[] shape)
    {
        using var generator = new Generator((ulong)(shape.Sum() + shape.Length));
        return randn(shape, generator: generator);
    }

    private static void Same(
        Tensor above, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> plain, params Tensor[] values)
    {
        var (value, gradients) = Run(fused);
        var (expected, expectedGradients) = Run(plain);
        Compare.Close(expected, value, 1e-5, "value");
        foreach (var (reference, gradient) in expectedGradients.Zip(gradients))
        {
            Compare.Close(reference, gradient, 2e-5 * Math.Max(1, reference.abs().max().AsDouble()), "gradient");
        }

        (Tensor Value, Tensor[] Gradients) Run(Func<Tensor[], Tensor> function)
        {
            var inputs = values.Select(one => one.detach().clone().requires_grad_(true)).ToArray();
            var result = function(inputs);
            (result * above).sum().backward();
            return (result, [.. inputs.Select(one => one.grad!)]);
        }
    }

    private static void Differences(Func<Tensor[], Tensor> function, params Tensor[] values)
    {
        const float Step = 1f / 64;
        var inputs = values.Select(one => one.clone().requires_grad_(true)).ToArray();
        function(inputs).backward();
        for (var i = 0; i < inputs.Length; i++)
        {
            for (long place = 0; place < inputs[i].numel(); place += 5)
            {
                var difference = (Moved(i, place, Step) - Moved(i, place, -Step)) / (2 * Step);
                Assert.Equal(inputs[i].grad!.flatten()[place].AsDouble(), difference, tolerance: 5e-3);
            }
        }

        double Moved(int input, long place, float step)
        {
            using var frozen = no_grad();
            var moved = values.Select(one => one.clone()).ToArray();
            moved[input].view(-1)[place] += step;
            return function(moved).AsDouble();
        }
    }
}
