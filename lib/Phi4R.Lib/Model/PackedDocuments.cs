// B batch, T tokens, R rotated channels.
using Phi4R.Kernels;

namespace Phi4R.Model;

/// <summary>Documents of packed rows.</summary>
/// <param name="Spans">Where each lies.</param>
/// <param name="Angles">[positions, 2R] cosines, then sines.</param>
internal sealed record PackedDocuments(IReadOnlyList<DocumentSpan> Spans, Tensor Angles)
{
    /// <summary>
    /// Whether each row is one document, padded at its right: causality alone then keeps documents apart.
    /// </summary>
    public bool OneEachRow { get; } = Spans.All(span => span.Start == 0);
}
