using Phi4R.Foundation;
using Phi4R.Kernels;

namespace Phi4R.Model;

/// <summary>
/// The sizes of one decoder-only transformer of the Phi-4-mini family; everything a checkpoint's shapes depend on.
/// </summary>
/// <remarks>Source: arXiv 2503.01743 and the released configuration of microsoft/Phi-4-mini-instruct.</remarks>
public sealed record ModelConfig
{
    /// <summary>V: rows of the embedding.</summary>
    public required int VocabularySize { get; init => field = Require.Positive(value); }

    /// <summary>D: numbers per token in the residual stream.</summary>
    public required int Width { get; init => field = Require.Positive(value); }

    /// <summary>L: how many blocks stand on each other.</summary>
    public required int Layers { get; init => field = Require.Positive(value); }

    /// <summary>H: query heads.</summary>
    public required int QueryHeads { get; init => field = Require.Positive(value); }

    /// <summary>K: key/value heads, each shared by H / K query heads.</summary>
    public required int KeyValueHeads { get; init => field = Require.Positive(value); }

    /// <summary>F: numbers per token inside the feed-forward layer.</summary>
    public required int FeedForwardWidth { get; init => field = Require.Positive(value); }

    /// <summary>Share of each head's channels that is rotated by position.</summary>
    public required double RotaryFraction { get; init => field = Require.Fraction(value); }

    /// <summary>Base of the rotation's wavelengths.</summary>
    public required double RopeTheta { get; init => field = Require.Positive(value); }

    /// <summary>
    /// LongRoPE's divisors of the frequencies at short lengths, R / 2 of them, or null where positions are not scaled.
    /// </summary>
    public IReadOnlyList<double>? ShortFactors { get; init; }

    /// <summary>
    /// LongRoPE's divisors of the frequencies at long lengths, R / 2 of them, or null where positions are not scaled.
    /// </summary>
    public IReadOnlyList<double>? LongFactors { get; init; }

    /// <summary>Tokens that the model was first trained for; above it the long factors hold.</summary>
    public required int OriginalMaxPositions { get; init => field = Require.Positive(value); }

    /// <summary>Tokens that a sequence may have.</summary>
    public required int MaxPositions { get; init => field = Require.Positive(value); }

    /// <summary>Added to the mean square before its root.</summary>
    public required double NormEpsilon { get; init => field = Require.Positive(value); }

    /// <summary>Whether the output head is the embedding.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Which of LongRoPE's lists a pass uses.</summary>
    public required RopePolicy RopePolicy { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public required double InitialDeviation { get; init => field = Require.Positive(value); }

    /// <summary>C: channels per head, D / H.</summary>
    public int HeadWidth => Width / QueryHeads;

    /// <summary>R: channels per head that are rotated.</summary>
    public int RotaryWidth => (int)(HeadWidth * RotaryFraction);

    /// <summary>The sizes that an attention kernel works with.</summary>
    internal AttentionHeads Heads => new(QueryHeads, KeyValueHeads, HeadWidth, RotaryWidth);

    /// <summary>Output rows of the joined query, key and value projection.</summary>
    public int JoinedHeadsWidth => (QueryHeads + (2 * KeyValueHeads)) * HeadWidth;

    /// <summary>
    /// What cosines and sines are multiplied by: sqrt(1 + ln(max / original) / ln(original)) under LongRoPE, otherwise
    /// 1.
    /// </summary>
    public double AttentionFactor => LongFactors is null || MaxPositions <= OriginalMaxPositions
        ? 1
        : Math.Sqrt(1 + (Math.Log((double)MaxPositions / OriginalMaxPositions) / Math.Log(OriginalMaxPositions)));

    /// <summary>Weights in all, the tied head counted once.</summary>
    public long ParameterCount
    {
        get
        {
            var block = ((long)JoinedHeadsWidth * Width) + ((long)Width * Width) + (3L * FeedForwardWidth * Width)
                + (2L * Width);
            return (block * Layers) + Width + ((long)VocabularySize * Width * (TiedEmbeddings ? 1 : 2));
        }
    }

    /// <summary>Every weight's released name and shape; the tied head is not listed twice.</summary>
    public IEnumerable<(string Name, long[] Shape)> WeightShapes()
    {
        yield return ("model.embed_tokens.weight", [VocabularySize, Width]);
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            yield return (name + "input_layernorm.weight", [Width]);
            yield return (name + "self_attn.qkv_proj.weight", [JoinedHeadsWidth, Width]);
            yield return (name + "self_attn.o_proj.weight", [Width, Width]);
            yield return (name + "post_attention_layernorm.weight", [Width]);
            yield return (name + "mlp.gate_up_proj.weight", [2L * FeedForwardWidth, Width]);
            yield return (name + "mlp.down_proj.weight", [Width, FeedForwardWidth]);
        }

        yield return ("model.norm.weight", [Width]);
        if (!TiedEmbeddings)
        {
            yield return ("lm_head.weight", [VocabularySize, Width]);
        }
    }

    /// <summary>Returns the sizes when they fit each other.</summary>
    /// <exception cref="ArgumentException">The message names the fields at odds and their values.</exception>
    public ModelConfig Checked()
    {
        CheckSizes();
        if (Width % QueryHeads != 0)
        {
            throw new ArgumentException($"Width {Width} is not a multiple of QueryHeads {QueryHeads}.");
        }

        if (QueryHeads % KeyValueHeads != 0)
        {
            throw new ArgumentException($"QueryHeads {QueryHeads} is not a multiple of KeyValueHeads {KeyValueHeads}.");
        }

        if (RotaryWidth == 0)
        {
            throw new ArgumentException($"RotaryFraction {RotaryFraction} of HeadWidth {HeadWidth} is no channel; "
                + "without rotation a model knows no order.");
        }

        if (RotaryWidth % 2 != 0)
        {
            throw new ArgumentException($"RotaryFraction {RotaryFraction} of HeadWidth {HeadWidth} is {RotaryWidth} "
                + "channels; rotation needs pairs.");
        }

        if ((ShortFactors is null) != (LongFactors is null))
        {
            throw new ArgumentException("ShortFactors and LongFactors belong together; one of them is missing.");
        }

        foreach (var (name, factors) in new[]
        {
            (nameof(ShortFactors), ShortFactors),
            (nameof(LongFactors), LongFactors),
        })
        {
            if (factors is not null && factors.Count != RotaryWidth / 2)
            {
                throw new ArgumentException($"{name} has {factors.Count} entries; RotaryWidth {RotaryWidth} needs "
                    + $"{RotaryWidth / 2}.");
            }
        }

        return this;
    }

    // A file may claim anything; nothing may be allocated, and no product overflow, before it is seen that it cannot
    // be.
    private void CheckSizes()
    {
        const int Largest = 1 << 24;
        const int Deepest = 1 << 12;
        const long Most = 1L << 42;
        foreach (var (name, size) in new[]
        {
            (nameof(VocabularySize), VocabularySize), (nameof(Width), Width), (nameof(QueryHeads),
                QueryHeads), (nameof(KeyValueHeads), KeyValueHeads),
            (nameof(FeedForwardWidth), FeedForwardWidth), (nameof(OriginalMaxPositions),
                OriginalMaxPositions), (nameof(MaxPositions), MaxPositions),
        })
        {
            if (size > Largest)
            {
                throw new ArgumentException($"{name} is {size}; {Largest} is the most that is believed.");
            }
        }

        if (Layers > Deepest)
        {
            throw new ArgumentException($"{nameof(Layers)} is {Layers}; {Deepest} is the most that is believed.");
        }

        foreach (var (name, value) in new[]
        {
            (nameof(RopeTheta), RopeTheta),
            (nameof(NormEpsilon), NormEpsilon),
            (nameof(InitialDeviation), InitialDeviation),
        })
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentException($"{name} is {value}; it must be finite.");
            }
        }

        foreach (var factor in (ShortFactors ?? []).Concat(LongFactors ?? []))
        {
            if (!double.IsFinite(factor) || factor <= 0)
            {
                throw new ArgumentException($"A rope factor is {factor}; factors divide frequencies and must be "
                    + "finite and above 0.");
            }
        }

        if (LongFactors is not null && OriginalMaxPositions < 2)
        {
            throw new ArgumentException($"OriginalMaxPositions is {OriginalMaxPositions}; LongRoPE divides by its "
                + "logarithm, so that it must be 2 or more.");
        }

        if (ParameterCount > Most)
        {
            throw new ArgumentException($"The sizes make {ParameterCount} weights; {Most} is the most that "
                + "is believed.");
        }
    }
}
