// O outputs, I inputs, r rank.
using Phi4R.Native;
using TorchSharp.Modules;

namespace Phi4R.Model;

/// <summary>
/// Low-rank adapters on the four projections of every block: they are trained, and all weights of the model are frozen.
/// </summary>
/// <remarks>Source: Hu et al. 2021, arXiv 2106.09685.</remarks>
public sealed class LowRankAdapters : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Dictionary<string, Projection> _projections;

    internal LowRankAdapters(LanguageModel model, LoraConfig config)
    {
        (_model, Config) = (model, config);
        _projections = model.named_modules()
            .Where(pair => pair.module is Projection && pair.name.Contains(".layers.", StringComparison.Ordinal))
            .OrderBy(pair => pair.name, StringComparer.Ordinal)
            .ToDictionary(pair => pair.name, pair => (Projection)pair.module, StringComparer.Ordinal);
        if (model.Adapters is not null)
        {
            throw new InvalidOperationException("The model has adapters; merge them before others are put on.");
        }

        if (config.Rank > model.Config.Width)
        {
            throw new ArgumentException($"Lora.Rank is {config.Rank}; the model's width is {model.Config.Width}, and "
                + $"no adapter can be of a higher rank. Choose a rank of 1 to {model.Config.Width}.");
        }

        // Before anything is changed: a model that is refused stays as it was.
        if (model.Memory.Weights == WeightPrecision.EightBit)
        {
            _projections.Values.ToList().ForEach(projection => EightBitMatrix.Check(projection.Weight));
        }

        foreach (var (_, weight) in model.Parameters)
        {
            weight.requires_grad_(false);
        }

        foreach (var projection in _projections.Values)
        {
            var (outputs, inputs) = (projection.Weight.shape[0], projection.Weight.shape[1]);
            projection.Adapter = new LowRankAdapter(Zeros(projection, config.Rank, inputs),
                Zeros(projection, outputs, config.Rank), config.Alpha / config.Rank);
        }

        Matrices =
            [.. _projections.SelectMany(pair => new[]
            {
                ($"{pair.Key}.lora_A.weight", pair.Value.Adapter!.A),
                ($"{pair.Key}.lora_B.weight", pair.Value.Adapter!.B),
            })];
        model.Adapters = this;
        if (model.Memory.Weights == WeightPrecision.EightBit)
        {
            foreach (var projection in _projections.Values)
            {
                projection.KeepInEightBits();
            }
        }

        static Parameter Zeros(Projection projection, long rows, long columns)
        {
            var made = nn.Parameter(zeros(rows, columns, dtype: ScalarType.Float32, device: projection.Weight.device));
            made.DetachFromDisposeScope();
            return made;
        }
    }

    /// <summary>The adapters' sizes.</summary>
    public LoraConfig Config { get; }

    /// <summary>A [r, I] and B [O, r] of every projection, by their names, in order.</summary>
    public IReadOnlyList<(string Name, Parameter Weight)> Matrices { get; }

    /// <summary>The last names of the matrices that have an adapter, such as "qkv_proj".</summary>
    internal string[] Modules =>
        [.. _projections.Keys.Select(name => name[(name.LastIndexOf('.') + 1)..]).Distinct()
            .Order(StringComparer.Ordinal)];

    /// <summary>What the adapters stand on, by the released names; the caller's dispose scope's.</summary>
    internal IEnumerable<(string Name, Tensor Weight)> FrozenWeights => _model.Parameters.Select(pair =>
        (pair.Name, _projections.TryGetValue(pair.Name[..^".weight".Length], out var projection)
            ? projection.Dense
            : pair.Weight));

    internal IEnumerable<(string Name, Tensor Weight)> MergedWeights =>
        _model.Parameters.Select(pair => (pair.Name, Merged(pair.Name, pair.Weight)));

    /// <summary>
    /// Puts fresh adapters on a model, which says the same as before: A is Kaiming-uniform from the seed, B is zero.
    /// </summary>
    /// <exception cref="ArgumentException">The rank is above the model's width.</exception>
    public static LowRankAdapters On(LanguageModel model, LoraConfig config, long seed)
    {
        var adapters = new LowRankAdapters(model, config);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var projection in adapters._projections.Values)
        {
            var a = projection.Adapter!.A;
            var bound = 1 / Math.Sqrt(a.shape[1]);
            a.copy_((rand(a.shape, generator: generator) * RootedScalar.Of(2 * bound)) - RootedScalar.Of(bound));
        }

        return adapters;
    }

    /// <summary>
    /// Adds the adapters to the matrices that they stand on and takes them off; all weights can be trained again.
    /// </summary>
    /// <remarks>
    /// The sums with 16-bit matrices are the model's masters from then on, in the CPU's memory: rounded, they
    /// would lose most of what was learned.
    /// </remarks>
    public void Merge()
    {
        if (_model.HeadWeight.dtype != ScalarType.Float32)
        {
            _model.MasterWeights = [.. _model.Parameters.Select(pair => (pair.Name, Wide(pair.Name, pair.Weight)))];
            foreach (var projection in _projections.Values)
            {
                projection.Widen();
            }

            _model.TakeMasterWeights();
            Dispose();
            return;
        }

        using (no_grad())
        {
            foreach (var projection in _projections.Values)
            {
                using var scope = NewDisposeScope();
                projection.Weight.PlusInPlace(projection.Adapter!.Difference());
            }
        }

        Dispose();
    }

    /// <summary>
    /// Takes the adapters off without merging them. Matrices in 8 bits stay so: such a model can be asked and disposed,
    /// not trained, copied or written.
    /// </summary>
    public void Dispose()
    {
        if (_model.Adapters != this)
        {
            return;
        }

        _model.Adapters = null;
        foreach (var projection in _projections.Values)
        {
            projection.Adapter!.A.Dispose();
            projection.Adapter.B.Dispose();
            projection.Adapter = null;
        }

        foreach (var (_, weight) in _model.Parameters)
        {
            weight.requires_grad_(true);
        }
    }

    // In 32 bits, of no dispose scope.
    private Tensor Wide(string name, Parameter weight)
    {
        using var scope = NewDisposeScope();
        return Merged(name, weight).detach().to_type(ScalarType.Float32).cpu().DetachFromDisposeScope();
    }

    private Tensor Merged(string name, Parameter weight)
    {
        using var frozen = no_grad();
        return _projections.TryGetValue(name[..^".weight".Length], out var projection)
            ? projection.Dense.Plus(projection.Adapter!.Difference())
            : weight;
    }
}
