namespace Phi4R.Text;

/// <summary>
/// Bytes as printable letters, the way in which tokenizer files of the Hugging Face layout write tokens.
/// </summary>
/// <remarks>
/// Source: bytes_to_unicode in OpenAI's gpt-2: printable Latin-1 stands for itself, the rest for the letters from
/// U+0100 on, in order.
/// </remarks>
internal static class ByteLevel
{
    private static readonly string Letters = Build();

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            text[i] = Letters[bytes[i]];
        }

        return new string(text);
    }

    private static string Build()
    {
        var next = 0x100;
        return string.Concat(Enumerable.Range(0, 0x100)
            .Select(value => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE
                ? (char)value
                : (char)next++));
    }
}
