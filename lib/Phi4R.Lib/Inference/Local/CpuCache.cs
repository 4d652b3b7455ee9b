// H query heads, K key/value heads, C channels per head, 64 places of a page.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>Keys and values of sequences, in pages of memory that are made when they are first written to.</summary>
internal sealed unsafe class CpuCache(CpuWeights weights) : IDisposable
{
    private const int Places = KvBlockPool.Places;

    private readonly ModelConfig _config = weights.Config;
    // [layer, K]: keys [C, 64], so that scores come sixteen places at a time, then values [64, C]
    private readonly List<IntPtr> _pages = [];
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
            float* keys = Home(row.Sequence.Pages[row.Position / Places], layer, head) + place, values = keys - place
                + (c * Places) + (place * c);
            for (var i = 0; i < c; i++)
            {
                keys[i * Places] = joined[((h + head) * c) + i];
                values[i] = joined[((h + k + head) * c) + i];
            }
        }
    }

    /// <summary>
    /// Where a page has the keys [C, 64] of one layer and key/value head, and after them the values [64, C].
    /// </summary>
    public float* Home(int page, int layer, int head) =>
        (float*)_pages[page] + ((((long)layer * _config.KeyValueHeads) + head) * HeadNumbers);

    public void Dispose()
    {
        foreach (var page in _pages)
        {
            NativeMemory.AlignedFree((void*)page);
        }

        _pages.Clear();
    }
}
