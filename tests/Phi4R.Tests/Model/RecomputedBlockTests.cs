using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

// Oracle: the same model that keeps everything.
public sealed class RecomputedBlockTests
{
    public enum Rows
    {
        Packed,
        PackedBehindMask,
        OneDocument,
        Unpacked,
    }

    private static ModelConfig Config
    {
        get;
    } = Phi4R.Recipes.Pocket.Smoke.Model with { Layers = 3, InitialDeviation = 0.2 };

    [Theory]
    [InlineData(Rows.Packed, 1)]
    [InlineData(Rows.Packed, 2)]
    [InlineData(Rows.PackedBehindMask, 1)]
    [InlineData(Rows.OneDocument, 1)]
    [InlineData(Rows.Unpacked, 1)]
    [InlineData(Rows.Unpacked, 5)]
    public void Losses_and_gradients_are_the_same_to_the_last_bit(Rows rows, int every)
    {
        var (loss, gradients) = Learn(Create(Config, 0), rows);
        var (lossAgain, gradientsAgain) = Learn(Create(Config, every), rows);
        Assert.Equal(loss, lossAgain);
        Assert.All(gradients, pair => Assert.True(pair.Value.Any(value => value != 0), pair.Key));
        Assert.All(gradients, pair => Assert.True(pair.Value.SequenceEqual(gradientsAgain[pair.Key]), pair.Key));
    }

    // The input of each block is kept, and everything within one block at a time: far from half of what the plain path
    // holds.
    [Fact]
    public void A_long_row_takes_less_than_half_of_the_memory()
    {
        var config = Config with { Layers = 16 };
        var row = new PackedSequence(
            [.. Enumerable.Range(0, 32).Select(d => new TrainingExample("d", SmallModel.Ids(128, d), 0))], 4096);
        using var lean = Create(config, 1);
        using var plain = Create(config, 0);
        Pass(lean, new PackedSequence([row.Documents[0]], 128));
        var least = PeakMemory.During(() => Pass(lean, row));
        var most = PeakMemory.During(() => Pass(plain, row));
        Assert.True(least < most / 2, $"{least / 1e6:F0} MB with recomputation and {most / 1e6:F0} MB without");

        static void Pass(LanguageModel model, PackedSequence row)
        {
            using var scope = NewDisposeScope();
            using var batch = TokenBatch.From([row], padTokenId: 0, CPU);
            ModelLosses.TokenLogProbs(model, batch).mean().backward();
        }
    }

    // Rows of two parts, so that gradients of several passes are added up.
    [Fact]
    public void Training_leads_to_the_same_weights()
    {
        var steps = Enumerable.Range(0, 3).Select(step => Enumerable.Range(0, 2)
            .Select(
                row =>
                    new PackedSequence([new TrainingExample("a", SmallModel.Ids(9, step), 2),
                        new TrainingExample("b", SmallModel.Ids(14, row + 9), 0)], 32)).ToArray()).ToArray();
        Assert.Equal(Weights(0), Weights(1));

        Dictionary<string, float[]> Weights(int every)
        {
            using var model = Create(Config, every);
            NextTokenTraining.Run(model, steps, steps.Length, 1, padTokenId: 0, ResumeTests.Optimizer);
            return SmallModel.Weights(model);
        }
    }

    [Fact]
    public void A_pass_that_is_not_learned_from_is_the_same_too()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var ids = SmallModel.AsTensor(SmallModel.Ids(20));
        Assert.Equal(Compare.Bits(Create(Config, 0).call(ids)), Compare.Bits(Create(Config, 1).call(ids)));
    }

    private static LanguageModel Create(ModelConfig config, int every)
    {
        var model = SmallModel.Create(config);
        model.Memory = new MemoryConfig { ActivationCheckpointEvery = every };
        return model;
    }

    private static (float[] Loss, Dictionary<string, float[]> Gradients) Learn(LanguageModel model, Rows rows)
    {
        using var scope = NewDisposeScope();
        using var own = model;
        TrainingExample[] documents = [.. Enumerable.Range(0, 4)
            .Select(d => new TrainingExample("d", SmallModel.Ids(7 + (5 * d), d), d))];
        using var batch = rows is Rows.Packed or Rows.PackedBehindMask
            ? TokenBatch.From([new PackedSequence(documents[..2], 40), new PackedSequence(documents[2..], 40)],
                padTokenId: 0, CPU)
            : rows is Rows.OneDocument ? TokenBatch.From([documents[3]], padTokenId: 0, CPU)
            : TokenBatch.From(documents, padTokenId: 0, CPU);
        var hidden = model.HiddenStates(batch.Ids, batch.Positions, batch.Documents,
            rows is Rows.Packed or Rows.Unpacked ? batch.Spans : null);
        var losses = TokenLogProbs.Of(hidden.flatten(0, 1).index_select(0, batch.LossRows), model.HeadWeight,
            batch.Targets);
        losses.mean().backward();
        return (Compare.Bits(losses),
            model.Parameters.ToDictionary(pair => pair.Name, pair => Compare.Bits(pair.Weight.grad!)));
    }
}
