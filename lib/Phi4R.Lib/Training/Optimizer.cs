using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using TorchSharp.Modules;

namespace Phi4R.Training;

/// <summary>AdamW over what training changes of a model, with clipping by the norm of all gradients together.</summary>
/// <remarks>
/// Where several ranks train one model, each keeps the moments of a range of every weight: gradients are added up over
/// ranks, each changes its ranges, and all are given them. Weights and masters stand whole on every rank. Source:
/// Rajbhandari et al. 2020, arXiv 1910.02054, section 5.1 (the first of its three stages).
/// </remarks>
public sealed class Optimizer : IDisposable
{
    // Numbers of a weight that are looked at at a time, and updated where its moments are not at hand: with both
    // moments, codes and a copy some 0.5 GB.
    private const long Part = 1 << 24;

    private readonly OptimizerConfig _config;
    private readonly bool _isAtHand;
    private readonly bool _mastersElsewhere;
    private readonly List<Weight> _weights;
    private readonly Tensor _skipped;

    /// <param name="ranks">Who trains the model together, each with a part of a step's rows; null: this process alone,
    /// with all of them.</param>
    public Optimizer(LanguageModel model, OptimizerConfig config, ICollective? ranks = null)
    {
        _config = config;
        Ranks = ranks ?? SingleProcess.Instance;
        var kept = model.Memory.OptimizerState;
        _isAtHand = kept == OptimizerStateStorage.Device;
        using var frozen = no_grad();
        var masters = model.Adapters is null
            ? model.MasterWeights?.ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal)
            : null;
        _mastersElsewhere = masters is not null && kept == OptimizerStateStorage.HostWithMasters;
        _weights = [.. model.Trainable.Select(pair => new Weight(
            pair.Name, pair.Weight, masters?[pair.Name] ?? pair.Weight,
            masters is null ? null : zeros_like(pair.Weight, ScalarType.Float32).DetachFromDisposeScope(),
            new OptimizerState(pair.Weight, kept, signed: true, OwnOf(pair.Weight)),
            new OptimizerState(pair.Weight, kept, signed: false, OwnOf(pair.Weight)),
            zeros([], device: pair.Weight.device).DetachFromDisposeScope()))];
        _skipped = zeros([]).DetachFromDisposeScope();
    }

    /// <summary>Numbers of a part; a multiple of 256.</summary>
    internal long PartNumbers { get; init; } = Part;

    /// <summary>Who trains the model together.</summary>
    internal ICollective Ranks { get; }

    // What is on the device anyway is rounded there, and not sent a second time; ranges of other ranks come later.
    private bool RoundsByParts => _mastersElsewhere && Ranks.Size == 1;

    /// <summary>
    /// The moments and step counts by name, and how many steps were just skipped in a row, for a checkpoint: whole
    /// whatever the number of ranks, each of which must go through them.
    /// </summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _weights.SelectMany(weight => (IEnumerable<(string, Tensor)>)
    [
        .. Whole(weight, weight.First).Select(pair => ($"{weight.Name}.first{pair.Suffix}", pair.Value)),
        .. Whole(weight, weight.Second).Select(pair => ($"{weight.Name}.second{pair.Suffix}", pair.Value)),
        ($"{weight.Name}.steps", weight.Steps),
    ]).Append(("skipped", _skipped));

    /// <summary>Takes the state of a checkpoint, which any number of ranks may have written.</summary>
    internal void Load(IReadOnlyDictionary<string, Tensor> saved)
    {
        using var frozen = no_grad();
        foreach (var weight in _weights)
        {
            var start = StartOf(weight.Value);
            weight.First.Load(suffix => saved[$"{weight.Name}.first{suffix}"], start);
            weight.Second.Load(suffix => saved[$"{weight.Name}.second{suffix}"], start);
            weight.Steps.copy_(saved[$"{weight.Name}.steps"]);
        }

        _skipped.copy_(saved["skipped"]);
    }

    /// <summary>Adds a loss's gradients to those of the step so far, in 32 bits whatever the weights' type.</summary>
    /// <param name="loss">[].</param>
    public void Backward(Tensor loss)
    {
        Host.Backward(() => loss.backward());
        Gather();
    }

    /// <summary>
    /// Multiplies the gradients of the step so far, where what its losses are divided by is known only at its end.
    /// </summary>
    public void Scale(double factor)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Gather();
        foreach (var weight in _weights)
        {
            (weight.Gradient ?? weight.Value.grad)?.mul_(RootedScalar.Of(factor));
        }
    }

    /// <summary>
    /// Changes every weight by its gradient, and forgets the gradients. Where their norm is not finite, weights,
    /// moments and step counts stay as they are.
    /// </summary>
    /// <returns>The norm of all gradients before clipping; not finite where the step was skipped.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is not finite for the <see cref="OptimizerConfig.StopAfterSkipped"/>th time in a row.
    /// </exception>
    public double Step(int step, int steps)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Gather();
        var gradients = _weights.Select(OwnGradient).ToList();
        var norm = Math.Sqrt(Ranks.Sum(gradients.Sum(SquaredNorm))[0]);
        if (!double.IsFinite(norm))
        {
            Forget();
            _skipped.PlusInPlace(1);
            return _skipped.AsDouble() < _config.StopAfterSkipped ? norm : throw new InvalidOperationException(
                $"The gradient's norm at step {step} is {norm}, and steps without a finite one in a row are now "
                    + $"{_skipped.AsDouble()}; StopAfterSkipped is {_config.StopAfterSkipped}. "
                + "None of them changed a weight. Lower the learning rate, or look at the batches of these steps and "
                + "at the weights.");
        }

        _skipped.zero_();
        var rate = _config.RateAt(step, steps);
        using var scale = tensor((float)Math.Max(1, norm / _config.MaxGradientNorm), device: _weights[0].Value.device);
        foreach (var decayed in new[] { true, false })
        {
            var indexes = Enumerable.Range(0, _weights.Count).Where(i => Decays(_weights[i].Value) == decayed).ToList();
            if (indexes.Count == 0)
            {
                continue; // Adapters have no norms.
            }

            foreach (var i in indexes)
            {
                _weights[i].Steps.PlusInPlace(1);
            }

            var numbers = (rate, _config.Beta1, _config.Beta2, decayed ? _config.WeightDecay : 0, _config.Epsilon);
            if (_isAtHand && Ranks.Size == 1)
            {
                Aten.FusedAdamW(
                    [.. indexes.Select(i => _weights[i].Master)],
                    [.. indexes.Select(i => gradients[i])],
                    [.. indexes.Select(i => _weights[i].First.Whole)],
                    [.. indexes.Select(i => _weights[i].Second.Whole)],
                    [.. indexes.Select(i => _weights[i].Steps)], numbers, scale);
                continue;
            }

            foreach (var i in indexes)
            {
                UpdateByParts(_weights[i], gradients[i], numbers, scale);
            }
        }

        foreach (var weight in _weights)
        {
            if (Ranks.Size > 1)
            {
                Ranks.Gather(weight.Master.view(-1), Ranks.Counts(weight.Master.numel()));
            }

            if (weight.Gradient is not null && !RoundsByParts)
            {
                weight.Value.copy_(weight.Master);
            }
        }

        Forget();
        return norm;
    }

    private void UpdateByParts(Weight weight, Tensor gradient,
        (double Rate, double Beta1, double Beta2, double Decay, double Epsilon) numbers, Tensor scale)
    {
        var own = StartOf(weight.Value);
        for (var start = 0L; start < gradient.numel(); start += PartNumbers)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(PartNumbers, gradient.numel() - start);
            var first = weight.First.Take(start, count, gradient.device);
            var second = weight.Second.Take(start, count, gradient.device);
            var kept = weight.Master.view(-1).narrow(0, own + start, count);
            var master = _mastersElsewhere ? kept.to(ScalarType.Float32, gradient.device, copy: true) : kept;
            Aten.FusedAdamW([master], [gradient.reshape(-1).narrow(0, start, count)], [first], [second],
                [weight.Steps], numbers, scale);
            weight.First.Put(first, start);
            weight.Second.Put(second, start);
            if (_mastersElsewhere)
            {
                kept.copy_(master);
            }

            if (RoundsByParts)
            {
                weight.Value.view(-1).narrow(0, start, count).copy_(master);
            }
        }
    }

    /// <summary>Sets all gradients to zero, so that a step which is given up leaves nothing behind.</summary>
    public void Forget()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var weight in _weights)
        {
            weight.Value.grad?.zero_();
            weight.Gradient?.zero_();
        }
    }

    // A pass leaves gradients of the weights' own type. Those of 16 bits go over to the sum at once, since adding in 16
    // bits would lose the smaller ones.
    private void Gather()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (value, sum) in _weights.Where(weight => weight.Gradient is not null)
            .Select(weight => (weight.Value, weight.Gradient!)))
        {
            if (value.grad is { } gradient)
            {
                sum.PlusInPlace(gradient);
                value.grad = null;
            }
        }
    }

    // Of the step's whole gradient the range that this rank changes weights by.
    private Tensor OwnGradient(Weight weight)
    {
        var gradient = weight.Gradient ?? weight.Value.grad ?? zeros_like(weight.Value);
        if (Ranks.Size == 1)
        {
            return gradient;
        }

        var own = empty([OwnOf(weight.Value)!.Value], ScalarType.Float32, gradient.device);
        Ranks.SumScatter(gradient.to_type(ScalarType.Float32).reshape(-1), own, Ranks.Counts(gradient.numel()));
        return own;
    }

    private IEnumerable<(string Suffix, Tensor Value)> Whole(Weight weight, OptimizerState state) => Ranks.Size == 1
        ? state.Tensors
        : state.Gathered(Ranks, Ranks.Counts(weight.Value.numel()), weight.Value.shape);

    // Numbers of this rank's range of a weight, and the first of them; null where it is the whole.
    private long? OwnOf(Tensor weight) => Ranks.Size == 1 ? null : Ranks.Counts(weight.numel())[Ranks.Rank];

    private long StartOf(Tensor weight) => Ranks.Counts(weight.numel()).Take(Ranks.Rank).Sum();

    private bool Decays(Tensor weight) => _config.DecayNorms || weight.dim() > 1;

    // A part at a time: the squares of an embedding's gradient alone would take 2.5 GB.
    private static double SquaredNorm(Tensor gradient)
    {
        var sum = 0.0;
        for (var start = 0L; start < gradient.numel(); start += Part)
        {
            using var scope = NewDisposeScope();
            var wide = gradient.reshape(-1).narrow(0, start, Math.Min(Part, gradient.numel() - start))
                .to_type(ScalarType.Float32);
            sum += (wide * wide).sum().to_type(ScalarType.Float64).AsDouble();
        }

        return sum;
    }

    public void Dispose()
    {
        _skipped.Dispose();
        foreach (var weight in _weights)
        {
            weight.Gradient?.Dispose();
            weight.First.Dispose();
            weight.Second.Dispose();
            weight.Steps.Dispose();
        }
    }

    /// <param name="Value">What the model computes with.</param>
    /// <param name="Master">What is changed: the value itself, or what it is the rounding of.</param>
    /// <param name="Gradient">
    /// The step's so far in 32 bits where the value is narrower; null where libtorch's own is that.
    /// </param>
    private sealed record Weight(string Name, Parameter Value, Tensor Master, Tensor? Gradient, OptimizerState First,
        OptimizerState Second, Tensor Steps);
}
