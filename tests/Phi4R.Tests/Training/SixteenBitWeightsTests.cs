using System.Text.Json;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

public sealed class SixteenBitWeightsTests
{
    private static readonly JsonSerializerOptions OneLine = new(JsonFormat.Indented) { WriteIndented = false };
    private static readonly MemoryConfig BFloat16 = new()
    {
        ActivationCheckpointEvery = 0,
        Weights = WeightPrecision.BFloat16,
    };

    // By hand: between 1/64 and 1/32 neighbouring 16-bit numbers are 1/8192 apart, 244 times an update of 5e-7. 0.02 is
    // rounded to 164 / 8192, and the middle between that and the next is 0.0200806: 161 or 162 updates away.
    [Fact]
    public void Updates_of_5e_7_add_up_in_the_masters_and_reach_the_weights()
    {
        using var scope = NewDisposeScope();
        using var model = Learner(0.02f);
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer with
        {
            PeakLearningRate = 5e-7,
            WarmupRatio = 0,
            Decay = Decay.Constant,
            WeightDecay = 0,
        });
        var (weight, master) = (model.Parameters[0].Weight, model.MasterWeights![0].Weight);
        Assert.Equal(164f / 8192, First(weight));
        for (var step = 0; step < 200; step++)
        {
            foreach (var (_, value) in model.Parameters)
            {
                value.grad = -ones_like(value);
            }

            optimizer.Step(step, 200);
            Assert.Equal(0.02 + ((step + 1) * 5e-7), First(master), tolerance: 4e-7);
            Assert.True(step is > 155 and < 170 || First(weight) == (step < 160 ? 164f : 165f) / 8192,
                $"after {step + 1} steps the weight is {First(weight)}");
        }

        // Without masters nothing ever moves.
        using var plain = full([1], 0.02f, dtype: ScalarType.BFloat16);
        Assert.Equal(164f / 8192, First(plain.add_(tensor(5e-7f))));
    }

    // Parts of a weight go to where gradients are and come back: all bits of weights, masters and moments are those of
    // a training that has them at hand. The optimizer's part is made small, so that weights have several.
    [Theory]
    [InlineData(OptimizerStateStorage.Host)]
    [InlineData(OptimizerStateStorage.HostWithMasters)]
    public void Masters_and_moments_on_the_host_give_the_same_bits(OptimizerStateStorage kept)
    {
        var (expected, found) = (Bits(OptimizerStateStorage.Device), Bits(kept));
        Assert.NotEqual(Bits(OptimizerStateStorage.Device, steps: 1)["model.norm.weight"],
            expected["model.norm.weight"]);
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, pair => Assert.Equal(pair.Value, found[pair.Key]));

        static SortedDictionary<string, float[]> Bits(OptimizerStateStorage kept, int steps = 12)
        {
            using var scope = NewDisposeScope();
            using var model = LanguageModel.PrepareForTraining(SmallModel.Create(),
                BFloat16 with { OptimizerState = kept }, 0, CPU);
            using var optimizer = new Optimizer(model, ResumeTests.Optimizer) { PartNumbers = 1024 };
            for (var step = 0; step < steps; step++)
            {
                using var inner = NewDisposeScope();
                var ids = SmallModel.AsTensor(SmallModel.Ids(16 + (step % 5)));
                optimizer.Backward(nn.functional.cross_entropy(model.call(ids)[0], ids[0]));
                Assert.True(double.IsFinite(optimizer.Step(step, steps)));
            }

            SortedDictionary<string, float[]> all = new(StringComparer.Ordinal);
            foreach (var (name, tensor) in model.Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight))
                .Concat(model.MasterWeights!.Select(pair => ($"master of {pair.Name}", pair.Weight)))
                .Concat(optimizer.State))
            {
                all[name] = tensor.detach().to_type(ScalarType.Float32).cpu().flatten().data<float>().ToArray();
            }

            return all;
        }
    }

    // 256 + 1 is 256 in 16 bits; a step's gradients are added up in 32.
    [Fact]
    public void Gradients_of_many_passes_are_added_up_in_32_bits()
    {
        using var scope = NewDisposeScope();
        using var model = Learner(0.02f);
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer);
        var weight = model.Parameters[0].Weight;
        foreach (var size in Enumerable.Repeat(1f, 44).Prepend(256f))
        {
            optimizer.Backward((weight.flatten()[0] * size).to_type(ScalarType.Float32));
        }

        Assert.Equal(300, optimizer.Step(0, 1), tolerance: 1e-3);
    }

    // The same training in 32 and in 16 bits: 8 steps of packed documents. A 16-bit number is right to 2^-9 = 0.2 %;
    // losses stay within 1 %, and what the masters learned within 12 % of the way that the plain weights went.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Training_in_16_bits_stays_near_training_in_32(int recomputeEvery)
    {
        using var scope = NewDisposeScope();
        using var start = SmallModel.Create();
        using var plain = SmallModel.Create();
        using var model = LanguageModel.PrepareForTraining(SmallModel.Create(),
            BFloat16 with { ActivationCheckpointEvery = recomputeEvery }, 0);
        var (expected, found) = (Train(plain), Train(model));
        Assert.All(expected.Zip(found),
            pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, tolerance: 0.01 * pair.First.Loss));
        double apart = 0, way = 0;
        foreach (var (((name, weight), (_, master)), (_, from)) in plain.Parameters.Zip(model.MasterWeights!)
            .Zip(start.Parameters))
        {
            Assert.Equal(ScalarType.Float32, master.dtype);
            apart += (master - weight).square().sum().AsDouble();
            way += (weight - from).square().sum().AsDouble();
        }

        Assert.InRange(Math.Sqrt(apart / way), 1e-6, 0.12);
    }

    // What a stage writes is what the masters are, not their rounding; read again, it is the same.
    [Fact]
    public void Files_hold_the_masters()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.PrepareForTraining(SmallModel.Create(), BFloat16, 0);
        Train(model);
        var path = Path.GetTempFileName();
        Phi4R.Checkpoints.Weights.Save(model, path);
        using var again = new LanguageModel(SmallModel.Config, CPU);
        Phi4R.Checkpoints.Weights.Load(again, path);
        File.Delete(path);
        Assert.Equal(Phi4R.Checkpoints.Weights.Hash(model), Phi4R.Checkpoints.Weights.Hash(again));
        Assert.All(model.MasterWeights!.Zip(again.Parameters),
            pair => Assert.Equal(Compare.Bits(pair.First.Weight), Compare.Bits(pair.Second.Weight)));
        Assert.All(model.MasterWeights!.Zip(model.Parameters),
            pair =>
                Assert.Equal(Compare.Bits(pair.First.Weight.to_type(ScalarType.BFloat16)),
                    Compare.Bits(pair.Second.Weight)));
        Assert.Contains(model.MasterWeights!,
            pair => !Compare.Bits(pair.Weight).SequenceEqual(Compare.Bits(pair.Weight.to_type(ScalarType.BFloat16))));
    }

    // What a base that is read in 16 bits is: the rounding of the one in 32, and held once.
    [Fact]
    public void Adapters_learn_the_same_on_a_base_that_was_read_in_16_bits_and_nothing_is_copied()
    {
        using var scope = NewDisposeScope();
        var memory = BFloat16 with { Lora = new LoraConfig { Rank = 4, Alpha = 8 } };
        using var rounded = LanguageModel.PrepareForTraining(SmallModel.Create(), memory, 3);
        var read = SmallModel.Create(dtype: ScalarType.BFloat16);
        using var model = LanguageModel.PrepareForTraining(read, memory, 3);
        Assert.Same(read, model);
        Assert.Equal(SmallModel.Weights(rounded), SmallModel.Weights(model));
        Train(rounded);
        Train(model);
        rounded.Adapters!.Merge();
        model.Adapters!.Merge();
        Assert.Equal(Phi4R.Checkpoints.Weights.Hash(rounded), Phi4R.Checkpoints.Weights.Hash(model));
    }

    // Sampling comes first in every stage that samples and then trains; it runs in libtorch's inference mode, and the
    // rotary table that it makes is one that training uses. A model that never sampled is the oracle.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Adapters_on_16_bit_weights_train_the_same_after_sampling_in_inference_mode(int recomputeEvery)
    {
        using var scope = NewDisposeScope();
        var memory = BFloat16 with
        {
            ActivationCheckpointEvery = recomputeEvery,
            Lora = new LoraConfig { Rank = 4, Alpha = 8 },
        };
        using var expected = LanguageModel.PrepareForTraining(SmallModel.Create(), memory, 3);
        using var model = LanguageModel.PrepareForTraining(SmallModel.Create(), memory, 3);
        using (inference_mode())
        {
            model.forward(SmallModel.AsTensor(SmallModel.Ids(20))).Dispose();
        }

        Train(expected);
        Train(model);
        expected.Adapters!.Merge();
        model.Adapters!.Merge();
        Assert.Equal(Phi4R.Checkpoints.Weights.Hash(expected), Phi4R.Checkpoints.Weights.Hash(model));
    }

    // Adapters are of 32 bits on a base of 16, which keeps no masters while they are trained; merged, nothing of what
    // they learned is rounded.
    [Fact]
    public void Adapters_on_a_16_bit_base_stay_in_32_bits()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.PrepareForTraining(SmallModel.Create(),
            BFloat16 with { Lora = new LoraConfig { Rank = 4, Alpha = 8 } }, 3);
        Assert.Null(model.MasterWeights);
        Assert.All(model.Parameters, pair => Assert.Equal(ScalarType.BFloat16, pair.Weight.dtype));
        var before = SmallModel.Weights(model);
        Train(model);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(model.Adapters!.Matrices, pair => Assert.Equal(ScalarType.Float32, pair.Weight.dtype));
        var expected = model.MergedWeights.Select(pair => Compare.Bits(pair.Weight)).ToList();
        model.Adapters.Merge();
        Assert.Equal(expected, model.MergedWeights.Select(pair => Compare.Bits(pair.Weight)));
        Assert.All(model.MasterWeights!, pair => Assert.Equal(ScalarType.Float32, pair.Weight.dtype));
        Assert.NotEqual(before, SmallModel.Weights(model));
    }

    [Fact]
    public void A_stages_key_knows_of_a_setting_only_where_it_is_not_the_default()
    {
        var settings = new { Seed = 1 };
        Assert.Equal("""{"Seed":1}""", Key(new MemoryConfig { ActivationCheckpointEvery = 3 }));
        Assert.Equal("""{"settings":{"Seed":1},"lora":{"Rank":2,"Alpha":4}}""",
            Key(new MemoryConfig { ActivationCheckpointEvery = 0, Lora = new LoraConfig { Rank = 2, Alpha = 4 } }));
        Assert.Equal("""{"settings":{"Seed":1},"weights":"BFloat16"}""", Key(BFloat16));
        Assert.Equal("""{"ActivationCheckpointEvery":1,"Lora":null}""",
            Written(new MemoryConfig { ActivationCheckpointEvery = 1 }));

        string Key(MemoryConfig memory) => Written(memory.KeyOf(settings));

        static string Written<T>(T value) => JsonSerializer.Serialize(value, OneLine);
    }

    private static LanguageModel Learner(float value)
    {
        var exact = SmallModel.Create();
        using (no_grad())
        {
            foreach (var (_, weight) in exact.Parameters)
            {
                weight.fill_(value);
            }
        }

        return LanguageModel.PrepareForTraining(exact, BFloat16, 0);
    }

    private static IReadOnlyList<TrainingReport> Train(LanguageModel model)
    {
        var documents = Enumerable.Range(0, 60)
            .Select(d => new TrainingExample($"{d}", SmallModel.Ids(5 + (d % 9), d), d % 3)).ToList();
        return MidTraining.Run(model, documents, new MidTrainingConfig
        {
            SequenceLength = 32,
            OpenRows = 4,
            BatchSize = 2,
            MicroBatchSize = 1,
            Epochs = 1,
            Optimizer = ResumeTests.Optimizer,
        }, SmallModel.Tokenizer, seed: 5);
    }

    private static float First(Tensor tensor) =>
        (float)tensor.flatten()[0].to_type(ScalarType.Float32).AsDouble();
}
