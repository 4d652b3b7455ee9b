// n rows of one call, D width, H query heads, K key/value heads, C channels per head, F feed-forward width, V vocabulary.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Decoding in vector instructions, without libtorch: no operator overhead, and a row's bits do not depend on the other rows.</summary>
/// <remarks>Accuracy: log-probabilities agree with the training forward to 1e-5, by the tests.</remarks>
internal sealed unsafe class ProcessorDecoder : IDecoder
{
    private readonly ProcessorWeights _weights;
    private readonly ModelConfig _config;
    private readonly Team? _team;
    private readonly ProcessorAttention _attention;
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

    /// <param name="team">Shares each product; null where other cores have decoders of their own.</param>
    public ProcessorDecoder(ProcessorWeights weights, int maxRows, Team? team = null)
    {
        (_weights, _config, _team, MaxRows) = (weights, weights.Config, team, maxRows);
        _attention = new ProcessorAttention(weights);
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
            _attention.Prepare(rows[i]);
            _weights.Embedding.AsSpan(rows[i].Token * width, width).CopyTo(new Span<float>(_stream + ((long)i * width), width));
        }

        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var weights = _weights.Layers[layer];
            var padded = weights.Joined.PaddedOutputs;
            Normalize(_stream, weights.AttentionNorm, _normal, n);
            Multiply(weights.Joined, _normal, _joined, n, add: false);
            for (var i = 0; i < n; i++)
            {
                _attention.Store(rows[i], layer, _joined + ((long)i * padded));
            }

            Attend(n, layer, padded);
            Multiply(weights.Combine, _mixed, _stream, n, add: true);
            Normalize(_stream, weights.FeedForwardNorm, _normal, n);
            Multiply(weights.GateUp, _normal, _gateUp, n, add: false);
            Gate(n, weights.GateUp.PaddedOutputs);
            Multiply(weights.Down, _fed, _stream, n, add: true);
        }

        var wanted = 0;
        for (var i = 0; i < n; i++)
        {
            if (rows[i].Wanted)
            {
                Buffer.MemoryCopy(_stream + ((long)i * width), _mixed + ((long)wanted++ * width), width * sizeof(float), width * sizeof(float));
            }
        }

        if (wanted > _headRows)
        {
            _headRows = Math.Min(MaxRows, 2 * wanted);
            Free(_head);
            _head = Allocate((long)_headRows * _weights.Head.PaddedOutputs);
        }

        Normalize(_mixed, _weights.FinalNorm, _normal, wanted);
        Multiply(_weights.Head, _normal, _head, wanted, add: false);
    }

    public ReadOnlySpan<float> Logits(int index) => new(_head + ((long)index * _weights.Head.PaddedOutputs), _config.VocabularySize);

    public void CopyPage(int from, int to) => _attention.CopyPage(from, to);

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
        _attention.Dispose();
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

    private void Multiply(PackedMatrix matrix, float* x, float* y, int rows, bool add)
    {
        if (_team is null)
        {
            matrix.Multiply(x, y, rows, add);
            return;
        }

        _team.Over(matrix.Panels, Math.Max(1, matrix.Panels / (8 * _team.Threads)), (start, end) => matrix.Multiply(x, y, rows, add, start, end));
    }

    // One item is a row and the query heads of one key/value head.
    private void Attend(int rows, int layer, int padded)
    {
        var (k, width) = (_config.KeyValueHeads, _config.Width);
        if (_team is null)
        {
            Items(0, rows * k);
        }
        else
        {
            _team.Over(rows * k, Math.Max(1, rows * k / (8 * _team.Threads)), Items);
        }

        void Items(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                var row = item / k;
                _attention.Attend(_rows[row], layer, item % k, _joined + ((long)row * padded), _mixed + ((long)row * width));
            }
        }
    }

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

    private void Gate(int rows, int padded)
    {
        var width = _config.FeedForwardWidth;
        for (var row = 0; row < rows; row++)
        {
            float* gates = _gateUp + ((long)row * padded), ups = gates + width, target = _fed + ((long)row * width);
            for (var i = 0; i < width; i += 16)
            {
                var gate = Vector512.Load(gates + i);
                (Vector512.Load(ups + i) * gate * VectorMath.Sigmoid(gate)).Store(target + i);
            }
        }
    }
}
