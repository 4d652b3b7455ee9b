namespace Phi4R.Kernels;

/// <summary>Where one document lies in a batch of rows.</summary>
/// <param name="Row">The row.</param>
/// <param name="Start">Its first token's place in the row; its position is 0.</param>
/// <param name="Length">Tokens.</param>
public readonly record struct DocumentSpan(int Row, int Start, int Length);
