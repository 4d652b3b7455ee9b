using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>A model's weights as the processor decoder reads them: a snapshot, shared by all its threads.</summary>
internal sealed class CpuWeights : IDisposable
{
    private readonly Lock _growing = new();
    private RotaryAngles? _angles;

    /// <summary>A copy of a model's weights, adapters merged.</summary>
    public CpuWeights(LanguageModel model)
        : this(model.Config, take => Each(model, take))
    {
    }

    /// <param name="each">Gives every weight by its released name, in any type, to what it is handed.</param>
    public CpuWeights(ModelConfig config, Action<Action<string, Tensor>> each)
    {
        Dictionary<string, float[]> norms = new(StringComparer.Ordinal);
        Dictionary<string, PackedMatrix> matrices = new(StringComparer.Ordinal);
        each((name, weight) =>
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            if (weight.dim() == 1)
            {
                norms.Add(name, NativeData.Floats(weight.to_type(ScalarType.Float32)).ToArray());
            }
            else
            {
                matrices.Add(name, new PackedMatrix(weight));
            }
        });
        Config = config;
        Embedding = matrices["model.embed_tokens.weight"];
        FinalNorm = norms["model.norm.weight"];
        Head = config.TiedEmbeddings ? Embedding : matrices["lm_head.weight"];
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => $"model.layers.{i}.").Select(layer => new Layer(
            norms[layer + "input_layernorm.weight"],
            matrices[layer + "self_attn.qkv_proj.weight"],
            matrices[layer + "self_attn.o_proj.weight"],
            norms[layer + "post_attention_layernorm.weight"],
            matrices[layer + "mlp.gate_up_proj.weight"],
            matrices[layer + "mlp.down_proj.weight"]))];
    }

    public ModelConfig Config { get; }

    /// <summary>[V, D]; the head too, where the two are tied.</summary>
    public PackedMatrix Embedding { get; }

    public float[] FinalNorm { get; }

    public PackedMatrix Head { get; }

    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Angles of at least so many positions; they grow as sequences do.</summary>
    public RotaryAngles Angles(int positions)
    {
        lock (_growing)
        {
            if (_angles is null || _angles.Positions < positions)
            {
                _angles = new RotaryAngles(Config, Math.Min(Config.MaxPositions, Math.Max(256, 2 * positions)));
            }

            return _angles;
        }
    }

    /// <summary>
    /// Whether the processor decoder serves a model: 32-bit weights on the CPU, sizes in whole vectors.
    /// </summary>
    public static bool Serve(ModelConfig config, Device device, ScalarType type) =>
        device.type == DeviceType.CPU && type == ScalarType.Float32
        && config.Width % 32 == 0 && config.FeedForwardWidth % 32 == 0
        && config.HeadWidth % 16 == 0 && config.JoinedHeadsWidth % 32 == 0;

    public void Dispose()
    {
        Embedding.Dispose();
        if (Head != Embedding)
        {
            Head.Dispose();
        }

        foreach (var layer in Layers)
        {
            layer.Joined.Dispose();
            layer.Combine.Dispose();
            layer.GateUp.Dispose();
            layer.Down.Dispose();
        }
    }

    private static void Each(LanguageModel model, Action<string, Tensor> take)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, weight) in model.MergedWeights)
        {
            take(name, weight);
        }
    }

    /// <summary>One block's weights.</summary>
    internal sealed record Layer(float[] AttentionNorm, PackedMatrix Joined, PackedMatrix Combine,
        float[] FeedForwardNorm, PackedMatrix GateUp, PackedMatrix Down);
}
