using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Kernels;

// The kernel of packed documents against plain loops, and against libtorch's attention over a mask.
public sealed class FusedAttentionTests
{
    private static readonly ModelConfig Config = SmallModel.Config with
    {
        Width = 64,
        QueryHeads = 2,
        KeyValueHeads = 1,
        FeedForwardWidth = 96,
        RotaryFraction = 0.75,
        ShortFactors = Factors(0.05),
        LongFactors = Factors(0.4),
        MaxPositions = 160,
    };

    // Heads of sixteen channels fill half of the kernel's thirty-two columns.
    private static ModelConfig Of(int heads) => Config with
    {
        QueryHeads = heads,
        KeyValueHeads = heads / 2,
        ShortFactors = Factors(0.05, heads),
        LongFactors = Factors(0.4, heads),
    };

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Each_document_has_the_logits_of_plain_loops(int heads)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = Of(heads);
        using var model = SmallModel.Create(config);
        var documents = Documents(13, 21, 1, 33);
        using var batch = TokenBatch.From(
            [new PackedSequence(documents[..2], 40), new PackedSequence(documents[2..], 40)], padTokenId: 0, CPU);
        var logits = model.Logits(model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans));
        var plain = new PlainModel(config, SmallModel.Weights(model));
        var last = batch.Positions!.max().AsInt64();
        foreach (var (document, span) in documents.Zip(batch.Spans))
        {
            var expected = tensor(plain.Logits(document.Tokens, RotaryEmbedding.UsesLong(config, last))
                .SelectMany(row => row).ToArray()).view(span.Length, -1);
            Compare.Close(expected, logits[span.Row].narrow(0, span.Start, span.Length).to_type(ScalarType.Float64),
                1e-4, document.Id);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void The_gradients_are_those_of_the_masked_path(int heads)
    {
        using var scope = NewDisposeScope();
        using var fused = SmallModel.Create(Of(heads));
        using var masked = SmallModel.Create(Of(heads));
        var documents = Documents(13, 37, 50);
        using var batch = TokenBatch.From(
            [new PackedSequence(documents[..2], 64), new PackedSequence(documents[2..], 64)], padTokenId: 0, CPU);
        ModelLosses.TokenLogProbs(fused, batch).sum().backward();
        var hidden = masked.HiddenStates(batch.Ids, batch.Positions, batch.Documents).flatten(0, 1)
            .index_select(0, batch.LossRows);
        TokenLogProbs.Of(hidden, masked.HeadWeight, batch.Targets).sum().backward();
        foreach (var ((name, weight), (_, other)) in fused.Parameters.Zip(masked.Parameters))
        {
            Compare.Close(other.grad!, weight.grad!, 1e-5 * Math.Max(1, other.grad!.abs().max().AsDouble()), name);
        }
    }

    // More queries than are held at a time, and not a whole number of blocks.
    [Fact]
    public void A_long_document_has_the_values_and_gradients_of_libtorchs_attention()
    {
        using var scope = NewDisposeScope();
        var config = Config with { Layers = 1, MaxPositions = 4096 };
        using var fused = SmallModel.Create(config);
        using var plain = SmallModel.Create(config);
        using var batch = TokenBatch.From(Documents(3001), padTokenId: 0, CPU);
        using var upstream = randn([1, 3001, config.Width], generator: new Generator(1));
        var found = fused.HiddenStates(batch.Ids, spans: batch.Spans);
        var expected = plain.HiddenStates(batch.Ids);
        Compare.Close(expected, found, 1e-5 * expected.abs().max().AsDouble(), "hidden states");
        found.backward([upstream]);
        expected.backward([upstream]);
        foreach (var ((name, weight), (_, other)) in fused.Parameters.Zip(plain.Parameters))
        {
            Compare.Close(other.grad!, weight.grad!, 1e-5 * Math.Max(1, other.grad!.abs().max().AsDouble()), name);
        }
    }

    // Scores of 8,192 queries and keys would take 268 MB in 32 bits, and the gradient holds two of them. Tensors are
    // counted in use, the kernel's own memory as it is asked for.
    [Theory]
    [InlineData(32)]
    [InlineData(16)]
    public void A_long_document_takes_far_less_memory_than_its_scores_would(int headWidth)
    {
        const int Tokens = 8192;
        using var scope = NewDisposeScope();
        var config = Config with
        {
            Layers = 1,
            Width = headWidth,
            QueryHeads = 1,
            KeyValueHeads = 1,
            ShortFactors = null,
            LongFactors = null,
            MaxPositions = Tokens,
        };
        using var model = SmallModel.Create(config);
        using var batch = TokenBatch.From([new PackedSequence(Documents(Tokens - 40, 40), Tokens)], padTokenId: 0, CPU);
        using var upstream = ones(1, Tokens, config.Width);
        var managed = GC.GetTotalAllocatedBytes();
        var native = PeakMemory.During(() =>
        {
            using var pass = NewDisposeScope();
            model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans).backward([upstream]);
        });
        var taken = native + GC.GetTotalAllocatedBytes() - managed;
        Assert.True(taken < 4L * Tokens * Tokens / 3, $"{taken / 1e6:F0} MB");
    }

    [Fact]
    public void A_token_of_one_document_changes_no_bit_of_another()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create(Config);
        var second = Documents(20)[0];
        float[] Second(int seed)
        {
            using var batch = TokenBatch.From(
                [new PackedSequence([new TrainingExample("first", SmallModel.Ids(15, seed), 0), second], 40)],
                padTokenId: 0, CPU);
            return Compare.Bits(model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans)
                .narrow(1, 15, 20));
        }

        Assert.Equal(Second(5), Second(6));
    }

    [Fact]
    public void The_count_of_cores_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        var documents = Documents(30, 30, 40, 17);
        float[] Gradient()
        {
            using var model = SmallModel.Create(Config);
            using var batch = TokenBatch.From([new PackedSequence(documents, 128)], padTokenId: 0, CPU);
            ModelLosses.TokenLogProbs(model, batch).sum().backward();
            return Compare.Bits(model.Parameters[^1].Weight.grad!);
        }

        // While all of the pool's threads wait, the caller does every part itself. The pool adds a thread or two a
        // second, and the caller returns only when one has looked for work.
        using var gate = new ManualResetEventSlim();
        using var waiting = new CountdownEvent(ThreadPool.ThreadCount + 4);
        for (var i = 0; i < waiting.InitialCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                gate.Wait();
                waiting.Signal();
            }, null);
        }

        var alone = Gradient();
        gate.Set();
        waiting.Wait();
        Assert.Equal(alone, Gradient());
    }

    private static double[] Factors(double slope, int heads = 2) =>
        [.. Enumerable.Range(0, 24 / heads).Select(i => 1 + (slope * i))];

    private static TrainingExample[] Documents(params int[] lengths) =>
        [.. lengths.Select((length, i) =>
            new TrainingExample($"document {i}", SmallModel.Ids(length, seed: i + 1), 0))];
}
