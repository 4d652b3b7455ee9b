// B batch, T tokens, D width, H query heads, K key/value heads, C channels per head, R rotated channels.
using Phi4R.Kernels;
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>Causal self-attention in which H query heads share K key/value heads.</summary>
/// <remarks>
/// Source: Ainslie et al. 2023, arXiv 2305.13245. Rows of the joined projection: queries, then keys, then values.
/// </remarks>
internal sealed class Attention : nn.Module<Tensor, ForwardContext, Tensor>
{
    private readonly ModelConfig _config;
    private readonly int _layer;

    [ComponentName(Name = "qkv_proj")]
    private readonly Projection _project;

    [ComponentName(Name = "o_proj")]
    private readonly Projection _combine;

    public Attention(ModelConfig config, int layer, Device device, ScalarType dtype)
        : base(nameof(Attention))
    {
        (_config, _layer) = (config, layer);
        _project = new Projection(config.Width, config.JoinedHeadsWidth, device, dtype);
        _combine = new Projection(config.Width, config.Width, device, dtype);
        RegisterComponents();
    }

    /// <summary>[(H + 2K) * C, D], then [D, H * C].</summary>
    public IEnumerable<Tensor> Weights => [_project.Weight, _combine.Weight];

    /// <summary>As in <see cref="Projection"/>, of both matrices.</summary>
    public bool IsPlain => _project.IsPlain && _combine.IsPlain;

    /// <param name="x">[B, T, D].</param>
    /// <param name="pass">Positions and what may look at what.</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor x, ForwardContext pass)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var (h, k, c) = (_config.QueryHeads, _config.KeyValueHeads, _config.HeadWidth);

        var projected = _project.call(x);  // [B, T, (H + 2K) * C]
        if (pass.Packed is { } packed && FusedAttention.Applies(projected, _config.Heads))
        {
            return _combine.call(FusedAttention.Of(projected, packed.Angles, packed.Spans, _config.Heads));
        }

        var heads = projected.view(batch, tokens, h + (2 * k), c);                                // [B, T, H + 2K, C]
        var turned = RotaryEmbedding.Rotate(heads.narrow(2, 0, h + k), pass.Cosines, pass.Sines);  // [B, T, H + K, C]
        var queries = turned.narrow(2, 0, h).transpose(1, 2);                                            // [B, H, T, C]
        var keys = turned.narrow(2, h, k).transpose(1, 2);                                               // [B, K, T, C]
        var values = heads.narrow(2, h + k, k).transpose(1, 2);                                          // [B, K, T, C]

        if (pass.Cache is { } rows)
        {
            (keys, values) = rows.Cache.Extend(_layer, rows, keys, values);                              // [B, K, S, C]
        }

        var mixed = pass is { Packed: { OneEachRow: false, Spans: var spans }, Cache: null }
            ? WithinDocuments(queries, keys, values, spans)
            : pass is { Cache: not null, Mask: { } mask } && tokens == 1 && x.device_type != DeviceType.CPU
                ? Aten.SingleQueryAttention(queries, keys, values, mask)
                : Aten.GroupedAttention(queries, keys, values, pass.Mask);                               // [B, H, T, C]
        var joined = mixed.transpose(1, 2).reshape(batch, tokens, h * c);                                // [B, T, D]
        return _combine.call(joined);
    }

    /// <summary>
    /// Causal attention of one document after the other: without a mask, which at 16,384 tokens would take 268 MB and
    /// shut out libtorch's flash kernels.
    /// </summary>
    /// <param name="queries">[B, H, T, C].</param>
    /// <param name="keys">[B, K, T, C].</param>
    /// <param name="values">[B, K, T, C].</param>
    /// <param name="spans">The documents; tokens outside of them give and get nothing.</param>
    /// <returns>[B, H, T, C].</returns>
    private static Tensor WithinDocuments(Tensor queries, Tensor keys, Tensor values, IReadOnlyList<DocumentSpan> spans)
    {
        var (h, tokens, c) = (queries.shape[1], queries.shape[2], queries.shape[3]);
        var byRow = spans.Where(span => span.Length > 0).ToLookup(span => span.Row);
        var rows = queries.split(1).Zip(keys.split(1), values.split(1)).Select((heads, row) =>
        {
            var parts = Parts(byRow[row], tokens);
            long[] lengths = [.. parts.Select(part => part.Length)];
            // [1, H or K, n, C] each
            var (q, k, v) = (heads.First.split(lengths, 2), heads.Second.split(lengths, 2),
                heads.Third.split(lengths, 2));
            return cat([.. parts.Select((part, i) => part.Filling
                ? zeros([1, h, part.Length, c], queries.dtype, queries.device)
                : Aten.GroupedAttention(q[i], k[i], v[i], mask: null))], 2);                             // [1, H, T, C]
        });
        return cat([.. rows], 0);
    }

    // A row's documents and what lies between them, without a gap. Splitting by these costs the gradient one copy of
    // the row; a narrow view of each document would cost one each.
    private static List<(long Length, bool Filling)> Parts(IEnumerable<DocumentSpan> spans, long tokens)
    {
        List<(long Length, bool Filling)> parts = [];
        var at = 0L;
        foreach (var span in spans.OrderBy(span => span.Start))
        {
            Fill(span.Start);
            parts.Add((span.Length, false));
            at = span.Start + span.Length;
        }

        Fill(tokens);
        return parts;

        void Fill(long end)
        {
            if (end > at)
            {
                parts.Add((end - at, true));
            }
        }
    }
}
