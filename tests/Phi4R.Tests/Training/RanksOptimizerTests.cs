using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// The law: ranks that each have a part of a gradient change weights as one process does that has the whole.
public sealed class RanksOptimizerTests
{
    // Clips nothing, so that one number summed in another order is not in every weight.
    private static readonly OptimizerConfig Unclipped = ResumeTests.Optimizer with { MaxGradientNorm = 1e9 };

    [Fact]
    public void Records_are_dealt_to_and_fro_each_to_one_rank()
    {
        var places = Enumerable.Range(0, 9).ToList();
        Assert.Equal([[0, 3, 4, 7, 8], [1, 2, 5, 6]],
            ThreadRanks.Run(2, ranks => ranks.Dealt<int>(places).ToArray()));
        foreach (var size in new[] { 1, 3, 4, 12 })
        {
            var dealt = ThreadRanks.Run(size, ranks => ranks.Dealt<int>(places));
            Assert.Equal(places, dealt.SelectMany(own => own).Order());
            Assert.All(dealt, own => Assert.Equal(own.Order(), own));
        }
    }

    // 256 numbers that share a scale stay together: of 1,000 numbers there are four such blocks.
    [Fact]
    public void Ranges_are_whole_blocks_and_together_the_weight()
    {
        Assert.Equal([512, 488], ThreadRanks.Run(2, ranks => ranks.Counts(1000))[1]);
        Assert.Equal([512, 488, 0], ThreadRanks.Run(3, ranks => ranks.Counts(1000))[2]);
        Assert.Equal([256, 256, 256, 232], ThreadRanks.Run(4, ranks => ranks.Counts(1000))[0]);
        Assert.Equal([64, 0], ThreadRanks.Run(2, ranks => ranks.Counts(64))[0]);
        Assert.Equal([1000], SingleProcess.Instance.Counts(1000));
    }

    [Fact]
    public void Sums_are_in_the_order_of_ranks_and_what_is_no_number_is_not_lost()
    {
        double[] values = [1e16, 1, -1e16];
        Assert.All(ThreadRanks.Run(3, ranks => ranks.Sum(values[ranks.Rank], ranks.Rank)),
            sums => Assert.Equal([0, 3], sums)); // (1e16 + 1) - 1e16 is 0 in 64 bits.
        Assert.All(ThreadRanks.Run(2, ranks => ranks.Max(ranks.Rank == 0 ? double.NaN : 7, ranks.Rank)),
            most => Assert.Equal([double.NaN, 1], most));
        Assert.All(ThreadRanks.Run(2, ranks => ranks.Any(ranks.Rank == 1)), Assert.True);
        Assert.All(ThreadRanks.Run(2, ranks => ranks.FromLead(() => ranks.Rank + 5.5)),
            value => Assert.Equal(5.5, value));
    }

    // Each rank has every so manieth number of the gradient, so that sums are exact and all bits are those of one
    // process; of the first weight, whose numbers are of no rank's range alone, some rank has none at all.
    [Theory]
    [InlineData(2, OptimizerStateStorage.Device, false)]
    [InlineData(3, OptimizerStateStorage.Device, false)]
    [InlineData(2, OptimizerStateStorage.EightBit, false)]
    [InlineData(3, OptimizerStateStorage.Host, true)]
    [InlineData(2, OptimizerStateStorage.HostWithMasters, true)]
    [InlineData(2, OptimizerStateStorage.Device, true)]
    public void Steps_and_state_of_ranks_are_those_of_one_process_to_the_last_bit(
        int size, OptimizerStateStorage kept, bool masters)
    {
        var alone = Trained(SingleProcess.Instance, kept, masters, 0, 4, null);
        foreach (var rank in ThreadRanks.Run(size, ranks => Trained(ranks, kept, masters, 0, 4, null)))
        {
            Equal(alone, rank);
        }
    }

    // What three ranks wrote is gone on from by two, by one and by five.
    [Theory]
    [InlineData(OptimizerStateStorage.Device)]
    [InlineData(OptimizerStateStorage.EightBit)]
    public void The_state_of_any_number_of_ranks_is_gone_on_from_by_any_other(OptimizerStateStorage kept)
    {
        var never = Trained(SingleProcess.Instance, kept, false, 0, 4, null);
        var half = ThreadRanks.Run(3, ranks => Trained(ranks, kept, false, 0, 2, null))[1];
        Equal(never, Trained(SingleProcess.Instance, kept, false, 2, 4, half));
        foreach (var size in new[] { 2, 5 })
        {
            Equal(never, ThreadRanks.Run(size, ranks => Trained(ranks, kept, false, 2, 4, half))[size - 1]);
        }
    }

    // The norm is that of the sum and not a sum of norms: each rank has one of two orthogonal halves, 3 and 4 long.
    [Fact]
    public void Clipping_is_by_the_norm_of_the_sum()
    {
        var norms = ThreadRanks.Run(2, ranks =>
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, ResumeTests.Optimizer, ranks);
            var (_, weight) = model.Parameters[ranks.Rank];
            weight.grad = zeros_like(weight);
            weight.grad!.view(-1)[0] = 3f + ranks.Rank;
            return optimizer.Step(0, 4);
        });
        Assert.All(norms, norm => Assert.Equal(5, norm, tolerance: 1e-9));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_on_one_rank_is_skipped_by_all()
    {
        var before = SmallModel.Weights(SmallModel.Create());
        var skipped = ThreadRanks.Run(3, ranks =>
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, Unclipped, ranks);
            foreach (var (_, weight) in model.Parameters)
            {
                weight.grad = full_like(weight, ranks.Rank == 2 ? float.NaN : 1);
            }

            Assert.False(double.IsFinite(optimizer.Step(0, 4)));
            Assert.Equal(before, SmallModel.Weights(model));
            return optimizer.State.Single(pair => pair.Name == "skipped").Value.AsDouble();
        });
        Assert.Equal([1, 1, 1], skipped);
    }

    private sealed record Result(
        Dictionary<string, float[]> Weights, Dictionary<string, (float[] Bits, long[] Shape)> State);

    private static void Equal(Result expected, Result found)
    {
        Assert.Equal(expected.Weights, found.Weights);
        Assert.Equal(expected.State.Keys.Order(), found.State.Keys.Order());
        Assert.All(expected.State, pair =>
        {
            Assert.Equal(pair.Value.Shape, found.State[pair.Key].Shape);
            Assert.Equal(pair.Value.Bits, found.State[pair.Key].Bits);
        });
    }

    private static Result Trained(
        ICollective ranks, OptimizerStateStorage kept, bool masters, int from, int to, Result? start)
    {
        using var scope = NewDisposeScope();
        var config = SmallModel.Config with { VocabularySize = 256 }; // So that some weights are kept in 8 bits.
        var memory = new MemoryConfig
        {
            ActivationCheckpointEvery = 0,
            OptimizerState = kept,
            Weights = masters ? WeightPrecision.BFloat16 : WeightPrecision.Full,
        };
        var model = LanguageModel.PrepareForTraining(SmallModel.Create(config), memory, 0);
        var optimizer = new Optimizer(model, Unclipped, ranks);
        if (start is not null)
        {
            using var frozen = no_grad();
            foreach (var (name, weight) in model.Parameters)
            {
                weight.copy_(tensor(start.Weights[name]).view(weight.shape));
            }

            optimizer.Load(start.State.ToDictionary(pair => pair.Key, pair => pair.Key.EndsWith(".codes",
                StringComparison.Ordinal)
                    ? tensor(pair.Value.Bits).to_type(ScalarType.Byte)
                    : tensor(pair.Value.Bits).view(pair.Value.Shape)));
        }

        for (var step = from; step < to; step++)
        {
            foreach (var ((_, weight), w) in model.Parameters.Select((pair, w) => (pair, w)))
            {
                if (w == 0 && ranks.Rank == 1 && ranks.Size > 2)
                {
                    continue; // Its third of the numbers goes to the rank before it.
                }

                weight.grad = tensor(Enumerable.Range(0, (int)weight.numel())
                    .Select(i => IsOwn(ranks, w, i) ? (float)Math.Sin((i * 0.7) + w + (step * 1.3)) : 0).ToArray())
                    .view(weight.shape).to_type(weight.dtype);
            }

            optimizer.Step(step, 4);
        }

        return new(
            (model.MasterWeights ?? [.. model.Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight))])
                .ToDictionary(pair => pair.Item1, pair => Compare.Bits(pair.Item2)),
            optimizer.State.ToDictionary(pair => pair.Name, pair => (Compare.Bits(pair.Value), pair.Value.shape)));
    }

    private static bool IsOwn(ICollective ranks, int weight, int number)
    {
        var owner = number % ranks.Size;
        return (weight == 0 && owner == 1 && ranks.Size > 2 ? 0 : owner) == ranks.Rank;
    }
}
