namespace Phi4R.Native;

/// <summary>A model computed logits that are not finite, so it gives no distribution of the next token.</summary>
public sealed class NotFiniteException(string message) : InvalidOperationException(message)
{
    /// <summary>The exception for a sequence of tokens.</summary>
    /// <param name="tokens">Tokens of the prompt and of the answer so far.</param>
    public static NotFiniteException AfterTokens(int tokens) => new(
        $"The model's logits after {tokens} token{(tokens == 1 ? "" : "s")} are not finite: "
        + "its weights hold NaN or infinity, or its sums overflow. "
        + "The fault is the model's, not the request's; load weights that are whole.");
}
