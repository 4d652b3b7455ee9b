// B batch, T tokens, R rotated channels.

namespace Phi4R.Model;

/// <summary>What all blocks of one forward pass share.</summary>
/// <param name="Cosines">[B, T, 1, R].</param>
/// <param name="Sines">[B, T, 1, R].</param>
/// <param name="Mask">
/// [B, 1, T, T], true where a token may look, or null where the documents' places say it, or each may look at all
/// before it.
/// </param>
/// <param name="Cache">
/// Where keys and values of earlier tokens lie, or null when the pass holds whole sequences.
/// </param>
/// <param name="Packed">
/// The documents and the table of angles, where attention is to run within documents; there is no mask then.
/// </param>
/// <param name="ActivationCheckpointEvery">As in <see cref="MemoryConfig"/>.</param>
internal sealed record ForwardContext(Tensor Cosines, Tensor Sines, Tensor? Mask, CacheRows? Cache = null,
    PackedDocuments? Packed = null, int ActivationCheckpointEvery = 0);
