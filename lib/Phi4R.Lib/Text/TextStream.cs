using System.Text;

namespace Phi4R.Text;

/// <summary>
/// Decodes tokens as they come; the bytes of a character that is split between tokens are held back until it is whole.
/// </summary>
/// <remarks>
/// All that <see cref="Add"/> and <see cref="End"/> return, put together, is <see cref="ITokenizer.Decode"/> of all
/// ids.
/// </remarks>
public sealed class TextStream(ITokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int? _previous;

    /// <summary>Takes the next token.</summary>
    /// <returns>The text that is certain now; empty while a character is not whole.</returns>
    /// <exception cref="ArgumentException">The id is not within the vocabulary.</exception>
    public string Add(int id)
    {
        var bytes = tokenizer.Bytes(id, _previous);
        _previous = id;
        return Decoded(bytes, flush: false);
    }

    /// <summary>Ends the text and starts another.</summary>
    /// <returns>What was held back: the sign for a damaged character, or nothing.</returns>
    public string End()
    {
        _previous = null;
        return Decoded([], flush: true);
    }

    private string Decoded(byte[] bytes, bool flush)
    {
        Span<char> text = stackalloc char[bytes.Length + 4];
        return new string(text[.._decoder.GetChars(bytes, text, flush)]);
    }
}
