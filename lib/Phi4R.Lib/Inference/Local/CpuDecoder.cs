// n rows of one call, D width, H query heads, K key/value heads, C channels per head, F feed-forward width, V
// vocabulary.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Kernels;
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>
/// Decoding in vector instructions, without libtorch: no operator overhead, and a row's bits do not depend on the other
/// rows.
/// </summary>
/// <remarks>Accuracy: log-probabilities agree with the training forward to 1e-5, by the tests.</remarks>
internal sealed unsafe class CpuDecoder : IDecoder
{
    // Rows that go through a layer together: what they make stays in a core's second cache, and a panel of weights
    // serves them all. Where a team's threads have less than a block each they share the outputs of each product, and
    // each reads only its part of the weights.
    private const int BlockRows = 32;

    private readonly CpuWeights _weights;
    private readonly ModelConfig _config;
    private readonly Func<CpuThreadPool?> _team;
    private readonly CpuCache _cache;
    private readonly CpuAttention _attention;
    private readonly TokenRow[] _rows;
    private readonly List<IntPtr> _blocks = [];
    private readonly float* _stream;
    private readonly float* _normal;
    private readonly float* _joined;
    private readonly float* _mixed;
    private readonly float* _gateUp;
    private readonly float* _fed;
    private float* _head;
    private int _headRows;

    /// <param name="team">
    /// Asked at each call who shares its work; null where other cores have decoders of their own at work.
    /// </param>
    public CpuDecoder(CpuWeights weights, int maxRows, Func<CpuThreadPool?>? team = null)
    {
        (_weights, _config, _team, MaxRows) = (weights, weights.Config, team ?? (() => null), maxRows);
        _cache = new CpuCache(weights);
        _attention = new CpuAttention(_config, _cache);
        _rows = new TokenRow[maxRows];
        _stream = Allocate((long)maxRows * _config.Width);
        _normal = Allocate((long)maxRows * _config.Width);
        _joined = Allocate((long)maxRows * weights.Layers[0].Joined.PaddedOutputs);
        _mixed = Allocate((long)maxRows * _config.Width);
        _gateUp = Allocate((long)maxRows * weights.Layers[0].GateUp.PaddedOutputs);
        _fed = Allocate((long)maxRows * _config.FeedForwardWidth);
    }

    public int MaxRows { get; }

    public void Feed(ReadOnlySpan<TokenRow> rows)
    {
        var (width, n) = (_config.Width, rows.Length);
        rows.CopyTo(_rows);
        for (var i = 0; i < n; i++)
        {
            _cache.Prepare(rows[i]);
            _weights.Embedding.Row(rows[i].Token, _stream + ((long)i * width));
        }

        var team = _team();
        var together = BlockRows * (team?.Threads ?? 1);
        var products = n < together ? team : null;
        var blockRows = n < together ? n : EvenRows(n, (n + together - 1) / together * together / BlockRows);
        var blocks = (n + blockRows - 1) / blockRows;
        for (var layer = 0; layer <= _config.Layers; layer++)
        {
            var (last, next) = (layer - 1, layer);
            Over(blocks == 1 ? null : team, blocks, 1, (from, to) =>
            {
                for (var block = from; block < to; block++)
                {
                    var (start, end) = (block * blockRows, Math.Min((block + 1) * blockRows, n));
                    if (last >= 0)
                    {
                        Finish(last, start, end, products);
                    }

                    if (next < _config.Layers)
                    {
                        Begin(next, start, end, products);
                    }
                }
            });
        }

        var wanted = 0;
        for (var i = 0; i < n; i++)
        {
            if (rows[i].Wanted)
            {
                Buffer.MemoryCopy(_stream + ((long)i * width), _mixed + ((long)wanted++ * width), width * sizeof(float),
                    width * sizeof(float));
            }
        }

        if (wanted > _headRows)
        {
            _headRows = Math.Min(MaxRows, 2 * wanted);
            Free(_head);
            _head = Allocate((long)_headRows * _weights.Head.PaddedOutputs);
        }

        Normalize(_mixed, _weights.FinalNorm, _normal, wanted);
        Multiply(_weights.Head, _normal, _head, wanted, add: false, team);
    }

    public ReadOnlySpan<float> Logits(int index) =>
        new(_head + ((long)index * _weights.Head.PaddedOutputs), _config.VocabularySize);

    public void CopyPage(int from, int to) => _cache.CopyPage(from, to);

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
        _cache.Dispose();
    }

    private float* Allocate(long count)
    {
        var block = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        NativeMemory.Clear(block, (nuint)count * sizeof(float));
        _blocks.Add((IntPtr)block);
        return block;
    }

    private void Free(float* block)
    {
        if (_blocks.Remove((IntPtr)block))
        {
            NativeMemory.AlignedFree(block);
        }
    }

    // Rows of a layer as far as the keys and values that others wait for.
    private void Begin(int layer, int start, int end, CpuThreadPool? team)
    {
        var weights = _weights.Layers[layer];
        var (width, padded, n) = ((long)_config.Width, (long)weights.Joined.PaddedOutputs, end - start);
        var normal = _normal + (start * width);
        Normalize(_stream + (start * width), weights.AttentionNorm, normal, n);
        Multiply(weights.Joined, normal, _joined + (start * padded), n, add: false, team);
        for (var i = start; i < end; i++)
        {
            _cache.Store(_rows[i], layer, _joined + (i * padded));
        }
    }

    // The rest of the layer, once all rows have begun it.
    private void Finish(int layer, int start, int end, CpuThreadPool? team)
    {
        var weights = _weights.Layers[layer];
        var (width, n) = ((long)_config.Width, end - start);
        float* stream = _stream + (start * width), normal = _normal + (start * width);
        float* gateUp = _gateUp + ((long)start * weights.GateUp.PaddedOutputs), fed = _fed
            + ((long)start * _config.FeedForwardWidth);
        Attend(layer, start, end, weights.Joined.PaddedOutputs, team);
        Multiply(weights.Combine, _mixed + (start * width), stream, n, add: true, team);
        Normalize(stream, weights.FeedForwardNorm, normal, n);
        Multiply(weights.GateUp, normal, gateUp, n, add: false, team);
        Gate(gateUp, fed, n, weights.GateUp.PaddedOutputs);
        Multiply(weights.Down, fed, stream, n, add: true, team);
    }

    // Rows of each of so many blocks, in whole eights, which products are quickest for.
    private static int EvenRows(int rows, int blocks) => (((rows + blocks - 1) / blocks) + 7) / 8 * 8;

    private static void Multiply(PackedMatrix matrix, float* x, float* y, int rows, bool add, CpuThreadPool? team)
    {
        var threads = team?.Threads ?? 1;
        var run = Math.Max(1, matrix.Panels / (8 * threads));
        Over(team, matrix.Panels, run,
            (start, end) => matrix.Multiply(x, y, rows, add, start, end, end + ((threads - 1) * run)));
    }

    // One item is a run of rows of one sequence and the query heads of one key/value head; what a team shares is cut
    // into single rows.
    private void Attend(int layer, int start, int end, long padded, CpuThreadPool? team)
    {
        var (k, width) = (_config.KeyValueHeads, (long)_config.Width);
        if (team is not null)
        {
            Over(team, (end - start) * k, Math.Max(1, (end - start) * k / (8 * team.Threads)), (from, to) =>
            {
                for (var item = from; item < to; item++)
                {
                    Run(start + (item / k), start + (item / k) + 1, item % k);
                }
            });
            return;
        }

        for (var (run, after) = (start, start); run < end; run = after)
        {
            while (after < end && _rows[after].Sequence == _rows[run].Sequence)
            {
                after++;
            }

            for (var group = 0; group < k; group++)
            {
                Run(run, after, group);
            }
        }

        void Run(int first, int after, int group) =>
            _attention.Attend(_rows[first], after - first, layer, group, _joined + (first * padded), padded,
                _mixed + (first * width));
    }

    private static void Over(CpuThreadPool? team, int items, int run, Action<int, int> body)
    {
        if (team is null)
        {
            body(0, items);
        }
        else
        {
            team.Over(items, run, body);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalize(float* from, float[] weight, float* to, int rows)
    {
        var width = _config.Width;
        fixed (float* scale = weight)
        {
            for (var row = 0; row < rows; row++)
            {
                float* source = from + ((long)row * width), target = to + ((long)row * width);
                var squares = Vector512<float>.Zero;
                for (var i = 0; i < width; i += 16)
                {
                    var value = Vector512.Load(source + i);
                    squares = Vector512.FusedMultiplyAdd(value, value, squares);
                }

                var root = 1f / MathF.Sqrt((Vector512.Sum(squares) / width) + (float)_config.NormEpsilon);
                for (var i = 0; i < width; i += 16)
                {
                    (Vector512.Load(scale + i) * (Vector512.Load(source + i) * root)).Store(target + i);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gate(float* gateUp, float* fed, int rows, int padded)
    {
        var width = _config.FeedForwardWidth;
        for (var row = 0; row < rows; row++)
        {
            float* gates = gateUp + ((long)row * padded), ups = gates + width, target = fed + ((long)row * width);
            for (var i = 0; i < width; i += 16)
            {
                var gate = Vector512.Load(gates + i);
                (Vector512.Load(ups + i) * gate * VectorMath.Sigmoid(gate)).Store(target + i);
            }
        }
    }
}
