using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

// Laws of causal attention over documents that share a row.
public sealed class PackedAttentionTests
{
    private static readonly int[] Lengths = [7, 1, 12, 5, 3];

    // Rotation is relative, so that positions must begin anew is seen only by the rule that chooses its factors by
    // length.
    [Theory]
    [InlineData(RopePolicy.AlwaysLong)]
    [InlineData(RopePolicy.ByLength)]
    public void A_packed_document_has_the_logits_that_it_has_alone(RopePolicy policy)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create(SmallModel.Config with { RopePolicy = policy });
        var documents = Documents();
        using var batch = TokenBatch.From([new PackedSequence(documents, 60)], padTokenId: 0, CPU);
        var packed = model.Logits(model.HiddenStates(batch.Ids, batch.Positions, batch.Documents)).squeeze(0);
        var start = 0;
        foreach (var document in documents)
        {
            var alone = model.call(SmallModel.AsTensor(document.Tokens)).squeeze(0);
            Compare.Close(alone, packed.narrow(0, start, document.Tokens.Length), 1e-5, document.Id);
            start += document.Tokens.Length;
        }
    }

    [Fact]
    public void Packed_documents_have_the_losses_and_gradients_that_they_have_one_by_one()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        using var one = SmallModel.Create();
        var documents = Documents();
        using var batch = TokenBatch.From(
            [new PackedSequence(documents[..3], 24), new PackedSequence(documents[3..], 24)], padTokenId: 0, CPU);
        var packed = ModelLosses.TokenLogProbs(model, batch);
        packed.sum().backward();

        List<Tensor> alone = [];
        foreach (var document in documents.Where(document => document.LossTokens > 0))
        {
            using var single = TokenBatch.From([document], padTokenId: 0, CPU);
            alone.Add(ModelLosses.TokenLogProbs(one, single));
            alone[^1].sum().backward();
        }

        Compare.Close(cat(alone), packed, 1e-5, "a log-probability");
        foreach (var ((name, weight), (_, other)) in model.Parameters.Zip(one.Parameters))
        {
            Compare.Close(other.grad!, weight.grad!, 1e-4 * Math.Max(1, other.grad!.abs().max().AsDouble()), name);
        }
    }

    // Widths and types that the kernel of ours does not serve go through libtorch, document by document; the mask is
    // the oracle, to ten roundings of the largest in bf16.
    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 10.0 / 256)]
    public void Documents_by_their_places_have_the_losses_and_gradients_of_the_mask(ScalarType dtype, double bound)
    {
        using var scope = NewDisposeScope();
        using var placed = SmallModel.Create(dtype: dtype);
        using var masked = SmallModel.Create(dtype: dtype);
        var documents = Documents();
        using var batch = TokenBatch.From(
            [new PackedSequence(documents[..3], 24), new PackedSequence(documents[3..], 24)], padTokenId: 0, CPU);
        var found = ModelLosses.TokenLogProbs(placed, batch);
        var hidden = masked.HiddenStates(batch.Ids, batch.Positions, batch.Documents).flatten(0, 1)
            .index_select(0, batch.LossRows);
        var expected = TokenLogProbs.Of(hidden, masked.HeadWeight, batch.Targets);
        found.sum().backward();
        expected.sum().backward();
        Compare.Close(expected, found, bound * Math.Max(1, expected.abs().max().AsDouble()), "a log-probability");
        foreach (var ((name, weight), (_, other)) in placed.Parameters.Zip(masked.Parameters))
        {
            Compare.Close(other.grad!, weight.grad!, bound * Math.Max(1, other.grad!.abs().max().AsDouble()), name);
        }
    }

    [Fact]
    public void No_token_of_a_document_changes_a_logit_of_another()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create();
        var documents = Documents();
        var before = Logits(documents);
        for (var changed = 0; changed < documents.Length; changed++)
        {
            var other = documents.Select((document, d) => d == changed
                ? document with { Tokens = [.. document.Tokens.Select(id => (id + 1) % 40)] }
                : document).ToArray();
            var after = Logits(other);
            var start = 0;
            for (var d = 0; d < documents.Length; d++)
            {
                var (was, now) = (before.narrow(0, start, Lengths[d]), after.narrow(0, start, Lengths[d]));
                Assert.True(d == changed
                    ? Compare.Worst(was, now) > 1e-3
                    : Compare.Bits(was).SequenceEqual(Compare.Bits(now)),
                        $"document {changed} was changed; document {d}");
                start += Lengths[d];
            }
        }

        Tensor Logits(TrainingExample[] row)
        {
            using var batch = TokenBatch.From([new PackedSequence(row, 32)], padTokenId: 0, CPU);
            return model.Logits(model.HiddenStates(batch.Ids, batch.Positions, batch.Documents)).squeeze(0);
        }
    }

    [Fact]
    public void What_fills_a_row_changes_no_loss_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        var documents = Documents();
        foreach (var rows in new PackedSequence[][]
        {
            [new(documents, 40)],
            [new([documents[0]], 20), new([documents[2]], 20)],
        })
        {
            var (first, firstGradients) = Learn(rows, padTokenId: 0);
            var (second, secondGradients) = Learn(rows, padTokenId: 39);
            Assert.Equal(first, second);
            Assert.Equal(firstGradients, secondGradients);
            var (longer, _) = Learn([.. rows.Select(row => row with { Length = row.Length + 8 })], padTokenId: 0);
            foreach (var (a, b) in first.Zip(longer))
            {
                Assert.Equal(a, b, tolerance: 1e-5);
            }
        }

        static (float[] LogProbabilities, List<float[]> Gradients) Learn(PackedSequence[] rows, int padTokenId)
        {
            using var model = SmallModel.Create();
            using var batch = TokenBatch.From(rows, padTokenId, CPU);
            var found = ModelLosses.TokenLogProbs(model, batch);
            found.sum().backward();
            return (Compare.Bits(found), [.. model.Parameters.Select(pair => Compare.Bits(pair.Weight.grad!))]);
        }
    }

    [Fact]
    public void A_later_token_never_changes_an_earlier_logit_and_changes_its_own()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create();
        var ids = SmallModel.Ids(20);
        var before = model.call(SmallModel.AsTensor(ids)).squeeze(0);
        for (var place = 1; place < ids.Length; place++)
        {
            var changed = ids.ToArray();
            changed[place] = (changed[place] + 7) % 40;
            var after = model.call(SmallModel.AsTensor(changed)).squeeze(0);
            Assert.Equal(Compare.Bits(before.narrow(0, 0, place)), Compare.Bits(after.narrow(0, 0, place)));
            Assert.True(Compare.Worst(before[place], after[place]) > 1e-3, $"place {place}");
            Assert.True(Compare.Worst(before[19], after[19]) > 1e-6, $"the last token does not see place {place}");
        }
    }

    [Fact]
    public void A_row_of_a_batch_has_the_logits_that_it_has_alone()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create();
        int[][] rows = [SmallModel.Ids(18, 1), SmallModel.Ids(18, 2), SmallModel.Ids(18, 3)];
        var together = model.call(SmallModel.AsTensor(rows));
        for (var row = 0; row < rows.Length; row++)
        {
            Compare.Close(model.call(SmallModel.AsTensor(rows[row])).squeeze(0), together[row], 1e-5, $"row {row}");
        }
    }

    private static TrainingExample[] Documents() =>
        [.. Lengths.Select((length, d) =>
            new TrainingExample($"document {d}", SmallModel.Ids(length, d), d == 2 ? 4 : 0))];
}
