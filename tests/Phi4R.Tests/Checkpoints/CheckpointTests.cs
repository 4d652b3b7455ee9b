using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    public void A_checkpoint_is_loaded_in_the_type_that_rounds_none_of_its_weights(
        ScalarType stored, ScalarType expected)
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0], stored);
        using var again = Checkpoint.Open(_folder.FullName).Load(CPU);
        Assert.Equal(expected, again.HeadWeight.dtype);
        Assert.All(model.Parameters.Zip(again.Parameters), pair =>
            Assert.Equal(Compare.Bits(pair.First.Weight.to_type(stored)), Compare.Bits(pair.Second.Weight)));
    }

    // 4 bytes a weight and a sixteenth of that beside them.
    [Fact]
    public void Weights_that_do_not_fit_are_told_in_gigabytes_with_what_to_do()
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var checkpoint = Checkpoint.Open(_folder.FullName);
        var needed = model.Config.ParameterCount * 17 / 4;
        checkpoint.CheckRoom(ScalarType.Float32, needed, "the machine has");
        var half = Assert.Throws<InsufficientMemoryException>(
            () => checkpoint.CheckRoom(ScalarType.Float32, needed - 1, "the machine has")).Message;
        Assert.StartsWith($"{_folder.FullName} needs 0.0 GB of memory in 32 bits, and the machine has 0.0 GB free. "
            + "Use 16 bits (--dtype bf16)", half);
        var none = Assert.Throws<InsufficientMemoryException>(
            () => checkpoint.CheckRoom(ScalarType.BFloat16, (needed / 2) - 1, "the machine has")).Message;
        Assert.Contains("in 16 bits", none);
        Assert.Contains("End what else takes memory", none);
    }

    // A million weights for every kilobyte of any machine: only the headers can be read.
    [Fact]
    public void A_model_that_no_machine_holds_is_refused_before_its_weights_are_read()
    {
        var config = SmallModel.Config with
        {
            Width = 8192,
            QueryHeads = 64,
            KeyValueHeads = 64,
            FeedForwardWidth = 32_768,
            Layers = 1000,
            ShortFactors = null,
            LongFactors = null,
        };
        SparseCheckpoint.Write(_folder.FullName, config, numbers: false);
        Assert.Throws<InsufficientMemoryException>(() => PretrainedModel.Load(_folder.FullName, CPU));
        Assert.Throws<InsufficientMemoryException>(() => ServedModel.Load(_folder.FullName));
    }

    // Untied, and of every type of file; the engine of a model is the slow twin that holds the weights a second time.
    [Theory]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(false, ScalarType.BFloat16)]
    public async Task Weights_packed_from_files_answer_as_those_of_a_model_do(bool isTied, ScalarType stored)
    {
        using (var written = SmallModel.Create(SmallModel.Config with { TiedEmbeddings = isTied }))
        {
            ModelExport.Write(written, _folder.FullName, endOfText: 0, stopIds: [0], stored, shardBytes: 20_000);
        }

        using var served = ServedModel.Load(_folder.FullName, ScalarType.Float32);
        using var direct = served.Start();
        using var model = PretrainedModel.Load(_folder.FullName, CPU);
        using var twice = new Engine(model);
        var config = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 30 };
        var (one, other) = (await Draw(direct), await Draw(twice));
        Assert.Equal(one.TokenIds, other.TokenIds);
        Assert.Equal(one.LogProbs!, other.LogProbs!);

        async Task<Completion> Draw(Engine engine) =>
            (await engine.Draw(new SampleRequest(SmallModel.Ids(9), [Randomness.For(1, "packed")]), config, []))[0];
    }

    [Theory]
    [InlineData(true, RopePolicy.ByLength)]
    [InlineData(false, RopePolicy.AlwaysLong)]
    public void A_pass_block_by_block_gives_the_logits_of_the_whole_model_and_names_each_weight_that_was_used(
        bool isTied, RopePolicy policy)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create(SmallModel.Config with { TiedEmbeddings = isTied, RopePolicy = policy });
        long[] ids = [.. SmallModel.Ids(12).Select(id => (long)id)];
        List<string> released = [];
        var weights = model.Parameters.ToDictionary(pair => pair.Name, pair => (Tensor)pair.Weight);
        Compare.Close(model.call(tensor(ids).unsqueeze(0)).squeeze(0),
            BlockwisePass.Logits(model.Config, weights, ids, released.Add), 1e-5);
        Assert.Equal(weights.Keys.Order(), released.Distinct().Order());
    }

    // A copy of 16-bit files in the same shards is the same bytes; in 32 bits each weight is the same number.
    [Fact]
    public void A_checkpoint_on_disk_is_exported_without_a_change_and_widened_exactly()
    {
        var (from, to, wide) = (Path.Combine(_folder.FullName, "from"), Path.Combine(_folder.FullName, "to"),
            Path.Combine(_folder.FullName, "wide"));
        using (var model = SmallModel.Create())
        {
            ModelExport.Write(model, from, endOfText: 0, stopIds: [3, 0], ScalarType.BFloat16, shardBytes: 20_000);
        }

        Assert.Equal(0, ModelExport.Copy(from, to, ScalarType.BFloat16, shardBytes: 20_000).LogitDistance);
        foreach (var path in Directory.GetFiles(from))
        {
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(to, Path.GetFileName(path))));
        }

        Assert.Equal(0, ModelExport.Copy(from, wide, ScalarType.Float32).LogitDistance);
        using var narrow = PretrainedModel.Load(from, CPU);
        using var widened = PretrainedModel.Load(wide, CPU);
        Assert.Equal(SmallModel.Weights(narrow), SmallModel.Weights(widened));
    }

    // 24 blocks of 1.3 million weights in 32 bits: one of them is 5 MB, all are 125.
    [Fact]
    public void An_export_from_disk_holds_less_than_half_of_a_16_bit_model()
    {
        var from = Path.Combine(_folder.FullName, "from");
        var config = SmallModel.Config with
        {
            Width = 256,
            QueryHeads = 16,
            KeyValueHeads = 16,
            FeedForwardWidth = 1344,
            Layers = 24,
            InitialDeviation = 0.02,
        };
        using (var model = SmallModel.Create(config))
        {
            ModelExport.Write(model, from, endOfText: 0, stopIds: [0], ScalarType.BFloat16);
        }

        ModelExport.Copy(from, Path.Combine(_folder.FullName, "warm"), ScalarType.BFloat16);
        var peak = PeakMemory.During(() =>
            ModelExport.Copy(from, Path.Combine(_folder.FullName, "to"), ScalarType.BFloat16));
        Assert.InRange(peak, 0, config.ParameterCount);
    }
}
