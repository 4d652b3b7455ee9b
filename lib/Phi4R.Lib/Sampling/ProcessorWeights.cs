using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>A model's weights as the processor decoder reads them: a snapshot, shared by all its threads.</summary>
internal sealed class ProcessorWeights : IDisposable
{
    private readonly Lock _growing = new();
    private RotaryAngles? _angles;

    public ProcessorWeights(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var byName = model.MergedWeights.ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        Config = model.Config;
        Embedding = NativeData.Floats(byName["model.embed_tokens.weight"]).ToArray();
        FinalNorm = NativeData.Floats(byName["model.norm.weight"]).ToArray();
        Head = Pack(model.HeadWeight);
        Layers = [.. Enumerable.Range(0, Config.Layers).Select(i => new Layer(
            NativeData.Floats(byName[$"model.layers.{i}.input_layernorm.weight"]).ToArray(),
            Pack(byName[$"model.layers.{i}.self_attn.qkv_proj.weight"]),
            Pack(byName[$"model.layers.{i}.self_attn.o_proj.weight"]),
            NativeData.Floats(byName[$"model.layers.{i}.post_attention_layernorm.weight"]).ToArray(),
            Pack(byName[$"model.layers.{i}.mlp.gate_up_proj.weight"]),
            Pack(byName[$"model.layers.{i}.mlp.down_proj.weight"])))];

        static PackedMatrix Pack(Tensor weight) => new(NativeData.Floats(weight), (int)weight.shape[0], (int)weight.shape[1]);
    }

    public ModelConfig Config { get; }

    public float[] Embedding { get; }

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

    /// <summary>Whether the processor decoder serves a model: 32-bit weights on the processor, sizes in whole vectors.</summary>
    public static bool Serve(LanguageModel model) =>
        model.Device.type == DeviceType.CPU && model.HeadWeight.dtype == ScalarType.Float32
        && model.Config.Width % 32 == 0 && model.Config.FeedForwardWidth % 32 == 0
        && model.Config.HeadWidth % 16 == 0 && model.Config.JoinedHeadsWidth % 32 == 0;

    public void Dispose()
    {
        Head.Dispose();
        foreach (var layer in Layers)
        {
            layer.Joined.Dispose();
            layer.Combine.Dispose();
            layer.GateUp.Dispose();
            layer.Down.Dispose();
        }
    }

    /// <summary>One block's weights.</summary>
    internal sealed record Layer(float[] AttentionNorm, PackedMatrix Joined, PackedMatrix Combine, float[] FeedForwardNorm, PackedMatrix GateUp, PackedMatrix Down);
}
