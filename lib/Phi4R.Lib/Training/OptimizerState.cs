// n numbers of a weight, b blocks of 256 of them.
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>A moment of one weight as it is kept between two steps.</summary>
/// <remarks>
/// In 8 bits each block of 256 numbers has a scale, its largest size, and a code for each number: the nearest of 256
/// values from -1 to 1, or 0 to 1, which lie densest where they are small. Source: Dettmers et al. 2021, arXiv
/// 2110.02861, sections 2.1 and 2.2.
/// </remarks>
internal sealed class OptimizerState : IDisposable
{
    /// <summary>Numbers that share a scale.</summary>
    public const int Block = Ranks.Block;

    /// <summary>Numbers of the smallest weight whose moments are kept in 8 bits.</summary>
    /// <remarks>
    /// Smaller ones, such as norms, save nothing and are the most sensitive ones; section 2.3 of the source keeps them
    /// whole, too.
    /// </remarks>
    public const int SmallestInEightBits = 4096;

    // A block of zeros has no scale to be divided by; normal, since smaller numbers may be taken for zero.
    private const float SmallestScale = 1e-37f;

    private readonly Tensor? _whole;
    private readonly Tensor? _codes;
    private readonly Tensor? _scales;
    private readonly Tensor? _values;
    private readonly bool _elsewhere;
    private readonly bool _signed;

    /// <param name="weight">Whose moment it is; the moment begins at zero.</param>
    /// <param name="signed">Whether it can be below zero, as first moments can.</param>
    /// <param name="own">Numbers of the range that is kept here; null for all, in the weight's shape.</param>
    public OptimizerState(Tensor weight, OptimizerStateStorage kept, bool signed, long? own = null)
    {
        _signed = signed;
        _elsewhere = kept is OptimizerStateStorage.Host or OptimizerStateStorage.HostWithMasters;
        var shape = own is { } count ? [count] : weight.shape;
        if (kept == OptimizerStateStorage.EightBit && weight.numel() >= SmallestInEightBits)
        {
            var (blocks, _) = Blocks(own ?? weight.numel());
            _values = tensor(Values(signed), device: weight.device).DetachFromDisposeScope();
            _codes = full([blocks * Block], RootedScalar.Of(Array.IndexOf(Values(signed), 0f)), ScalarType.Byte,
                weight.device).DetachFromDisposeScope();
            _scales = zeros([blocks], ScalarType.Float32, weight.device).DetachFromDisposeScope();
        }
        else
        {
            _whole = Zeros(shape, weight, _elsewhere).DetachFromDisposeScope();
        }
    }

    /// <summary>In the weight's shape; of a moment that is kept in 32 bits only.</summary>
    public Tensor Whole => _whole ?? throw new InvalidOperationException("The moment is kept in 8 bits.");

    /// <summary>What a checkpoint holds, by the end of its name.</summary>
    public IEnumerable<(string Suffix, Tensor Value)> Tensors =>
        _whole is not null ? [("", _whole)] : [(".codes", _codes!), (".scales", _scales!)];

    /// <summary>
    /// The same of the whole weight, where each rank keeps a range: put together in the host's memory. Every rank asks.
    /// </summary>
    /// <param name="counts">Numbers of each rank's range.</param>
    /// <param name="shape">The weight's.</param>
    public IEnumerable<(string Suffix, Tensor Value)> Gathered(ICollective ranks, long[] counts, long[] shape)
    {
        if (_whole is not null)
        {
            yield return ("", Gathered(ranks, _whole, counts).view(shape));
        }
        else
        {
            yield return (".codes", Gathered(ranks, _codes!, [.. counts.Select(count => Blocks(count).Padded)]));
            yield return (".scales", Gathered(ranks, _scales!, [.. counts.Select(count => Blocks(count).Blocks)]));
        }
    }

    /// <summary>Takes this range of a moment as a checkpoint holds it.</summary>
    /// <param name="saved">Finds a tensor by the end of its name.</param>
    /// <param name="start">The range's first number, a multiple of <see cref="Block"/>.</param>
    public void Load(Func<string, Tensor> saved, long start)
    {
        foreach (var (suffix, value) in Tensors)
        {
            var from = suffix == ".scales" ? start / Block : start;
            value.view(-1).copy_(saved(suffix).view(-1).narrow(0, from, value.numel()));
        }
    }

    /// <summary>The 256 values that codes stand for, ascending.</summary>
    /// <remarks>
    /// Seven decades; the one of 10^(i-6) has 2^i values of each sign, or 2^(i+1) where there is but one, in the
    /// middles of equal parts of its 0.1 to 1; then 0 and 1.
    /// </remarks>
    public static float[] Values(bool signed)
    {
        List<double> values = [0, 1];
        for (var decade = 0; decade < 7; decade++)
        {
            var parts = (signed ? 1 : 2) << decade;
            for (var part = 0; part < parts; part++)
            {
                var value = (0.1 + (0.9 * (part + 0.5) / parts)) * Math.Pow(10, decade - 6);
                values.AddRange(signed ? [value, -value] : [value]);
            }
        }

        return [.. values.Order().Select(value => (float)value)];
    }

    /// <summary>
    /// A part of the moment in 32 bits where the weight is, which may be changed: it is kept only when it is put back.
    /// </summary>
    /// <param name="start">A multiple of <see cref="Block"/>.</param>
    /// <param name="count">Numbers.</param>
    /// <returns>[count].</returns>
    public Tensor Take(long start, long count, Device device)
    {
        if (_whole is not null)
        {
            var part = _whole.view(-1).narrow(0, start, count);
            return _elsewhere ? part.to(ScalarType.Float32, device, copy: true) : part;
        }

        var (blocks, padded) = Blocks(count);
        var codes = _codes!.narrow(0, start, padded).to_type(ScalarType.Int32);
        var scales = _scales!.narrow(0, start / Block, blocks);
        return (_values!.index_select(0, codes).view(blocks, Block) * scales.unsqueeze(1)).view(-1).narrow(0, 0, count);
    }

    /// <summary>Keeps a part that was taken.</summary>
    /// <param name="part">[count].</param>
    /// <param name="start">As it was taken from.</param>
    public void Put(Tensor part, long start)
    {
        if (_whole is not null)
        {
            if (_elsewhere)
            {
                _whole.view(-1).narrow(0, start, part.numel()).copy_(part);
            }

            return;
        }

        var (blocks, padded) = Blocks(part.numel());
        var rows = nn.functional.pad(part, [0, padded - part.numel()]).view(blocks, Block);
        var scales = rows.abs().amax([1]);                                                            // [b]
        var shares = rows / scales.clamp_min(RootedScalar.Of(SmallestScale)).unsqueeze(1);               // [b, 256]
        using var between = _values!.narrow(0, 1, 255).Plus(_values.narrow(0, 0, 255)) * RootedScalar.Of(0.5); // [255]
        var codes = bucketize(shares, between, outInt32: true);
        if (!_signed)
        {
            // The update divides by the root of this one: what is above zero stays above it.
            codes = codes.maximum((shares > RootedScalar.Of(0)).to_type(ScalarType.Int32));
        }

        _codes!.narrow(0, start, padded).copy_(codes.view(-1));
        _scales!.narrow(0, start / Block, blocks).copy_(scales);
    }

    public void Dispose()
    {
        _whole?.Dispose();
        _codes?.Dispose();
        _scales?.Dispose();
        _values?.Dispose();
    }

    // A card reads and writes the host's memory several times as fast where the system may not move it.
    private static Tensor Zeros(long[] shape, Tensor weight, bool elsewhere)
    {
        if (!elsewhere || weight.device_type == DeviceType.CPU)
        {
            return zeros(shape, ScalarType.Float32, weight.device);
        }

        using var loose = zeros(shape, ScalarType.Float32, CPU);
        return loose.pin_memory();
    }

    private static Tensor Gathered(ICollective ranks, Tensor own, long[] counts)
    {
        var all = zeros([counts.Sum()], own.dtype, CPU);
        all.narrow(0, counts.Take(ranks.Rank).Sum(), counts[ranks.Rank]).copy_(own);
        ranks.Gather(all, counts);
        return all;
    }

    private static (long Blocks, long Padded) Blocks(long count)
    {
        var blocks = (count + Block - 1) / Block;
        return (blocks, blocks * Block);
    }
}
