// n rows of this pass, K key/value heads, C channels per head, S cached places.
namespace Phi4R.Model;

/// <summary>Keys and values of the tokens that each slot has seen, in tensors that are allocated once.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    public KeyValueCache(ModelConfig config, int slots, int places, Device device, ScalarType dtype)
    {
        long[] shape = [slots, config.KeyValueHeads, places, config.HeadWidth]; // [slots, K, S, C]
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => zeros(shape, dtype, device).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => zeros(shape, dtype, device).DetachFromDisposeScope())];
    }

    /// <summary>Stores one token's keys and values for each row, and gives all that its slot holds.</summary>
    /// <param name="rows">Where each row of the pass belongs.</param>
    /// <param name="keys">[n, K, 1, C].</param>
    /// <param name="values">[n, K, 1, C].</param>
    /// <returns>[n, K, S, C] twice, S being the places in use by any row.</returns>
    public (Tensor Keys, Tensor Values) Extend(int layer, CacheRows rows, Tensor keys, Tensor values)
    {
        _keys[layer].index_put_(keys.squeeze(2), [TensorIndex.Tensor(rows.Slots), TensorIndex.Colon, TensorIndex.Tensor(rows.Positions)]);
        _values[layer].index_put_(values.squeeze(2), [TensorIndex.Tensor(rows.Slots), TensorIndex.Colon, TensorIndex.Tensor(rows.Positions)]);
        return (Held(_keys[layer]), Held(_values[layer]));

        Tensor Held(Tensor cache) => cache.narrow(2, 0, rows.Places).index_select(0, rows.Slots); // [n, K, S, C]
    }

    /// <summary>Gives a slot the first tokens of another.</summary>
    public void CopyPrefix(int from, int to, int tokens)
    {
        foreach (var cache in _keys.Concat(_values))
        {
            using var source = cache[from].narrow(1, 0, tokens);
            using var target = cache[to].narrow(1, 0, tokens);
            target.copy_(source);
        }
    }

    public void Dispose()
    {
        foreach (var cache in _keys.Concat(_values))
        {
            cache.Dispose();
        }
    }
}

/// <summary>Where the rows of a cached pass belong.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Slots">[n].</param>
/// <param name="Positions">[n].</param>
/// <param name="Places">Places in use by any row: the largest position and one.</param>
internal sealed record CacheRows(KeyValueCache Cache, Tensor Slots, Tensor Positions, long Places);
