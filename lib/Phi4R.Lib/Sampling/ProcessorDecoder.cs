// n rows of one call, D width, H query heads, K key/value heads, C channels per head, S cached places, F feed-forward width, V vocabulary.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Decoding on one core in vector instructions, without libtorch: no operator overhead, and a row's bits do not depend on the other rows.</summary>
/// <remarks>Accuracy: log-probabilities agree with the training forward to 1e-5, by the tests.</remarks>
internal sealed unsafe class ProcessorDecoder : IDecoder
{
    private readonly ProcessorWeights _weights;
    private readonly ModelConfig _config;
    private readonly int _places;
    private readonly float[] _cosines;
    private readonly float[] _sines;
    private readonly List<IntPtr> _blocks = [];
    private readonly float* _keys;   // [slot, layer, K, C, S]: scores of sixteen places at a time
    private readonly float* _values; // [slot, layer, K, S, C]
    private readonly float* _stream;
    private readonly float* _normal;
    private readonly float* _joined;
    private readonly float* _mixed;
    private readonly float* _gateUp;
    private readonly float* _fed;
    private readonly float* _scores;
    private readonly float* _head;

    public ProcessorDecoder(ProcessorWeights weights, int slots, int places, int maxRows, bool longFactors)
    {
        (_weights, _config, Slots, MaxRows) = (weights, weights.Config, slots, maxRows);
        _places = (places + 63) / 64 * 64;
        var (layers, k, c) = (_config.Layers, _config.KeyValueHeads, _config.HeadWidth);
        _keys = Allocate((long)slots * layers * k * c * _places);
        _values = Allocate((long)slots * layers * k * c * _places);
        _stream = Allocate((long)maxRows * _config.Width);
        _normal = Allocate((long)maxRows * _config.Width);
        _joined = Allocate((long)maxRows * weights.Layers[0].Joined.PaddedOutputs);
        _mixed = Allocate((long)maxRows * _config.Width);
        _gateUp = Allocate((long)maxRows * weights.Layers[0].GateUp.PaddedOutputs);
        _fed = Allocate((long)maxRows * _config.FeedForwardWidth);
        _scores = Allocate(_places);
        _head = Allocate((long)maxRows * weights.Head.PaddedOutputs);

        var inverse = longFactors ? weights.LongAngles : weights.ShortAngles;
        (_cosines, _sines) = (new float[places * inverse.Length], new float[places * inverse.Length]);
        for (var position = 0; position < places; position++)
        {
            for (var i = 0; i < inverse.Length; i++)
            {
                var angle = position * inverse[i];
                _cosines[(position * inverse.Length) + i] = (float)(MathF.Cos(angle) * _config.AttentionFactor);
                _sines[(position * inverse.Length) + i] = (float)(MathF.Sin(angle) * _config.AttentionFactor);
            }
        }
    }

    public int Slots { get; }

    public int MaxRows { get; }

    public void Feed(ReadOnlySpan<TokenRow> rows, Span<float> logits)
    {
        var (width, n) = (_config.Width, rows.Length);
        for (var i = 0; i < n; i++)
        {
            _weights.Embedding.AsSpan(rows[i].Token * width, width).CopyTo(new Span<float>(_stream + ((long)i * width), width));
        }

        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var weights = _weights.Layers[layer];
            Normalize(_stream, weights.AttentionNorm, _normal, n);
            weights.Joined.Multiply(_normal, _joined, n, add: false);
            for (var i = 0; i < n; i++)
            {
                Store(rows[i], layer, _joined + ((long)i * weights.Joined.PaddedOutputs));
            }

            for (var i = 0; i < n; i++)
            {
                Attend(rows[i], layer, _joined + ((long)i * weights.Joined.PaddedOutputs), _mixed + ((long)i * width));
            }

            weights.Combine.Multiply(_mixed, _stream, n, add: true);
            Normalize(_stream, weights.FeedForwardNorm, _normal, n);
            weights.GateUp.Multiply(_normal, _gateUp, n, add: false);
            Gate(n, weights.GateUp.PaddedOutputs);
            weights.Down.Multiply(_fed, _stream, n, add: true);
        }

        var wanted = 0;
        for (var i = 0; i < n; i++)
        {
            if (rows[i].Wanted)
            {
                Buffer.MemoryCopy(_stream + ((long)i * width), _mixed + ((long)wanted++ * width), width * sizeof(float), width * sizeof(float));
            }
        }

        Normalize(_mixed, _weights.FinalNorm, _normal, wanted);
        _weights.Head.Multiply(_normal, _head, wanted, add: false);
        for (var i = 0; i < wanted; i++)
        {
            new ReadOnlySpan<float>(_head + ((long)i * _weights.Head.PaddedOutputs), _config.VocabularySize).CopyTo(logits[(i * _config.VocabularySize)..]);
        }
    }

    public void CopyPrefix(int from, int to, int tokens)
    {
        var (heads, c) = (_config.Layers * _config.KeyValueHeads, _config.HeadWidth);
        for (var head = 0; head < heads; head++)
        {
            for (var channel = 0; channel < c; channel++)
            {
                Copy(_keys, ((((long)from * heads) + head) * c) + channel, ((((long)to * heads) + head) * c) + channel, tokens);
            }

            new ReadOnlySpan<float>(_values + ((((long)from * heads) + head) * c * _places), tokens * c)
                .CopyTo(new Span<float>(_values + ((((long)to * heads) + head) * c * _places), tokens * c));
        }

        void Copy(float* cache, long source, long target, int count) =>
            new ReadOnlySpan<float>(cache + (source * _places), count).CopyTo(new Span<float>(cache + (target * _places), count));
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
    }

    private float* Allocate(long count)
    {
        var block = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        NativeMemory.Clear(block, (nuint)count * sizeof(float));
        _blocks.Add((IntPtr)block);
        return block;
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

    // Turns a row's queries and keys by its position, and puts keys and values into its slot.
    private void Store(TokenRow row, int layer, float* joined)
    {
        var (h, k, c) = (_config.QueryHeads, _config.KeyValueHeads, _config.HeadWidth);
        var half = _config.RotaryWidth / 2;
        for (var head = 0; head < h + k; head++)
        {
            var channels = joined + (head * c);
            for (var i = 0; i < half; i++)
            {
                var (cosine, sine) = (_cosines[(row.Position * half) + i], _sines[(row.Position * half) + i]);
                var (a, b) = (channels[i], channels[i + half]);
                channels[i] = (a * cosine) - (b * sine);
                channels[i + half] = (b * cosine) + (a * sine);
            }
        }

        for (var head = 0; head < k; head++)
        {
            var home = ((((long)row.Slot * _config.Layers) + layer) * k) + head;
            float* keys = _keys + (home * c * _places), values = _values + (home * c * _places) + ((long)row.Position * c);
            for (var i = 0; i < c; i++)
            {
                keys[((long)i * _places) + row.Position] = joined[((h + head) * c) + i];
                values[i] = joined[((h + k + head) * c) + i];
            }
        }
    }

    private void Attend(TokenRow row, int layer, float* joined, float* mixed)
    {
        var (h, k, c) = (_config.QueryHeads, _config.KeyValueHeads, _config.HeadWidth);
        var scale = 1f / MathF.Sqrt(c);
        var seen = row.Position + 1;
        for (var head = 0; head < h; head++)
        {
            var home = ((((long)row.Slot * _config.Layers) + layer) * k) + (head / (h / k));
            float* query = joined + (head * c), keys = _keys + (home * c * _places), values = _values + (home * c * _places), target = mixed + (head * c);
            Score(query, keys, seen, scale);
            var sum = Soften(seen);
            for (var i = 0; i < c; i += 16)
            {
                Vector512<float> even = default, odd = default;
                var place = 0;
                for (; place + 2 <= seen; place += 2)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(_scores[place]), Vector512.Load(values + ((long)place * c) + i), even);
                    odd = Vector512.FusedMultiplyAdd(Vector512.Create(_scores[place + 1]), Vector512.Load(values + ((long)(place + 1) * c) + i), odd);
                }

                if (place < seen)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(_scores[place]), Vector512.Load(values + ((long)place * c) + i), even);
                }

                ((even + odd) / sum).Store(target + i);
            }
        }
    }

    // Places are scored 64 at a time; those past the last seen one are computed and not used.
    private void Score(float* query, float* keys, int seen, float scale)
    {
        var c = _config.HeadWidth;
        for (var place = 0; place < seen; place += 64)
        {
            Vector512<float> a = default, b = default, d = default, e = default;
            for (var i = 0; i < c; i++)
            {
                var value = Vector512.Create(query[i]);
                var source = keys + ((long)i * _places) + place;
                a = Vector512.FusedMultiplyAdd(value, Vector512.Load(source), a);
                b = Vector512.FusedMultiplyAdd(value, Vector512.Load(source + 16), b);
                d = Vector512.FusedMultiplyAdd(value, Vector512.Load(source + 32), d);
                e = Vector512.FusedMultiplyAdd(value, Vector512.Load(source + 48), e);
            }

            (a * scale).Store(_scores + place);
            (b * scale).Store(_scores + place + 16);
            (d * scale).Store(_scores + place + 32);
            (e * scale).Store(_scores + place + 48);
        }
    }

    // Scores become e^(score - largest); the sum is returned. Places past the last seen one become zero.
    private float Soften(int seen)
    {
        for (var place = seen; place % 16 != 0; place++)
        {
            _scores[place] = float.NegativeInfinity;
        }

        var largest = Vector512.Create(float.NegativeInfinity);
        for (var place = 0; place < seen; place += 16)
        {
            largest = Vector512.Max(largest, Vector512.Load(_scores + place));
        }

        var top = float.NegativeInfinity;
        for (var lane = 0; lane < 16; lane++)
        {
            top = MathF.Max(top, largest[lane]);
        }

        var sums = Vector512<float>.Zero;
        for (var place = 0; place < seen; place += 16)
        {
            var weight = VectorMath.Exp(Vector512.Load(_scores + place) - Vector512.Create(top));
            weight.Store(_scores + place);
            sums += weight;
        }

        // e^-87 stands where minus infinity was held within the function's range: far below one unit in the last place of the sum.
        return Vector512.Sum(sums);
    }
}
