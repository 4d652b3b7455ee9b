using System.Text.Json;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

public sealed class MomentTests
{
    // By hand from the definition: the decade of 1 has 64 parts of 0.9 / 64 a sign, that of 1e-6 a single one whose
    // middle is 0.55.
    [Fact]
    public void The_values_of_the_codes_are_those_of_the_definition()
    {
        var signed = OptimizerState.Values(signed: true);
        var positive = OptimizerState.Values(signed: false);
        Assert.All([signed, positive], values =>
        {
            Assert.Equal(256, values.Length);
            Assert.Equal(values.Distinct().Order(), values);
            Assert.Equal(1f, values[^1]);
        });
        Assert.Equal(0, positive[0]);
        Assert.Equal(0f, signed[127]);
        Assert.Equal(0.55e-6, signed[128], tolerance: 1e-12);
        Assert.Equal(-0.55e-6, signed[126], tolerance: 1e-12);
        Assert.Equal(0.1 + (0.9 * 63.5 / 64), signed[254], tolerance: 1e-6);
        Assert.Equal(-(0.1 + (0.9 * 63.5 / 64)), signed[0], tolerance: 1e-6);
        Assert.Equal([0.325e-6, 0.775e-6], positive[1..3].Select(value => (double)value), new Near(1e-12));
        Assert.Equal(0.1 + (0.9 * 127.5 / 128), positive[254], tolerance: 1e-6);
    }

    // Against a plain loop that looks for the nearest value; a length that is no whole number of blocks, and a block of
    // zeros.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_moment_comes_back_as_the_nearest_value_times_its_blocks_largest(bool both)
    {
        using var scope = NewDisposeScope();
        var numbers = Numbers(5000, both);
        Array.Clear(numbers, 256, 256);
        using var moment = new OptimizerState(zeros(5000), OptimizerStateStorage.EightBit, both);
        moment.Put(tensor(numbers), 0);
        var found = moment.Take(0, 5000, CPU).data<float>().ToArray();
        var values = OptimizerState.Values(both);
        for (var start = 0; start < numbers.Length; start += OptimizerState.Block)
        {
            var block = numbers[start..Math.Min(start + OptimizerState.Block, numbers.Length)];
            var scale = block.Max(Math.Abs);
            for (var i = 0; i < block.Length; i++)
            {
                var nearest = scale == 0
                    ? 0
                    : values.Where(value => both || block[i] == 0 || value > 0)
                        .Min(value => Math.Abs((value * scale) - block[i]));
                Assert.Equal(nearest, Math.Abs(found[start + i] - block[i]), tolerance: 1e-6 * scale);
                Assert.False(!both && block[i] > 0 && found[start + i] == 0,
                    "A second moment above zero became zero; the update divides by its root.");
            }
        }
    }

    // A part is put beside others without touching them.
    [Theory]
    [InlineData(OptimizerStateStorage.Device)]
    [InlineData(OptimizerStateStorage.Host)]
    [InlineData(OptimizerStateStorage.EightBit)]
    public void Parts_are_kept_apart(OptimizerStateStorage kept)
    {
        using var scope = NewDisposeScope();
        using var moment = new OptimizerState(zeros(100, 50), kept, signed: true);
        var first = moment.Take(0, 2560, CPU);
        first.copy_(ones_like(first) + ones_like(first));
        moment.Put(first, 0);
        var second = moment.Take(2560, 2440, CPU);
        second.copy_(-ones_like(second) - ones_like(second) - ones_like(second));
        moment.Put(second, 2560);
        Assert.All(moment.Take(0, 2560, CPU).data<float>().ToArray(), value => Assert.Equal(2, value));
        // -1 has no code of its own.
        Assert.All(moment.Take(2560, 2440, CPU).data<float>().ToArray(),
            value => Assert.Equal(-3, value, tolerance: 0.0212));
    }

    [Fact]
    public void Moments_on_the_host_give_the_same_bits_and_those_in_eight_bits_stay_near_in_a_quarter_of_the_memory()
    {
        var (plain, bytes) = Learned(OptimizerStateStorage.Device);
        var (host, _) = Learned(OptimizerStateStorage.Host);
        Assert.Equal(plain, host);
        var (small, smallBytes) = Learned(OptimizerStateStorage.EightBit);
        var (start, _) = Learned(OptimizerStateStorage.Device, steps: 0);
        var moved = Distance(plain, start);
        Assert.InRange(Distance(plain, small) / moved, 1e-6, 0.15);
        // 2 bytes and 8 in 256 instead of 8; a few small weights keep 8.
        Assert.InRange(smallBytes / (double)bytes, 0.25, 0.27);
    }

    // Where moments are kept on the host nothing is learned otherwise, so the stages stand; a default is not written,
    // so older keys stand.
    [Fact]
    public void Only_moments_in_eight_bits_are_in_a_stages_key()
    {
        var plain = new MemoryConfig { ActivationCheckpointEvery = 0 };
        string Key(OptimizerStateStorage kept) =>
            JsonSerializer.Serialize((plain with { OptimizerState = kept }).KeyOf("settings"));
        Assert.Equal(Key(OptimizerStateStorage.Device), Key(OptimizerStateStorage.Host));
        Assert.Equal(Key(OptimizerStateStorage.Device), Key(OptimizerStateStorage.HostWithMasters));
        Assert.NotEqual(Key(OptimizerStateStorage.Device), Key(OptimizerStateStorage.EightBit));
        Assert.DoesNotContain(nameof(MemoryConfig.OptimizerState), JsonSerializer.Serialize(plain));
    }

    private static (float[] Weights, long StateBytes) Learned(OptimizerStateStorage kept, int steps = 50)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create(SmallModel.Config with
        {
            Width = 128,
            QueryHeads = 4,
            KeyValueHeads = 2,
            FeedForwardWidth = 256,
            VocabularySize = 128,
            ShortFactors = null,
            LongFactors = null,
        });
        model.Memory = model.Memory with { OptimizerState = kept };
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var ids = SmallModel.AsTensor(SmallModel.Ids(16 + (step % 5)));
            optimizer.Backward(nn.functional.cross_entropy(model.call(ids)[0], ids[0]));
            Assert.True(double.IsFinite(optimizer.Step(step, steps)));
        }

        return ([.. SmallModel.Weights(model).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(pair => pair.Value)],
                optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size()));
    }

    private static double Distance(float[] some, float[] others) =>
        Math.Sqrt(some.Zip(others).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));

    // Sizes from 1e-9 to 1: most decades of the codes, and beyond.
    private static float[] Numbers(int count, bool both)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count)
            .Select(_ => (float)(Math.Pow(10, -9 * random.NextDouble()) * (both && random.Next(2) == 0 ? -1 : 1)))];
    }

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double obj) => 0;
    }
}
