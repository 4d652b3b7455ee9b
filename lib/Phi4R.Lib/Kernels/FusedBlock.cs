// B batch, T tokens, N = B * T, D width, J channels of queries, keys and values, F feed-forward width, H query heads.
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Kernels;

/// <summary>
/// One layer over packed rows, x + attention(norm(x)) and feed-forward likewise, and its gradient, on the CPU in 32
/// bits: what is computed row by row goes from product to product while it is in a core's own cache.
/// </summary>
/// <remarks>
/// Accuracy: agrees with the layer's parts in libtorch's operators to 2e-5 in value and gradients, by the tests. The
/// bits do not depend on the count of threads.
/// </remarks>
internal sealed unsafe class FusedBlock : SingleTensorFunction<FusedBlock>
{
    // Larger matrices are laid out a part at a time, and gain nothing here.
    private const long MostNumbers = 1 << 22;

    public override string Name => nameof(FusedBlock);

    /// <summary>Whether it serves such a stream and weights.</summary>
    /// <param name="x">[B, T, D].</param>
    public static bool Applies(Tensor x, Weights weights, AttentionHeads heads) =>
        FusedNorm.Applies(x, weights.AttentionNorm) && x.shape[0] * x.shape[1] >= FusedLinear.FewestRows
            && heads.Width % 16 == 0
            && weights.Matrices.All(matrix => matrix.dtype == ScalarType.Float32 && matrix.numel() <= MostNumbers
                && BlockedMatmul.Applies(matrix.shape[0], matrix.shape[1]));

    /// <param name="x">[B, T, D].</param>
    /// <param name="angles">[positions, 2R] cosines of the R channels, then sines.</param>
    /// <param name="spans">The documents; tokens outside of them attend to nothing.</param>
    /// <returns>[B, T, D].</returns>
    public static Tensor Of(Tensor x, Weights weights, Tensor angles, IReadOnlyList<DocumentSpan> spans,
        (AttentionHeads Heads, double Epsilon) settings) =>
        Host.Apply(() => apply(x, weights.AttentionNorm, weights.Joined, weights.Combine, weights.FeedForwardNorm,
            weights.GateUp, weights.Down, angles, spans, settings));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var x = ((Tensor)vars[0]).contiguous();
        var weights = new Weights([.. vars[1..7].Cast<Tensor>()]);
        var (angles, spans) = ((Tensor)vars[7], (IReadOnlyList<DocumentSpan>)vars[8]);
        var (heads, epsilon) = ((AttentionHeads, double))vars[9];
        var size = new Sizes(x, weights);
        var kept = new Kept(
            x,
            empty(size.Rows, size.Width),
            empty(size.Rows),
            empty(size.Rows, size.Joined),
            zeros(size.Rows, heads.QueryWidth),
            zeros(size.Rows, heads.Query),
            empty(size.Rows, size.Width),
            empty(size.Rows, size.Width),
            empty(size.Rows),
            empty(size.Rows, 2 * size.Inner),
            empty(size.Rows, size.Inner));
        var output = empty_like(x);
        Forward(size, weights, kept, angles, spans, heads, (float)epsilon, Data(output));
        ctx.save_for_backward([.. kept.All, .. weights.Values, angles]);
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
        var kept = new Kept(saved);
        var weights = new Weights([.. saved.Skip(Kept.Count).Take(Weights.Count)]);
        using var upstream = given.contiguous();
        Tensor[] gradients = [empty_like(kept.X), .. weights.Values.Select(weight =>
            weight.dim() == 1 ? zeros_like(weight) : empty_like(weight))];
        Backward(new Sizes(kept.X, weights), weights, kept, saved[^1],
            (IReadOnlyList<DocumentSpan>)ctx.get_data("spans"), (AttentionHeads)ctx.get_data("heads"), Data(upstream),
            gradients);
        return GradientLifetime.Of([.. gradients, null, null, null]);
    }

    private static void Forward(Sizes size, Weights weights, Kept kept, Tensor angles,
        IReadOnlyList<DocumentSpan> spans, AttentionHeads heads, float epsilon, float* output)
    {
        var (d, j, f) = (size.Width, size.Joined, size.Inner);
        using var memory = AlignedMemory.Of(size.Numbers);
        float* joinedPanels = memory.Start, combinePanels = joinedPanels + ((long)d * j),
            gatePanels = combinePanels + ((long)d * heads.QueryWidth), downPanels = gatePanels + (2L * d * f);
        BlockedMatmul.PackAcross(Data(weights.Joined), joinedPanels, j, d);
        BlockedMatmul.PackAcross(Data(weights.Combine), combinePanels, d, heads.QueryWidth);
        BlockedMatmul.PackAcross(Data(weights.GateUp), gatePanels, 2 * f, d);
        BlockedMatmul.PackAcross(Data(weights.Down), downPanels, d, f);
        float* x = Data(kept.X), normal = Data(kept.Normal), roots = Data(kept.Roots), joined = Data(kept.Joined),
            attended = Data(kept.Attended), middle = Data(kept.Middle), fedNormal = Data(kept.FedNormal),
            fedRoots = Data(kept.FedRoots), gates = Data(kept.Gates), gated = Data(kept.Gated),
            scale = Data(weights.AttentionNorm), fedScale = Data(weights.FeedForwardNorm);
        size.Each((_, first, rows) =>
        {
            FusedNorm.Rows(x + (first * d), scale, normal + (first * d), roots + first, rows, d, epsilon);
            BlockedMatmul.Rows(normal + (first * d), joinedPanels, joined + (first * j), rows, d, j, j);
        });
        FusedAttention.Attend(joined, Data(angles), attended, Data(kept.LogSums), size.Tokens, spans, heads);
        size.Each((_, first, rows) =>
        {
            float* between = middle + (first * d), target = output + (first * d);
            Copy(x + (first * d), between, (long)rows * d);
            BlockedMatmul.Rows(attended + (first * heads.QueryWidth), combinePanels, between, rows,
                heads.QueryWidth, d, d, add: true);
            FusedNorm.Rows(between, fedScale, fedNormal + (first * d), fedRoots + first, rows, d, epsilon);
            BlockedMatmul.Rows(fedNormal + (first * d), gatePanels, gates + (2 * first * f), rows, d, 2 * f, 2 * f);
            FusedGate.Rows(gates + (2 * first * f), gated + (first * f), rows, f);
            Copy(between, target, (long)rows * d);
            BlockedMatmul.Rows(gated + (first * f), downPanels, target, rows, f, d, d, add: true);
        });
    }

    private static void Backward(Sizes size, Weights weights, Kept kept, Tensor angles,
        IReadOnlyList<DocumentSpan> spans, AttentionHeads heads, float* upstream, Tensor[] gradients)
    {
        var (d, j, f, q) = (size.Width, size.Joined, size.Inner, heads.QueryWidth);
        using var joinedGradients = zeros(size.Rows, j);
        using var gateGradients = empty(size.Rows, 2 * f);
        using var middleGradients = empty(size.Rows, d);
        using var attendedGradients = empty(size.Rows, q);
        using var memory = AlignedMemory.Of(size.Numbers + (2L * size.Chunks * d));
        float* joinedPanels = memory.Start, combinePanels = joinedPanels + ((long)d * j),
            gatePanels = combinePanels + ((long)d * q), downPanels = gatePanels + (2L * d * f),
            scaleGradients = downPanels + ((long)d * f), fedScaleGradients = scaleGradients
                + ((long)size.Chunks * d);
        new Span<float>(scaleGradients, 2 * size.Chunks * d).Clear();
        BlockedMatmul.Pack(Data(weights.Joined), joinedPanels, j, d, d);
        BlockedMatmul.Pack(Data(weights.Combine), combinePanels, d, q, q);
        BlockedMatmul.Pack(Data(weights.GateUp), gatePanels, 2 * f, d, d);
        BlockedMatmul.Pack(Data(weights.Down), downPanels, d, f, f);
        float* x = Data(kept.X), roots = Data(kept.Roots), middle = Data(kept.Middle),
            fedRoots = Data(kept.FedRoots), gates = Data(kept.Gates), scale = Data(weights.AttentionNorm),
            fedScale = Data(weights.FeedForwardNorm), toJoined = Data(joinedGradients),
            toGates = Data(gateGradients), toMiddle = Data(middleGradients), toAttended = Data(attendedGradients),
            toX = Data(gradients[0]);
        size.Each((chunk, first, rows) =>
        {
            using var between = AlignedMemory.Of((long)rows * Math.Max(f, d));
            BlockedMatmul.Rows(upstream + (first * d), downPanels, between.Start, rows, d, f, f);
            FusedGate.GradientRows(gates + (2 * first * f), between.Start, toGates + (2 * first * f), rows, f);
            BlockedMatmul.Rows(toGates + (2 * first * f), gatePanels, between.Start, rows, 2 * f, d, d);
            FusedNorm.GradientRows(middle + (first * d), fedScale, fedRoots + first, between.Start,
                upstream + (first * d), toMiddle + (first * d), fedScaleGradients + (chunk * d), rows, d);
            BlockedMatmul.Rows(toMiddle + (first * d), combinePanels, toAttended + (first * q), rows, d, q, q);
        });
        FusedAttention.Differentiate(Data(kept.Joined), Data(angles), toAttended, Data(kept.LogSums), toJoined,
            size.Tokens, spans, heads);
        size.Each((chunk, first, rows) =>
        {
            using var between = AlignedMemory.Of((long)rows * d);
            BlockedMatmul.Rows(toJoined + (first * j), joinedPanels, between.Start, rows, j, d, d);
            FusedNorm.GradientRows(x + (first * d), scale, roots + first, between.Start, toMiddle + (first * d),
                toX + (first * d), scaleGradients + (chunk * d), rows, d);
        });
        BlockedMatmul.WeightGradients(
            size.Rows,
            new(toJoined, Data(kept.Normal), Data(gradients[2]), j, d),
            new(toMiddle, Data(kept.Attended), Data(gradients[3]), d, q),
            new(toGates, Data(kept.FedNormal), Data(gradients[5]), 2 * f, d),
            new(upstream, Data(kept.Gated), Data(gradients[6]), d, f));
        Sum(scaleGradients, Data(gradients[1]), size.Chunks, d);
        Sum(fedScaleGradients, Data(gradients[4]), size.Chunks, d);
    }

    private static float* Data(Tensor tensor) => (float*)NativeData.Of(tensor);

    private static void Copy(float* from, float* to, long numbers) =>
        Buffer.MemoryCopy(from, to, numbers * sizeof(float), numbers * sizeof(float));

    // In the order of the chunks.
    private static void Sum(float* parts, float* total, int count, int width)
    {
        for (var part = 0; part < count; part++, parts += width)
        {
            for (var i = 0; i < width; i++)
            {
                total[i] += parts[i];
            }
        }
    }

    /// <summary>The weights of a layer.</summary>
    internal sealed record Weights(IReadOnlyList<Tensor> Values)
    {
        public const int Count = 6;

        public Tensor AttentionNorm => Values[0];   // [D]

        public Tensor Joined => Values[1];          // [J, D]

        public Tensor Combine => Values[2];         // [D, H * C]

        public Tensor FeedForwardNorm => Values[3]; // [D]

        public Tensor GateUp => Values[4];          // [2F, D]

        public Tensor Down => Values[5];            // [D, F]

        public IEnumerable<Tensor> Matrices => Values.Where(weight => weight.dim() == 2);
    }

    // What the gradient needs of the pass, in the order of the constructor.
    private sealed class Kept(params IReadOnlyList<Tensor> all)
    {
        public const int Count = 11;

        public IEnumerable<Tensor> All => all;

        public Tensor X => all[0];          // [B, T, D]

        public Tensor Normal => all[1];     // [N, D]

        public Tensor Roots => all[2];      // [N]

        public Tensor Joined => all[3];     // [N, J]

        public Tensor Attended => all[4];   // [N, H * C]

        public Tensor LogSums => all[5];    // [N, H]

        public Tensor Middle => all[6];     // [N, D]

        public Tensor FedNormal => all[7];  // [N, D]

        public Tensor FedRoots => all[8];   // [N]

        public Tensor Gates => all[9];      // [N, 2F]

        public Tensor Gated => all[10];     // [N, F]
    }

    private readonly struct Sizes(Tensor x, Weights weights)
    {
        public int Rows { get; } = (int)(x.shape[0] * x.shape[1]);

        public long Tokens { get; } = x.shape[1];

        public int Width { get; } = (int)x.shape[2];

        public int Joined { get; } = (int)weights.Joined.shape[0];

        public int Inner { get; } = (int)weights.Down.shape[1];

        /// <summary>Numbers of all matrices.</summary>
        public long Numbers { get; } = weights.Matrices.Sum(matrix => matrix.numel());

        public int Chunks => (Rows + BlockedMatmul.RowsTogether(Rows) - 1) / BlockedMatmul.RowsTogether(Rows);

        /// <summary>Calls the body with a chunk's number, its first row and its rows.</summary>
        public void Each(Action<int, long, int> body)
        {
            var (rows, together) = (Rows, BlockedMatmul.RowsTogether(Rows));
            Parallelism.Each(Chunks, chunk => body(chunk, (long)chunk * together,
                Math.Min(together, rows - (chunk * together))));
        }
    }
}
