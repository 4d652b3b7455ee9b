using System.Text;

namespace Phi4R.Text;

/// <summary>Text to token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>V: ids are 0 to V - 1; rows that a model pads its vocabulary with are counted.</summary>
    int VocabularySize { get; }

    /// <summary>The id that separates documents and fills rows.</summary>
    int EndOfText { get; }

    /// <summary>Ids after which an answer is over.</summary>
    IReadOnlyList<int> StopIds { get; }

    /// <summary>
    /// What the system turn of every conversation says, as the chat template of a checkpoint has it; null for no system
    /// turn.
    /// </summary>
    string? System => null;

    /// <summary>Token ids of a text.</summary>
    /// <param name="special">
    /// Whether the text of a control token, such as &lt;|end|&gt;, becomes that token; on for templates, never for what
    /// a user wrote.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The text holds something that this vocabulary cannot write; the message quotes it.
    /// </exception>
    int[] Encode(string text, bool special = false);

    /// <summary>The text of token ids, control tokens included.</summary>
    /// <exception cref="ArgumentException">
    /// An id is not within the vocabulary; the message names it and its place.
    /// </exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The UTF-8 bytes that a token adds to a text; a character may be split between tokens.</summary>
    /// <param name="id">The token.</param>
    /// <param name="previous">The token before it; null where the text starts.</param>
    /// <exception cref="ArgumentException">An id is not within the vocabulary.</exception>
    byte[] Bytes(int id, int? previous = null) =>
        Encoding.UTF8.GetBytes(previous is { } before ? Decode([before, id])[Decode([before]).Length..] : Decode([id]));
}
