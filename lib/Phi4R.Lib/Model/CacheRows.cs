// B sequences of this pass, T tokens of each, K key/value heads, C channels per head, P pages of the longest sequence,
// S = P * places.
namespace Phi4R.Model;

/// <summary>Where the tokens of a cached pass belong.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Positions">[B, T] in their sequences.</param>
/// <param name="Last">The largest of them.</param>
/// <param name="Pages">[B * T] the page of each token.</param>
/// <param name="Within">[B * T] its place in the page.</param>
/// <param name="Table">[B, P] the pages of each sequence in order; any page after its last.</param>
internal sealed record CacheRows(
    KeyValueCache Cache, Tensor Positions, long Last, Tensor Pages, Tensor Within, Tensor Table);
