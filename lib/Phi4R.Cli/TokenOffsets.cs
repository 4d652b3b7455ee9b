using System.Buffers;
using System.Text;

namespace Phi4R.Cli;

/// <summary>Where each token of a text begins, in characters of Unicode (code points), as Python counts them.</summary>
/// <remarks>A token that goes on with a character that another began has the place of that character.</remarks>
internal sealed class TokenOffsets
{
    private byte[] _open = []; // The beginning of a character that is not whole yet.
    private int _characters;

    /// <summary>Takes the next token.</summary>
    /// <param name="bytes">
    /// What it adds to the text, in UTF-8; damaged bytes count as the replacement characters that stand for them.
    /// </param>
    /// <returns>Characters before it.</returns>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return _characters;
        }

        if (_open.Length > 0 && Rune.DecodeFromUtf8([.. _open, bytes[0]], out _, out _) == OperationStatus.InvalidData)
        {
            _open = [];
            _characters++;
        }

        var offset = _characters;
        ReadOnlySpan<byte> left = [.. _open, .. bytes];
        while (!left.IsEmpty && Rune.DecodeFromUtf8(left, out _, out var length) != OperationStatus.NeedMoreData)
        {
            left = left[length..];
            _characters++;
        }

        _open = left.ToArray();
        return offset;
    }
}
