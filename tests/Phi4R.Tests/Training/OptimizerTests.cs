using Phi4R.Data;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

public sealed class OptimizerTests
{
    // A memory of 1 never takes in a gradient, and its correction 1 - 1^t is 0: the first step would leave no number in
    // the weights.
    [Fact]
    public void A_memory_of_one_is_refused()
    {
        Assert.Contains("Beta1 is 1",
            Assert.Throws<ArgumentException>(() => ResumeTests.Optimizer with { Beta1 = 1 }).Message,
            StringComparison.Ordinal);
        Assert.Contains("Beta2 is 1",
            Assert.Throws<ArgumentException>(() => ResumeTests.Optimizer with { Beta2 = 1 }).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, (ResumeTests.Optimizer with { Beta1 = 0 }).Beta1);
    }

    // Plain loops of doubles from arXiv 1711.05101, with clipping by the joint norm.
    [Fact]
    public void Five_steps_are_those_of_plain_loops()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var config = ResumeTests.Optimizer with { MaxGradientNorm = 3 };
        using var optimizer = new Optimizer(model, config);
        var weights = model.Parameters
            .Select(pair => Compare.Bits(pair.Weight).Select(value => (double)value).ToArray()).ToArray();
        var first = weights.Select(values => new double[values.Length]).ToArray();
        var second = weights.Select(values => new double[values.Length]).ToArray();
        var (clipped, free) = (0, 0);
        for (var step = 0; step < 5; step++)
        {
            var gradients = weights.Select(
                (values, w) =>
                    values.Select((_, i) => Math.Sin((i * 0.7) + w + (step * 1.3)) * (step % 2 == 0 ? 0.1 : 0.001))
                        .ToArray()).ToArray();
            foreach (var ((_, weight), gradient) in model.Parameters.Zip(gradients))
            {
                weight.grad = tensor(gradient.Select(value => (float)value).ToArray()).view(weight.shape);
            }

            var norm = Math.Sqrt(gradients.Sum(gradient => gradient.Sum(value => value * value)));
            Assert.Equal(norm, optimizer.Step(step, 5), tolerance: 1e-4 * norm);
            var scale = norm > 3 ? 3 / norm : 1;
            (clipped, free) = norm > 3 ? (clipped + 1, free) : (clipped, free + 1);
            var rate = config.RateAt(step, 5);
            for (var w = 0; w < weights.Length; w++)
            {
                var decay = model.Parameters[w].Weight.dim() > 1 ? config.WeightDecay : 0;
                for (var i = 0; i < weights[w].Length; i++)
                {
                    var g = gradients[w][i] * scale;
                    first[w][i] = (config.Beta1 * first[w][i]) + ((1 - config.Beta1) * g);
                    second[w][i] = (config.Beta2 * second[w][i]) + ((1 - config.Beta2) * g * g);
                    var (m, v) = (first[w][i] / (1 - Math.Pow(config.Beta1, step + 1)),
                        second[w][i] / (1 - Math.Pow(config.Beta2, step + 1)));
                    weights[w][i] -= (rate * decay * weights[w][i]) + (rate * m / (Math.Sqrt(v) + config.Epsilon));
                }
            }
        }

        Assert.True(clipped > 0 && free > 0);
        foreach (var ((name, weight), values) in model.Parameters.Zip(weights))
        {
            Compare.Close(tensor(values).view(weight.shape), weight, 2e-5, name);
        }
    }

    // A frozen weight keeps its bits and takes no memory; the others go on as ever.
    [Fact]
    public void Only_weights_that_require_a_gradient_are_changed()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var (frozen, weight) = model.Parameters[0];
        weight.requires_grad_(false);
        Assert.Equal(model.Parameters.Skip(1), model.Trainable);
        var before = SmallModel.Weights(model);
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer);
        Assert.DoesNotContain(optimizer.State, pair => pair.Name.StartsWith(frozen, StringComparison.Ordinal));
        model.call(SmallModel.AsTensor(SmallModel.Ids(8))).sum().backward();
        optimizer.Step(0, 1);
        var after = SmallModel.Weights(model);
        Assert.All(before, pair => Assert.Equal(pair.Key == frozen, pair.Value.SequenceEqual(after[pair.Key])));
    }

    // Ten steps, two of warm-up to 1.0, then down to 0.1 at the last: by hand 0.5, 1, 1, then 1 - 0.9 k / 7.
    [Fact]
    public void The_schedule_is_the_one_worked_out_by_hand()
    {
        var config = ResumeTests.Optimizer with
        {
            PeakLearningRate = 1,
            MinLearningRateRatio = 0.1,
            WarmupRatio = 0.2,
            Decay = Decay.Linear,
        };
        double[] expected = [0.5, 1, 1, 1 - (0.9 / 7), 1 - (1.8 / 7), 1 - (2.7 / 7), 1 - (3.6 / 7), 1 - (4.5 / 7),
            1 - (5.4 / 7), 0.1];
        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(expected[step], config.RateAt(step, 10), tolerance: 1e-12);
        }

        // Halfway of half a cosine is halfway down; nine steps after none of warm-up: step 4.
        var cosine = config with { WarmupRatio = 0, Decay = Decay.Cosine };
        Assert.Equal([1, 0.55, 0.1], new[] { 0, 4, 8 }.Select(step => Math.Round(cosine.RateAt(step, 9), 12)));
        Assert.All(Enumerable.Range(2, 8),
            step => Assert.Equal(1, (config with { Decay = Decay.Constant }).RateAt(step, 10)));
        Assert.Equal(1, (config with { WarmupRatio = 1 }).RateAt(0, 1));
    }

    // Four steps down to 0 at a fifth: a step of rate 0 would be paid for and change nothing.
    [Fact]
    public void A_schedule_that_ends_in_zero_has_no_step_of_rate_zero()
    {
        var config = ResumeTests.Optimizer with
        {
            PeakLearningRate = 1,
            MinLearningRateRatio = 0,
            WarmupRatio = 0,
            Decay = Decay.Linear,
        };
        Assert.Equal([1, 0.75, 0.5, 0.25], Enumerable.Range(0, 4).Select(step => config.RateAt(step, 4)));
        Assert.Equal(1, config.RateAt(0, 1));
    }

    [Fact]
    public void Eight_rows_at_once_have_the_gradient_of_eight_rows_one_by_one()
    {
        using var scope = NewDisposeScope();
        var rows = Enumerable.Range(0, 8)
            .Select(
                row =>
                    new PackedSequence(
                        [.. Enumerable.Range(0, 3)
                            .Select(d =>
                                new TrainingExample("d", SmallModel.Ids(3 + ((row + d) % 6), (row * 3) + d), d))], 32))
                                    .ToArray();
        var (together, togetherReport) = Run(rowsAtOnce: 8);
        var (apart, apartReport) = Run(rowsAtOnce: 1);
        Assert.Equal(togetherReport.Loss, apartReport.Loss, tolerance: 1e-5);
        Assert.Equal(togetherReport.GradientNorm, apartReport.GradientNorm,
            tolerance: 1e-4 * togetherReport.GradientNorm);
        foreach (var (name, values) in together)
        {
            Compare.Close(tensor(values), tensor(apart[name]), 1e-5 * Math.Max(1, values.Max(MathF.Abs)), name);
        }

        // The first moment after one unclipped step is a tenth of the gradient.
        (Dictionary<string, float[]>, TrainingReport) Run(int rowsAtOnce)
        {
            var folder = Directory.CreateTempSubdirectory();
            using var model = SmallModel.Create();
            var kept = new TrainingCheckpoints(folder.FullName, "one step", TimeSpan.Zero);
            var report = NextTokenTraining.Run(model, [rows], 1, rowsAtOnce, padTokenId: 0,
                ResumeTests.Optimizer with { MaxGradientNorm = 1e9 }, kept)[0];
            var moments = Phi4R.Checkpoints.SafeTensors.Read(
                Path.Combine(folder.FullName, "step-00000001", "optimizer.safetensors"));
            folder.Delete(recursive: true);
            return (moments.Where(pair => pair.Key.EndsWith(".first", StringComparison.Ordinal))
                .ToDictionary(pair => pair.Key, pair => Compare.Bits(pair.Value * 10)), report);
        }
    }
}
