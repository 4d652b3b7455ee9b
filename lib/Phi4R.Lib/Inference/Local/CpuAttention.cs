// H query heads, K key/value heads, C channels per head, 64 places of a page.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Kernels;
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>Attention of tokens to what their sequences hold in pages.</summary>
/// <remarks>
/// Every sum runs over the places in order, so its bits depend neither on pages nor on what else is computed, nor on
/// how many tokens of a sequence come at once.
/// </remarks>
internal sealed unsafe class CpuAttention(ModelConfig config, CpuCache cache)
{
    private const int Places = KvBlockPool.Places;

    // Queries that meet each key and value together while it is in a register.
    private const int Tile = 4;

    [ThreadStatic]
    private static float[]? Scratch;

    private readonly float _scale = 1f / MathF.Sqrt(config.HeadWidth);

    /// <summary>
    /// The mixed values of rows that follow each other in one sequence, for the query heads that share one key/value
    /// head.
    /// </summary>
    /// <param name="first">The first of the rows. Keys and values of all of them are stored.</param>
    /// <param name="joined">(H + 2K) * C numbers of each row, turned.</param>
    /// <param name="padded">Numbers from one row's to the next one's.</param>
    /// <param name="mixed">H * C numbers of each row.</param>
    public void Attend(TokenRow first, int rows, int layer, int group, float* joined, long padded, float* mixed)
    {
        var (c, heads) = (config.HeadWidth, config.QueryHeads / config.KeyValueHeads);
        var stride = KvBlockPool.Needed(first.Position + rows) * Places;
        if (Scratch is null || Scratch.Length < Tile * stride)
        {
            Scratch = GC.AllocateUninitializedArray<float>(2 * Tile * stride, pinned: true);
        }

        var scores = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(Scratch, 0);
        var (query, queries) = (0, rows * heads);
        for (; query + Tile <= queries; query += Tile)
        {
            float* from = From(query), from1 = From(query + 1), from2 = From(query + 2), from3 = From(query + 3);
            var seen = Seen(query + 3);
            for (var place = 0; place < seen; place += Places)
            {
                Score(from, from1, from2, from3, cache.Home(first.Sequence.Pages[place / Places], layer, group),
                    scores + place, stride);
            }

            var sum = Soften(scores, Seen(query), seen);
            var sum1 = Soften(scores + stride, Seen(query + 1), seen);
            var sum2 = Soften(scores + (2 * stride), Seen(query + 2), seen);
            var sum3 = Soften(scores + (3 * stride), seen, seen);
            Mix(first.Sequence, layer, group, scores, stride, seen, (sum, sum1, sum2, sum3), To(query), To(query + 1),
                To(query + 2), To(query + 3));
        }

        for (; query < queries; query++)
        {
            var seen = Seen(query);
            for (var place = 0; place < seen; place += Places)
            {
                Score(From(query), cache.Home(first.Sequence.Pages[place / Places], layer, group), scores + place);
            }

            Mix(first.Sequence, layer, group, scores, seen, 0, Soften(scores, seen, seen), To(query));
        }

        // Queries of one row stand together, so that a tile's see nearly the same places.
        int Seen(int query) => first.Position + (query / heads) + 1;

        float* From(int query) => joined + (query / heads * padded) + (((group * heads) + (query % heads)) * c);

        float* To(int query) =>
            mixed + ((((long)(query / heads) * config.QueryHeads) + (group * heads) + (query % heads)) * c);
    }

    // The weighted sums of values; those of even and of odd places are summed apart, so that more chains run at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Mix(CachedSequence sequence, int layer, int group, float* scores, int stride, int seen,
        (float, float, float, float) sums, float* to, float* to1, float* to2, float* to3)
    {
        var c = config.HeadWidth;
        float* scores1 = scores + stride, scores2 = scores1 + stride, scores3 = scores2 + stride;
        var channel = 0;
        for (; channel + 32 <= c; channel += 32)
        {
            Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default,
                a3 = default, b3 = default;
            Vector512<float> d0 = default, e0 = default, d1 = default, e1 = default, d2 = default, e2 = default,
                d3 = default, e3 = default;
            for (var start = 0; start < seen; start += Places)
            {
                var values = cache.Home(sequence.Pages[start / Places], layer, group) + (c * Places) + channel;
                var end = Math.Min(start + Places, seen);
                for (var place = start; place < end; place++, values += c)
                {
                    var left = Vector512.Load(values);
                    var right = Vector512.Load(values + 16);
                    var weight = Vector512.Create(scores[place]);
                    a0 = Vector512.FusedMultiplyAdd(weight, left, a0);
                    b0 = Vector512.FusedMultiplyAdd(weight, right, b0);
                    weight = Vector512.Create(scores1[place]);
                    a1 = Vector512.FusedMultiplyAdd(weight, left, a1);
                    b1 = Vector512.FusedMultiplyAdd(weight, right, b1);
                    weight = Vector512.Create(scores2[place]);
                    a2 = Vector512.FusedMultiplyAdd(weight, left, a2);
                    b2 = Vector512.FusedMultiplyAdd(weight, right, b2);
                    weight = Vector512.Create(scores3[place]);
                    a3 = Vector512.FusedMultiplyAdd(weight, left, a3);
                    b3 = Vector512.FusedMultiplyAdd(weight, right, b3);
                    if (++place == end)
                    {
                        break;
                    }

                    values += c;
                    left = Vector512.Load(values);
                    right = Vector512.Load(values + 16);
                    weight = Vector512.Create(scores[place]);
                    d0 = Vector512.FusedMultiplyAdd(weight, left, d0);
                    e0 = Vector512.FusedMultiplyAdd(weight, right, e0);
                    weight = Vector512.Create(scores1[place]);
                    d1 = Vector512.FusedMultiplyAdd(weight, left, d1);
                    e1 = Vector512.FusedMultiplyAdd(weight, right, e1);
                    weight = Vector512.Create(scores2[place]);
                    d2 = Vector512.FusedMultiplyAdd(weight, left, d2);
                    e2 = Vector512.FusedMultiplyAdd(weight, right, e2);
                    weight = Vector512.Create(scores3[place]);
                    d3 = Vector512.FusedMultiplyAdd(weight, left, d3);
                    e3 = Vector512.FusedMultiplyAdd(weight, right, e3);
                }
            }

            Put(to + channel, a0 + d0, b0 + e0, sums.Item1);
            Put(to1 + channel, a1 + d1, b1 + e1, sums.Item2);
            Put(to2 + channel, a2 + d2, b2 + e2, sums.Item3);
            Put(to3 + channel, a3 + d3, b3 + e3, sums.Item4);
        }

        Mix(sequence, layer, group, scores, seen, channel, sums.Item1, to);
        Mix(sequence, layer, group, scores1, seen, channel, sums.Item2, to1);
        Mix(sequence, layer, group, scores2, seen, channel, sums.Item3, to2);
        Mix(sequence, layer, group, scores3, seen, channel, sums.Item4, to3);
    }

    // The same for one query, from a channel on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Mix(CachedSequence sequence, int layer, int group, float* scores, int seen, int channel,
        float sum, float* to)
    {
        var c = config.HeadWidth;
        for (; channel < c; channel += 16)
        {
            Vector512<float> even = default, odd = default;
            for (var start = 0; start < seen; start += Places)
            {
                var values = cache.Home(sequence.Pages[start / Places], layer, group) + (c * Places) + channel;
                var count = Math.Min(Places, seen - start);
                var place = 0;
                for (; place + 2 <= count; place += 2)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place]),
                        Vector512.Load(values + (place * c)), even);
                    odd = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place + 1]),
                        Vector512.Load(values + ((place + 1) * c)), odd);
                }

                if (place < count)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(scores[start + place]),
                        Vector512.Load(values + (place * c)), even);
                }
            }

            ((even + odd) / sum).Store(to + channel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, Vector512<float> left, Vector512<float> right, float sum)
    {
        (left / sum).Store(to);
        (right / sum).Store(to + 16);
    }

    // All places of a page are scored; those past the last seen one are not used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(float* from, float* from1, float* from2, float* from3, float* keys, float* scores, int stride)
    {
        Vector512<float> a0 = default, b0 = default, d0 = default, e0 = default, a1 = default, b1 = default,
            d1 = default, e1 = default;
        Vector512<float> a2 = default, b2 = default, d2 = default, e2 = default, a3 = default, b3 = default,
            d3 = default, e3 = default;
        for (var i = 0; i < config.HeadWidth; i++, keys += Places)
        {
            var (a, b, d, e) = (Vector512.Load(keys), Vector512.Load(keys + 16), Vector512.Load(keys + 32),
                Vector512.Load(keys + 48));
            var value = Vector512.Create(from[i]);
            a0 = Vector512.FusedMultiplyAdd(value, a, a0);
            b0 = Vector512.FusedMultiplyAdd(value, b, b0);
            d0 = Vector512.FusedMultiplyAdd(value, d, d0);
            e0 = Vector512.FusedMultiplyAdd(value, e, e0);
            value = Vector512.Create(from1[i]);
            a1 = Vector512.FusedMultiplyAdd(value, a, a1);
            b1 = Vector512.FusedMultiplyAdd(value, b, b1);
            d1 = Vector512.FusedMultiplyAdd(value, d, d1);
            e1 = Vector512.FusedMultiplyAdd(value, e, e1);
            value = Vector512.Create(from2[i]);
            a2 = Vector512.FusedMultiplyAdd(value, a, a2);
            b2 = Vector512.FusedMultiplyAdd(value, b, b2);
            d2 = Vector512.FusedMultiplyAdd(value, d, d2);
            e2 = Vector512.FusedMultiplyAdd(value, e, e2);
            value = Vector512.Create(from3[i]);
            a3 = Vector512.FusedMultiplyAdd(value, a, a3);
            b3 = Vector512.FusedMultiplyAdd(value, b, b3);
            d3 = Vector512.FusedMultiplyAdd(value, d, d3);
            e3 = Vector512.FusedMultiplyAdd(value, e, e3);
        }

        Put(scores, a0, b0, d0, e0);
        Put(scores + stride, a1, b1, d1, e1);
        Put(scores + (2 * stride), a2, b2, d2, e2);
        Put(scores + (3 * stride), a3, b3, d3, e3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(float* from, float* keys, float* scores)
    {
        Vector512<float> a = default, b = default, d = default, e = default;
        for (var i = 0; i < config.HeadWidth; i++, keys += Places)
        {
            var value = Vector512.Create(from[i]);
            a = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys), a);
            b = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 16), b);
            d = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 32), d);
            e = Vector512.FusedMultiplyAdd(value, Vector512.Load(keys + 48), e);
        }

        Put(scores, a, b, d, e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(float* scores, Vector512<float> a, Vector512<float> b, Vector512<float> d, Vector512<float> e)
    {
        (a * _scale).Store(scores);
        (b * _scale).Store(scores + 16);
        (d * _scale).Store(scores + 32);
        (e * _scale).Store(scores + 48);
    }

    // Scores become e^(score - largest); the sum is returned. Places past the last seen one weigh nothing, up to those
    // that others of the tile see.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Soften(float* scores, int seen, int othersSeen)
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

        for (var place = seen; place < othersSeen; place++)
        {
            scores[place] = 0;
        }

        // e^-87 stands where minus infinity was held within the function's range: far below one unit in the last place
        // of the sum.
        return Vector512.Sum(sums);
    }
}
