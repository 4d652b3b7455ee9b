using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

public sealed class LanguageModelTests
{
    [Theory]
    [InlineData(RopePolicy.AlwaysLong, 20, true)]
    [InlineData(RopePolicy.ByLength, 24, true)]
    [InlineData(RopePolicy.ByLength, 25, true)]
    [InlineData(RopePolicy.ByLength, 30, false)]
    public void Logits_equal_those_of_plain_loops(RopePolicy policy, int tokens, bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model(Toy.Config with { RopePolicy = policy, TiedEmbeddings = tied });
        var ids = Toy.Ids(tokens);
        var expected = PlainModel.Logits(model.Config, Toy.Weights(model), ids);
        var found = model.call(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)).squeeze(0).data<float>().ToArray();
        Assert.True(expected.SelectMany(row => row).Zip(found, (a, b) => Math.Abs(a - b)).Max() < 2e-5);
    }

    [Fact]
    public void The_fused_path_equals_plain_loops_in_each_document()
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model();
        Example[] documents = [Toy.Document(13, "a"), Toy.Document(21, "b"), Toy.Document(1, "c")];
        using var batch = TokenBatch.From([new PackedRow(documents, 40)], 0, CPU);
        var logits = model.Logits(model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans)).squeeze(0);
        foreach (var (document, span) in documents.Zip(batch.Spans))
        {
            var expected = PlainModel.Logits(model.Config, Toy.Weights(model), document.Tokens).SelectMany(row => row);
            var found = logits.narrow(0, span.Start, span.Length).contiguous().data<float>().ToArray();
            Assert.True(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() < 2e-5);
        }
    }

    [Fact]
    public void The_fused_path_and_the_masked_path_have_equal_gradients()
    {
        using var model = Toy.Model();
        using var batch = TokenBatch.From([new PackedRow([Toy.Document(13, "a"), Toy.Document(37, "b", 5)], 64), new PackedRow([Toy.Document(50, "c", 9)], 64)], 0, CPU);
        var fused = Toy.Gradients(model, batch);
        using (NewDisposeScope())
        {
            var hidden = model.HiddenStates(batch.Ids, batch.Positions, batch.Documents).flatten(0, 1).index_select(0, batch.LearnedRows);
            (-TokenLogProbabilities.Of(hidden, model.HeadWeight, batch.Targets).sum()).backward();
        }

        Assert.True(Toy.LargestDifference(fused, Toy.Taken(model)) < 2e-4 * fused.Values.SelectMany(values => values).Max());
    }

    [Fact]
    public void A_token_of_one_document_changes_no_logit_of_another()
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model();
        var second = Toy.Document(20, "second");
        float[] Second(int[] first)
        {
            using var batch = TokenBatch.From([new PackedRow([new Example("first", first, 0), second], 40)], 0, CPU);
            return model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans).narrow(1, first.Length, 20).contiguous().data<float>().ToArray();
        }

        Assert.Equal(Second(Toy.Ids(15, "one way")), Second(Toy.Ids(15, "another")));
    }

    [Fact]
    public void A_later_token_never_changes_an_earlier_state()
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model();
        float[] Early(int last)
        {
            int[] ids = [.. Toy.Ids(19), last];
            return model.HiddenStates(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)).narrow(1, 0, 19).contiguous().data<float>().ToArray();
        }

        Assert.Equal(Early(3), Early(70));
    }

    [Fact]
    public void An_untrained_model_is_as_surprised_as_a_uniform_guess()
    {
        using var model = Toy.Model(Toy.Config with { InitialDeviation = 0.02 });
        using var batch = TokenBatch.From([Toy.Document(100, "any")], 0, CPU);
        using var scope = NewDisposeScope();
        Assert.Equal(Math.Log(80), -ModelLosses.TokenLogProbabilities(model, batch).mean().ToDouble(), tolerance: 0.05);
    }

    // Published: 3,836,021,760 weights; names and shapes of the released checkpoint.
    [Fact]
    public void The_paper_model_has_the_published_weights()
    {
        using var model = new LanguageModel(Recipe.Named("pocket") is { } ? Paper.Recipe.Model : null!, META, ScalarType.BFloat16);
        var shapes = model.Parameters.ToDictionary(pair => pair.Name, pair => string.Join("x", pair.Weight.shape), StringComparer.Ordinal);
        Assert.Equal(3_836_021_760, model.Parameters.Sum(pair => pair.Weight.numel()));
        Assert.Equal(3_836_021_760, Paper.Recipe.Model.ParameterCount);
        Assert.Equal((32 * 6) + 2, shapes.Count);
        Assert.Equal("200064x3072", shapes["model.embed_tokens.weight"]);
        Assert.Equal("5120x3072", shapes["model.layers.31.self_attn.qkv_proj.weight"]);
        Assert.Equal("16384x3072", shapes["model.layers.0.mlp.gate_up_proj.weight"]);
        Assert.Equal("3072x8192", shapes["model.layers.7.mlp.down_proj.weight"]);
    }

    // 131072 / 4096 under LongRoPE: the published value of the real model.
    [Fact]
    public void The_attention_factor_is_the_published_one() => Assert.Equal(1.1902380714238083, Paper.Recipe.Model.AttentionFactor, 12);

    [Fact]
    public void Sizes_at_odds_are_named()
    {
        var error = Assert.Throws<ArgumentException>(() => (Toy.Config with { Width = 65 }).Checked());
        Assert.Contains("Width 65", error.Message, StringComparison.Ordinal);
        Assert.Contains("QueryHeads 2", error.Message, StringComparison.Ordinal);
    }
}
