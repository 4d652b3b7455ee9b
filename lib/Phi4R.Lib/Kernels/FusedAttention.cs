// B batch, T tokens, H query heads, K key/value heads, C channels per head, R rotated channels; n tokens of one
// document.
using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Kernels;

/// <summary>
/// Rotation and causal attention within each document of packed rows, and their gradient, on the CPU in 32 bits.
/// </summary>
/// <remarks>
/// Work grows with the documents' own lengths, not with the row's, and nothing is spent on padding. Scores are computed
/// again in the gradient instead of being kept, for a block of queries at a time. Source of that: Dao et al. 2022,
/// arXiv 2205.14135. Accuracy: agrees with libtorch's attention over a mask to 1e-5 in value and gradient, by the
/// tests.
/// </remarks>
internal sealed unsafe class FusedAttention : SingleTensorFunction<FusedAttention>
{
    public override string Name => nameof(FusedAttention);

    /// <summary>Whether this kernel serves such a tensor.</summary>
    /// <param name="joined">[B, T, (H + 2K) * C].</param>
    public static bool Applies(Tensor joined, AttentionHeads heads) =>
        joined.device_type == DeviceType.CPU && joined.dtype == ScalarType.Float32 && heads.Width % 16 == 0;

    /// <summary>Attends within documents.</summary>
    /// <param name="joined">[B, T, (H + 2K) * C] queries, keys and values, not yet rotated.</param>
    /// <param name="angles">[positions, 2R] cosines of the R channels, then sines.</param>
    /// <param name="spans">The documents; tokens outside of them give and get nothing.</param>
    /// <returns>[B, T, H * C].</returns>
    public static Tensor Of(Tensor joined, Tensor angles, IReadOnlyList<DocumentSpan> spans, AttentionHeads heads) =>
        Host.Apply(() => apply(joined, angles, spans, heads));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (joined, angles, spans, heads) = (((Tensor)vars[0]).contiguous(), (Tensor)vars[1],
            (IReadOnlyList<DocumentSpan>)vars[2], (AttentionHeads)vars[3]);
        var (rows, tokens) = (joined.shape[0], joined.shape[1]);
        var output = zeros([rows, tokens, heads.QueryWidth]);                     // [B, T, H * C]
        var logSums = zeros([rows, tokens, heads.Query]);               // [B, T, H]
        Attend(Data(joined), Data(angles), Data(output), Data(logSums), tokens, spans, heads);
        ctx.save_for_backward([joined, angles, logSums]);
        ctx.save_data("spans", spans);
        ctx.save_data("heads", heads);
        return output;
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (joined, angles, logSums) = (saved[0], saved[1], saved[2]);
        var (spans, heads) = ((IReadOnlyList<DocumentSpan>)ctx.get_data("spans"),
            (AttentionHeads)ctx.get_data("heads"));
        using var upstream = given.contiguous();
        var tokens = joined.shape[1];
        var gradient = zeros_like(joined);                                    // [B, T, (H + 2K) * C]
        Differentiate(Data(joined), Data(angles), Data(upstream), Data(logSums), Data(gradient), tokens, spans, heads);
        return GradientLifetime.Of(gradient, null, null, null);
    }

    /// <summary>Attention of all documents.</summary>
    /// <param name="from">[B, T, (H + 2K) * C].</param>
    /// <param name="turns">[positions, 2R].</param>
    /// <param name="to">[B, T, H * C], written within documents.</param>
    /// <param name="sums">[B, T, H] logarithms of the sums of e^score, written within documents.</param>
    /// <param name="tokens">T.</param>
    public static void Attend(float* from, float* turns, float* to, float* sums, long tokens,
        IReadOnlyList<DocumentSpan> spans, AttentionHeads heads) =>
        Each(spans, heads, (span, head) =>
        {
            var first = (span.Row * tokens) + span.Start;
            var work = new Work(heads, span.Length, from + (first * heads.JoinedWidth), turns);
            work.TakeKeysAndValues(head);
            var group = heads.Query / heads.KeyValue;
            for (var query = head * group; query < (head + 1) * group; query++)
            {
                work.TakeQueries(query);
                work.Attend(to + (first * heads.QueryWidth) + (query * heads.Width),
                    sums + (first * heads.Query) + query);
            }
        });

    /// <summary>The gradient of all documents.</summary>
    /// <param name="from">[B, T, (H + 2K) * C].</param>
    /// <param name="turns">[positions, 2R].</param>
    /// <param name="above">[B, T, H * C].</param>
    /// <param name="sums">[B, T, H].</param>
    /// <param name="to">[B, T, (H + 2K) * C], written within documents.</param>
    /// <param name="tokens">T.</param>
    public static void Differentiate(float* from, float* turns, float* above, float* sums, float* to, long tokens,
        IReadOnlyList<DocumentSpan> spans, AttentionHeads heads) =>
        Each(spans, heads, (span, head) =>
        {
            var first = (span.Row * tokens) + span.Start;
            var work = new Work(heads, span.Length, from + (first * heads.JoinedWidth), turns);
            work.TakeKeysAndValues(head);
            var group = heads.Query / heads.KeyValue;
            for (var query = head * group; query < (head + 1) * group; query++)
            {
                work.TakeQueries(query);
                work.Differentiate(
                    query,
                    above + (first * heads.QueryWidth) + (query * heads.Width),
                    sums + (first * heads.Query) + query,
                    to + (first * heads.JoinedWidth));
            }

            work.GiveKeyAndValueGradients(head, to + (first * heads.JoinedWidth));
        });

    private static float* Data(Tensor tensor) => (float*)NativeData.Of(tensor);

    // One task for each document and key/value head: no two write to the same place, so the count of threads does not
    // matter.
    private static void Each(IReadOnlyList<DocumentSpan> spans, AttentionHeads heads, Action<DocumentSpan, int> body) =>
        Parallelism.Each(spans.Count * heads.KeyValue,
            task => body(spans[task / heads.KeyValue], task % heads.KeyValue));

    /// <summary>One document and one key/value head: memory to compute in, and the computation.</summary>
    private readonly ref struct Work
    {
        // Queries whose scores the gradient holds at a time, a multiple of 4: at 16,384 keys 34 MB a thread instead of
        // 2 GB for all of them.
        private const int QueryBlock = 256;

        [ThreadStatic]
        private static float[]? Memory;

        private readonly AttentionHeads _heads;
        private readonly int _length;
        private readonly int _padded;    // Columns of a matrix of scores: whole panels of 32.
        private readonly float* _joined;
        private readonly float* _angles;
        private readonly float* _queries;        // [padded, C], turned and scaled
        private readonly float* _keys;           // [padded, C], turned
        private readonly float* _keysAcross;     // [C, padded]
        private readonly float* _values;         // [padded, C]
        private readonly float* _valuesAcross;   // [C, padded]
        private readonly float* _above;          // [padded, C]
        private readonly float* _scores;         // [block, padded]
        private readonly float* _scoreGradients; // [block, padded]
        private readonly float* _keyGradients;   // [padded, C]
        private readonly float* _valueGradients; // [padded, C]
        private readonly float* _rows;           // [4, C]

        public Work(AttentionHeads heads, int length, float* joined, float* angles)
        {
            (_heads, _length, _padded) = (heads, length, (length + 31) / 32 * 32);
            _joined = joined;
            _angles = angles;
            var (plane, block) = (_padded * heads.Width, Math.Min(_padded, QueryBlock) * _padded);
            var needed = checked((8 * plane) + (2 * block) + (4 * heads.Width) + 16);
            if (Memory is null || Memory.Length < needed)
            {
                Memory = GC.AllocateUninitializedArray<float>(needed, pinned: true);
            }

            // What fills a plane must be finite and gradients begin at zero; scores are written before they are read.
            Array.Clear(Memory, 0, (8 * plane) + 16);
            var at =
                (float*)(((nint)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(Memory, 0) + 63)
                    & ~63);
            _queries = at;
            _keys = _queries + plane;
            _keysAcross = _keys + plane;
            _values = _keysAcross + plane;
            _valuesAcross = _values + plane;
            _above = _valuesAcross + plane;
            _keyGradients = _above + plane;
            _valueGradients = _keyGradients + plane;
            _scores = _valueGradients + plane;
            _scoreGradients = _scores + block;
            _rows = _scoreGradients + block;
        }

        public void TakeKeysAndValues(int head)
        {
            var (c, stride) = (_heads.Width, _heads.JoinedWidth);
            var (keyAt, valueAt) = ((_heads.Query + head) * c, (_heads.Query + _heads.KeyValue + head) * c);
            for (var i = 0; i < _length; i++)
            {
                Turn(_joined + ((long)i * stride) + keyAt, _keys + (i * c), i, 1, sign: 1);
                float* value = _joined + ((long)i * stride) + valueAt, key = _keys + (i * c), row = _values + (i * c);
                float* valueAcross = _valuesAcross + i, keyAcross = _keysAcross + i;
                for (var channel = 0; channel < c; channel++, valueAcross += _padded, keyAcross += _padded)
                {
                    row[channel] = value[channel];
                    *valueAcross = value[channel];
                    *keyAcross = key[channel];
                }
            }
        }

        public void TakeQueries(int head)
        {
            var (c, stride) = (_heads.Width, _heads.JoinedWidth);
            var scale = 1 / MathF.Sqrt(c);
            for (var i = 0; i < _length; i++)
            {
                Turn(_joined + ((long)i * stride) + (head * c), _queries + (i * c), i, scale, sign: 1);
            }
        }

        public void Attend(float* output, float* logSums)
        {
            var c = _heads.Width;
            for (var i = 0; i < _length; i += 4)
            {
                var columns = Math.Min(_padded, (i + 4 + 31) / 32 * 32);
                SmallMatrix.Multiply(_queries + (i * c), c, 1, _keysAcross, _padded, _scores, _padded, 0, c, columns,
                    add: false);
                var end = Math.Min(i + 4, _length);
                for (var row = i; row < end; row++)
                {
                    var scores = _scores + ((row - i) * _padded);
                    var (largest, sum) = SmallMatrix.Soften(scores, row + 1, columns);
                    logSums[(long)row * _heads.Query] = largest + MathF.Log(sum);
                    SmallMatrix.Scale(scores, 1 / sum, columns);
                }

                SmallMatrix.Multiply(_scores, _padded, 1, _values, c, _rows, c, 0, end, c, add: false);
                for (var row = i; row < end; row++)
                {
                    new ReadOnlySpan<float>(_rows + ((row - i) * c),
                        c).CopyTo(new Span<float>(output + ((long)row * _heads.QueryWidth), c));
                }
            }
        }

        public void Differentiate(int head, float* above, float* logSums, float* gradients)
        {
            var c = _heads.Width;
            for (var i = 0; i < _length; i++)
            {
                new ReadOnlySpan<float>(above + ((long)i * _heads.QueryWidth),
                    c).CopyTo(new Span<float>(_above + (i * c), c));
            }

            for (var first = 0; first < _length; first += QueryBlock)
            {
                DifferentiateBlock(first, Math.Min(first + QueryBlock, _length), logSums, gradients + (head * c));
            }
        }

        // What the queries from the first to the last give: their own gradient, and their part of the keys' and values'
        // before them.
        private void DifferentiateBlock(int first, int last, float* logSums, float* queryGradients)
        {
            var (c, stride) = (_heads.Width, _heads.JoinedWidth);
            for (var i = first; i < last; i += 4)
            {
                var columns = Math.Min(_padded, (i + 4 + 31) / 32 * 32);
                float* shares = _scores + ((i - first) * _padded), slopes = _scoreGradients + ((i - first) * _padded);
                SmallMatrix.Multiply(_queries + (i * c), c, 1, _keysAcross, _padded, shares, _padded, 0, c, columns,
                    add: false);
                SmallMatrix.Multiply(_above + (i * c), c, 1, _valuesAcross, _padded, slopes, _padded, 0, c, columns,
                    add: false);
                var end = Math.Min(i + 4, last);
                for (var row = i; row < i + 4; row++)
                {
                    var seen = row < end ? row + 1 : 0;
                    var logSum = row < end ? logSums[(long)row * _heads.Query] : 0;
                    SmallMatrix.SoftenedSlopes(shares + ((row - i) * _padded), slopes + ((row - i) * _padded), logSum,
                        seen, columns);
                }

                SmallMatrix.Multiply(slopes, _padded, 1, _keys, c, _rows, c, 0, end, c, add: false);
                for (var row = i; row < end; row++)
                {
                    Turn(_rows + ((row - i) * c), queryGradients + ((long)row * stride), row,
                        1 / MathF.Sqrt(c), sign: -1);
                }
            }

            float* sharesFromZero = _scores - ((long)first * _padded), slopesFromZero = _scoreGradients
                - ((long)first * _padded);
            for (var j = 0; j < last; j += 4)
            {
                var start = Math.Max(first, j);
                SmallMatrix.Multiply(sharesFromZero + j, 1, _padded, _above, c, _valueGradients + (j * c), c, start,
                    last, c, add: true);
                SmallMatrix.Multiply(slopesFromZero + j, 1, _padded, _queries, c, _keyGradients + (j * c), c, start,
                    last, c, add: true);
            }
        }

        public void GiveKeyAndValueGradients(int head, float* gradients)
        {
            var (c, stride) = (_heads.Width, _heads.JoinedWidth);
            var (keyAt, valueAt) = ((_heads.Query + head) * c, (_heads.Query + _heads.KeyValue + head) * c);
            for (var i = 0; i < _length; i++)
            {
                Turn(_keyGradients + (i * c), gradients + ((long)i * stride) + keyAt, i, 1, sign: -1);
                new ReadOnlySpan<float>(_valueGradients + (i * c),
                    c).CopyTo(new Span<float>(gradients + ((long)i * stride) + valueAt, c));
            }
        }

        // Turns a head's channels by the position's angle, or back by it, and scales them.
        private void Turn(float* from, float* to, int position, float scale, int sign)
        {
            var (c, rotary) = (_heads.Width, _heads.RotaryWidth);
            var half = rotary / 2;
            var cosines = _angles + ((long)position * 2 * rotary);
            var sines = cosines + rotary;
            var i = 0;
            for (; i + 4 <= half; i += 4)
            {
                Vector128<float> a = Vector128.Load(from + i), b = Vector128.Load(from + i + half),
                    cosine = Vector128.Load(cosines + i), sine = Vector128.Load(sines + i) * sign;
                (((a * cosine) - (b * sine)) * scale).Store(to + i);
                (((b * cosine) + (a * sine)) * scale).Store(to + i + half);
            }

            for (; i < half; i++)
            {
                var (a, b, sine) = (from[i], from[i + half], sign * sines[i]);
                to[i] = ((a * cosines[i]) - (b * sine)) * scale;
                to[i + half] = ((b * cosines[i]) + (a * sine)) * scale;
            }

            for (i = rotary; i < c; i++)
            {
                to[i] = from[i] * scale;
            }
        }
    }
}
