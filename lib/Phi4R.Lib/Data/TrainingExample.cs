namespace Phi4R.Data;

/// <summary>One training document: tokens, and from where on they are learned.</summary>
/// <param name="Id">The problem's id, for messages.</param>
/// <param name="Tokens">Ids, the end token included.</param>
/// <param name="LossStart">
/// Index of the first token in the loss: 0 to learn all (the first has nothing before it and is never predicted), the
/// prompt's length to learn the answer only.
/// </param>
public sealed record TrainingExample(string Id, int[] Tokens, int LossStart)
{
    /// <summary>Tokens in the loss.</summary>
    public int LossTokens => Tokens.Length - Math.Max(1, LossStart);
}
