// H query heads, K key/value heads, C channels per head, G query heads of one key/value head, 64 places of a page.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Attention of single tokens to what their sequences hold in pages.</summary>
/// <remarks>Every sum runs over the places in order, so its bits depend neither on pages nor on what else is computed.</remarks>
internal sealed unsafe class ProcessorAttention(ProcessorWeights weights) : IDisposable
{
    private const int Places = PagePool.Places;

    [ThreadStatic]
    private static float[]? Scratch;

    private readonly ModelConfig _config = weights.Config;
    private readonly float _scale = 1f / MathF.Sqrt(weights.Config.HeadWidth);
    private readonly List<IntPtr> _pages = [];   // [layer, K]: keys [C, 64], so that scores come sixteen places at a time, then values [64, C]
    private RotaryAngles _angles = weights.Angles(1);

    private long PageNumbers => (long)_config.Layers * _config.KeyValueHeads * HeadNumbers;

    private long HeadNumbers => 2L * _config.HeadWidth * Places;

    /// <summary>Makes the memory and the angles that a row needs.</summary>
    public void Prepare(TokenRow row)
    {
        if (row.Position >= _angles.Positions)
        {
            _angles = weights.Angles(row.Position + 1);
        }

        var page = row.Sequence.Pages[row.Position / Places];
        while (_pages.Count <= page)
        {
            _pages.Add(IntPtr.Zero);
        }

        if (_pages[page] == IntPtr.Zero)
        {
            _pages[page] = (IntPtr)NativeMemory.AlignedAlloc((nuint)PageNumbers * sizeof(float), 64);
            NativeMemory.Clear((void*)_pages[page], (nuint)PageNumbers * sizeof(float));
        }
    }

    /// <summary>Gives a page what another holds.</summary>
    public void CopyPage(int from, int to)
    {
        while (_pages.Count <= to)
        {
            _pages.Add(IntPtr.Zero);
        }

        if (_pages[to] == IntPtr.Zero)
        {
            _pages[to] = (IntPtr)NativeMemory.AlignedAlloc((nuint)PageNumbers * sizeof(float), 64);
        }

        NativeMemory.Copy((void*)_pages[from], (void*)_pages[to], (nuint)PageNumbers * sizeof(float));
    }

    /// <summary>Turns a row's queries and keys by its position, and puts keys and values into its page.</summary>
    /// <param name="joined">(H + 2K) * C numbers.</param>
    public void Store(TokenRow row, int layer, float* joined)
    {
        var (h, k, c) = (_config.QueryHeads, _config.KeyValueHeads, _config.HeadWidth);
        var half = _config.RotaryWidth / 2;
        var angles = _angles.At(row.Position, row.Sequence.UseLong);
        for (var head = 0; head < h + k; head++)
        {
            var channels = joined + (head * c);
            for (var i = 0; i < half; i++)
            {
                var (cosine, sine) = (angles[i], angles[half + i]);
                var (a, b) = (channels[i], channels[i + half]);
                channels[i] = (a * cosine) - (b * sine);
                channels[i + half] = (b * cosine) + (a * sine);
            }
        }

        var place = row.Position % Places;
        for (var head = 0; head < k; head++)
        {
            float* keys = Home(row.Sequence.Pages[row.Position / Places], layer, head) + place, values = keys - place + (c * Places) + (place * c);
            for (var i = 0; i < c; i++)
            {
                keys[i * Places] = joined[((h + head) * c) + i];
                values[i] = joined[((h + k + head) * c) + i];
            }
        }
    }

    /// <summary>The mixed values of the query heads that share one key/value head.</summary>
    /// <param name="joined">(H + 2K) * C numbers of the row, turned.</param>
    /// <param name="mixed">H * C numbers.</param>
    public void Attend(TokenRow row, int layer, int group, float* joined, float* mixed)
    {
        var (c, heads) = (_config.HeadWidth, _config.QueryHeads / _config.KeyValueHeads);
        var seen = row.Position + 1;
        if (Scratch is null || Scratch.Length < (seen + Places) + 16)
        {
            Scratch = GC.AllocateUninitializedArray<float>(2 * (seen + Places + 16), pinned: true);
        }

        var scores = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(Scratch, 0);
        for (var head = group * heads; head < (group + 1) * heads; head++)
        {
            for (var place = 0; place < seen; place += Places)
            {
                Score(joined + (head * c), Home(row.Sequence.Pages[place / Places], layer, group), scores + place);
            }

            var sum = Soften(scores, seen);
            for (var i = 0; i < c; i += 16)
            {
                Mix(row.Sequence, layer, group, scores, seen, i, sum, mixed + (head * c) + i);
            }
        }
    }

    public void Dispose()
    {
        foreach (var page in _pages)
        {
            NativeMemory.AlignedFree((void*)page);
        }

        _pages.Clear();
    }

    private float* Home(int page, int layer, int head) => (float*)_pages[page] + ((((long)layer * _config.KeyValueHeads) + head) * HeadNumbers);

    // Sixteen channels of the weighted sum of values; even and odd places are summed apart, so that two chains run at once.
    private void Mix(CachedSequence sequence, int layer, int group, float* scores, int seen, int channel, float sum, float* target)
    {
        var c = _config.HeadWidth;
        Vector512<float> even = default, odd = default;
        for (var start = 0; start < seen; start += Places)
        {
            var values = Home(sequence.Pages[start / Places], layer, group) + (c * Places) + channel;
            var count = Math.Min(Places, seen - start);
            var place = 0;
            for (; place + 2 <= count; place += 2)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place]), Vector512.Load(values + (place * c)), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place + 1]), Vector512.Load(values + ((place + 1) * c)), odd);
            }

            if (place < count)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place]), Vector512.Load(values + (place * c)), even);
            }
        }

        ((even + odd) / sum).Store(target);
    }

    // All places of a page are scored; those past the last seen one are not used.
    private void Score(float* query, float* keys, float* scores)
    {
        Vector512<float> a = default, b = default, d = default, e = default;
        for (var i = 0; i < _config.HeadWidth; i++, keys += Places)
        {
            var value = Vector512.Create(query[i]);
            a = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys), a);
            b = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 16), b);
            d = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 32), d);
            e = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 48), e);
        }

        (a * _scale).Store(scores);
        (b * _scale).Store(scores + 16);
        (d * _scale).Store(scores + 32);
        (e * _scale).Store(scores + 48);
    }

    // Scores become e^(score - largest); the sum is returned. Places past the last seen one become zero.
    private static float Soften(float* scores, int seen)
    {
        for (var place = seen; place % 16 != 0; place++)
        {
            scores[place] = float.NegativeInfinity;
        }

        var largest = Vector512.Create(float.NegativeInfinity);
        for (var place = 0; place < seen; place += 16)
        {
            largest = Vector512.Max(largest, Vector512.Load(scores + place));
        }

        var top = float.NegativeInfinity;
        for (var lane = 0; lane < 16; lane++)
        {
            top = MathF.Max(top, largest[lane]);
        }

        var sums = Vector512<float>.Zero;
        for (var place = 0; place < seen; place += 16)
        {
            var weight = VectorMath.Exp(Vector512.Load(scores + place) - Vector512.Create(top));
            weight.Store(scores + place);
            sums += weight;
        }

        // e^-87 stands where minus infinity was held within the function's range: far below one unit in the last place of the sum.
        return Vector512.Sum(sums);
    }
}
