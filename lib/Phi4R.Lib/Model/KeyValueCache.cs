// B sequences of this pass, T tokens of each, K key/value heads, C channels per head, P pages of the longest sequence,
// S = P * places.
namespace Phi4R.Model;

/// <summary>Keys and values of the tokens that sequences have seen, in pages of a fixed count of places.</summary>
internal sealed class KeyValueCache(ModelConfig config, int places, Device device, ScalarType dtype) : IDisposable
{
    private readonly Tensor?[] _keys = new Tensor?[config.Layers];    // [pages, K, places, C]
    private readonly Tensor?[] _values = new Tensor?[config.Layers];

    /// <summary>Tokens of a page.</summary>
    public int Places => places;

    /// <summary>Makes room for so many pages; it grows by half at the least, so that it seldom does.</summary>
    public void Reserve(int pages)
    {
        var held = _keys[0]?.shape[0] ?? 0;
        if (pages <= held)
        {
            return;
        }

        long[] shape = [Math.Max(pages, held + (held / 2)) - held, config.KeyValueHeads, places, config.HeadWidth];
        foreach (var caches in new[] { _keys, _values })
        {
            for (var layer = 0; layer < caches.Length; layer++)
            {
                using var scope = NewDisposeScope();
                var fresh = zeros(shape, dtype, device);
                var grown = caches[layer] is { } old ? cat([old, fresh], 0) : fresh;
                grown.DetachFromDisposeScope();
                caches[layer]?.Dispose();
                caches[layer] = grown;
            }
        }
    }

    /// <summary>Stores the keys and values of each token, and gives all that their sequences hold.</summary>
    /// <param name="rows">Where each token of the pass belongs.</param>
    /// <param name="keys">[B, K, T, C].</param>
    /// <param name="values">[B, K, T, C].</param>
    /// <returns>
    /// [B, K, S, C] twice; places that no token has reached are zero or another's, and must be masked.
    /// </returns>
    public (Tensor Keys, Tensor Values) Extend(int layer, CacheRows rows, Tensor keys, Tensor values) =>
        (Extend(_keys[layer]!, rows, keys), Extend(_values[layer]!, rows, values));

    /// <summary>Gives a page what another holds.</summary>
    public void CopyPage(int from, int to)
    {
        Reserve(to + 1);
        foreach (var cache in _keys.Concat(_values))
        {
            using var source = cache![from];
            using var target = cache![to];
            target.copy_(source);
        }
    }

    public void Dispose()
    {
        foreach (var cache in _keys.Concat(_values))
        {
            cache?.Dispose();
        }
    }

    private Tensor Extend(Tensor cache, CacheRows rows, Tensor fresh)
    {
        var (k, c) = (config.KeyValueHeads, config.HeadWidth);
        var (sequences, pages) = (rows.Table.shape[0], rows.Table.shape[1]);
        cache.index_put_(fresh.transpose(1, 2).reshape(-1, k, c),
            [TensorIndex.Tensor(rows.Pages), TensorIndex.Colon, TensorIndex.Tensor(rows.Within)]);
        return cache.index_select(0, rows.Table.flatten()).view(sequences, pages, k, places, c)  // [B, P, K, places, C]
            .transpose(1, 2).reshape(sequences, k, pages * places, c);                              // [B, K, S, C]
    }
}
