// B batch, T tokens, D width, V vocabulary.
using Phi4R.Kernels;
using Phi4R.Native;
using TorchSharp.Modules;

namespace Phi4R.Model;

/// <summary>The decoder of Phi-4-mini: token ids to hidden states, and hidden states to logits.</summary>
/// <remarks>
/// Tensor names and layouts are those of the released checkpoints (model.layers.0.self_attn.qkv_proj.weight and so on).
/// </remarks>
public sealed class LanguageModel : nn.Module<Tensor, Tensor>
{
    private readonly RotaryEmbedding _rotary;

    [ComponentName(Name = "model")]
    private readonly Decoder _decoder;

    [ComponentName(Name = "lm_head")]
    private readonly Projection? _head;

    /// <summary>
    /// A model whose matrices hold whatever the memory held: draw them with <see cref="Create"/> or read them.
    /// </summary>
    /// <param name="device">Where the weights live; META gives shapes and counts without memory.</param>
    public LanguageModel(ModelConfig config, Device device, ScalarType dtype = ScalarType.Float32)
        : base(nameof(LanguageModel))
    {
        Config = config.Checked();
        _rotary = new RotaryEmbedding(config, device);
        _decoder = new Decoder(config, device, dtype);
        _head = config.TiedEmbeddings ? null : new Projection(config.Width, config.VocabularySize, device, dtype);
        RegisterComponents();
        Parameters = [.. named_parameters().OrderBy(pair => pair.name, StringComparer.Ordinal)];
    }

    /// <summary>The sizes of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// Weights by their released names, in the order of the names; the tied head is not listed twice.
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Weight)> Parameters { get; }

    /// <summary>
    /// What training changes: the adapters where there are any, otherwise the weights that require a gradient, in the
    /// order of their names.
    /// </summary>
    public IEnumerable<(string Name, Parameter Weight)> Trainable =>
        Adapters?.Matrices ?? Parameters.Where(pair => pair.Weight.requires_grad);

    /// <summary>What is learned beside the weights, or null; <see cref="LowRankAdapters.On"/> puts it there.</summary>
    public LowRankAdapters? Adapters { get; internal set; }

    /// <summary>
    /// Where the model computes with 16-bit weights: the 32-bit ones that they are the roundings of, by the same names
    /// in the same order. Training changes these, and files hold them. Null where the weights themselves are all there
    /// is.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Weight)>? MasterWeights { get; internal set; }

    /// <summary>
    /// The weights with what adapters add to them, or their masters, by their released names: what is learned. Sums
    /// belong to the caller's dispose scope.
    /// </summary>
    public IEnumerable<(string Name, Tensor Weight)> MergedWeights =>
        Adapters?.MergedWeights ?? MasterWeights ?? Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight));

    /// <summary>What a pass that is learned from keeps in memory; everything, unless it is set.</summary>
    public MemoryConfig Memory
    {
        get;
        set
        {
            field = value;
            _decoder.Bf16Matmul = value.Bf16Matmul;
        }
    }
        = new() { ActivationCheckpointEvery = 0 };

    /// <summary>Bytes of matrices that are kept in 8 bits, which <see cref="Parameters"/> do not hold then.</summary>
    internal long EightBitBytes => modules().OfType<Projection>().Sum(projection => projection.EightBitBytes);

    /// <summary>V x D: the matrix that turns hidden states into logits.</summary>
    public Parameter HeadWeight => _head?.Weight ?? _decoder.Embeddings;

    /// <summary>Where the weights live.</summary>
    public Device Device => _decoder.Embeddings.device;

    /// <summary>
    /// A fresh model: normal weights, those that write into the stream smaller by sqrt(2L); equal seeds give equal
    /// bits.
    /// </summary>
    /// <remarks>Source of the scaling: Radford et al. 2019 (GPT-2), section 2.3.</remarks>
    public static LanguageModel Create(ModelConfig config, long seed, Device device)
    {
        var model = new LanguageModel(config, device);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, weight) in model.Parameters)
        {
            if (weight.dim() > 1)
            {
                var writes = name.EndsWith("o_proj.weight", StringComparison.Ordinal)
                    || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
                var deviation = config.InitialDeviation / (writes ? Math.Sqrt(2.0 * config.Layers) : 1);
                weight.copy_(randn(weight.shape, generator: generator) * RootedScalar.Of(deviation));
            }
        }

        return model;
    }

    /// <summary>
    /// A model made ready to be learned from: its weights' type, masters and adapters are those that the settings ask
    /// for.
    /// </summary>
    /// <param name="exact">
    /// The weights in 32 bits, or in 16 where nothing finer is known or kept; it becomes the model, or is disposed.
    /// </param>
    /// <param name="adaptersSeed">Draws fresh adapters, where there are to be any.</param>
    /// <param name="device">
    /// Where the rounded model is to live; null: where the exact one is, whose 32 bits then stand beside it there.
    /// </param>
    public static LanguageModel PrepareForTraining(
        LanguageModel exact, MemoryConfig memory, long adaptersSeed, Device? device = null)
    {
        var model = memory.Weights != WeightPrecision.Full
            ? Rounded(exact, memory, device ?? exact.Device)
            : exact;
        model.Memory = memory;
        if (memory.Lora is { } lora)
        {
            LowRankAdapters.On(model, lora, adaptersSeed);
        }

        return model;
    }

    /// <summary>A model of the same weights on the same device, adapters merged, which the caller disposes.</summary>
    public LanguageModel Copy()
    {
        var copy = new LanguageModel(Config, Device, HeadWeight.dtype);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var ((_, weight), (_, source)) in copy.Parameters.Zip(MergedWeights))
        {
            weight.copy_(source);
        }

        return copy;
    }

    /// <summary>Logits of whole sequences, each token seeing those before it.</summary>
    /// <param name="ids">[B, T].</param>
    /// <returns>[B, T, V].</returns>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return Logits(HiddenStates(ids)).MoveToOuterDisposeScope();
    }

    /// <summary>The last norm's output for each token.</summary>
    /// <param name="ids">[B, T].</param>
    /// <param name="positions">[B, T], or null for 0 to T - 1 in each row.</param>
    /// <param name="documents">
    /// [B, T] a number for each document; tokens see their own document only. Null: a row is one document.
    /// </param>
    /// <param name="spans">
    /// The same documents as places, where they are known and positions count from 0 in each: attention then skips what
    /// no document sees.
    /// </param>
    /// <returns>[B, T, D].</returns>
    public Tensor HiddenStates(Tensor ids, Tensor? positions = null, Tensor? documents = null,
        IReadOnlyList<DocumentSpan>? spans = null)
    {
        using var scope = NewDisposeScope();
        var (batch, tokens) = (ids.shape[0], ids.shape[1]);
        ids.Shaped([batch, tokens]);
        var last = positions is null ? tokens - 1 : positions.Shaped([batch, tokens]).max().AsInt64();
        var useLong = RotaryEmbedding.UsesLong(Config, last);
        var (cosines, sines) = _rotary.At(positions ?? arange(RootedScalar.Of(tokens), device: ids.device).unsqueeze(0),
            last, useLong);
        var packed = spans is null ? null : new PackedDocuments(spans, _rotary.Angles(useLong, last));
        var mask = documents is null || packed is not null ? null : Mask(documents.Shaped([batch, tokens]));
        var pass = new ForwardContext(cosines, sines, mask, Packed: packed,
            ActivationCheckpointEvery: Memory.ActivationCheckpointEvery);
        return _decoder.call(ids, pass).MoveToOuterDisposeScope();
    }

    /// <summary>Logits after more tokens in each of several cached sequences.</summary>
    /// <param name="ids">[B, T].</param>
    /// <param name="rows">Where each token belongs; those of one sequence go on from what is cached, in order.</param>
    /// <param name="wanted">[m] places in the B * T tokens whose logits are needed.</param>
    /// <param name="useLong">Whether LongRoPE's long factors hold for these sequences.</param>
    /// <returns>[m, V].</returns>
    internal Tensor Step(Tensor ids, CacheRows rows, Tensor wanted, bool useLong)
    {
        using var scope = NewDisposeScope();
        var (cosines, sines) = _rotary.At(rows.Positions, rows.Last, useLong);
        var places = arange(RootedScalar.Of(rows.Table.shape[1] * rows.Cache.Places), device: ids.device);  // [S]
        var mask = (places <= rows.Positions.unsqueeze(-1)).unsqueeze(1);  // [B, 1, T, S]
        var hidden = _decoder.call(ids, new ForwardContext(cosines, sines, mask, rows)).flatten(0, 1);  // [B * T, D]
        return Logits(hidden.index_select(0, wanted)).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds the masters, where there are any, to the weights that the model computes with.</summary>
    internal void TakeMasterWeights()
    {
        using var frozen = no_grad();
        foreach (var ((_, weight), (_, master)) in Parameters.Zip(MasterWeights ?? []))
        {
            weight.copy_(master);
        }
    }

    /// <summary>Unnormalized scores of the next token.</summary>
    /// <param name="hidden">[..., D].</param>
    /// <returns>[..., V] in 32 bits.</returns>
    public Tensor Logits(Tensor hidden) => OutputHead.Logits(hidden, HeadWeight);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rotary.Dispose();
            Adapters?.Dispose();
            foreach (var (_, master) in MasterWeights ?? [])
            {
                master.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    // The same weights in 16 bits; a model that came in 16 bits stays what it is. Masters are the exact model's own
    // memory, unless it did or they are kept elsewhere.
    private static LanguageModel Rounded(LanguageModel exact, MemoryConfig memory, Device device)
    {
        using var frozen = no_grad();
        var isRounded = exact.HeadWeight.dtype == ScalarType.BFloat16;
        var model = isRounded ? exact : new LanguageModel(exact.Config, device, ScalarType.BFloat16);
        model.MasterWeights = memory.Lora is null
            ? [.. exact.Parameters.Select(pair => (pair.Name, Master(pair.Weight, memory, device)))]
            : null;
        if (!isRounded)
        {
            foreach (var ((_, weight), (_, source)) in model.Parameters.Zip(exact.Parameters))
            {
                weight.copy_(source);
            }

            exact.Dispose();
        }

        return model;
    }

    // A card reads and writes the host's memory several times as fast where the system may not move it.
    private static Tensor Master(Parameter weight, MemoryConfig memory, Device device)
    {
        using var scope = NewDisposeScope();
        var exact = weight.detach().to_type(ScalarType.Float32);
        if (memory.OptimizerState == OptimizerStateStorage.HostWithMasters)
        {
            exact = device.type == DeviceType.CPU ? exact.cpu() : exact.cpu().pin_memory();
        }

        return exact.DetachFromDisposeScope();
    }

    // [B, 1, T, T]: same document, and not later.
    private static Tensor Mask(Tensor documents)
    {
        var tokens = documents.shape[1];
        var same = documents.unsqueeze(2) == documents.unsqueeze(1);                                   // [B, T, T]
        var earlier = ones([tokens, tokens], ScalarType.Bool, documents.device).tril();                // [T, T]
        return (same & earlier).unsqueeze(1);                                                          // [B, 1, T, T]
    }

    /// <summary>Embedding, blocks, last norm: the part that the released names put under "model".</summary>
    private sealed class Decoder : nn.Module<Tensor, ForwardContext, Tensor>
    {
        [ComponentName(Name = "embed_tokens")]
        private readonly Projection _embedding;

        [ComponentName(Name = "layers")]
        private readonly ModuleList<Block> _blocks;

        [ComponentName(Name = "norm")]
        private readonly RootMeanSquareNorm _norm;

        public Decoder(ModelConfig config, Device device, ScalarType dtype)
            : base(nameof(Decoder))
        {
            _embedding = new Projection(config.Width, config.VocabularySize, device, dtype);
            _blocks = nn.ModuleList(
                [.. Enumerable.Range(0, config.Layers).Select(layer => new Block(config, layer, device, dtype))]);
            _norm = new RootMeanSquareNorm(config, device, dtype);
            RegisterComponents();
        }

        public Parameter Embeddings => _embedding.Weight;

        public bool Bf16Matmul
        {
            set
            {
                foreach (var projection in _blocks.SelectMany(block => block.modules()).OfType<Projection>())
                {
                    projection.UsesBf16Matmul = value;
                }
            }
        }

        /// <param name="ids">[B, T].</param>
        /// <param name="pass">Positions and what may look at what.</param>
        /// <returns>[B, T, D].</returns>
        public override Tensor forward(Tensor ids, ForwardContext pass)
        {
            var x = Aten.Embedding(_embedding.Weight, ids); // [B, T, D]
            if (pass.ActivationCheckpointEvery > 0 && is_grad_enabled() && !x.requires_grad)
            {
                x.requires_grad_(true); // A frozen embedding: without this no recomputed block would be come back for.
            }

            foreach (var (layer, block) in _blocks.Index())
            {
                var again = pass.ActivationCheckpointEvery > 0 && layer % pass.ActivationCheckpointEvery == 0
                    && x.requires_grad;
                x = again ? CheckpointedBlock.Of(block, x, pass) : block.call(x, pass);  // [B, T, D]
            }

            return _norm.call(x);
        }
    }
}
