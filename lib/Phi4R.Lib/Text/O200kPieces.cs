using Kind = Phi4R.Text.CharacterKind;

namespace Phi4R.Text;

/// <summary>
/// The pattern of o200k_base as a scanner: where each piece of a text ends. No token crosses the end of a piece.
/// </summary>
/// <remarks>
/// Written by hand because a UTF-16 pattern cannot tell a letter outside the basic plane from a sign, and because each
/// of its steps back is bounded here: a text is read at most twice. Source: the pattern of o200k_base in the tiktoken
/// package, quoted at each step below.
/// </remarks>
internal static class O200kPieces
{
    /// <summary>The end of the piece that starts at a byte.</summary>
    /// <param name="text">Valid UTF-8, longer than <paramref name="start"/>.</param>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        var kind = CharacterKinds.At(text, start, out var length);
        switch (kind)
        {
            case Kind.Upper or Kind.Lower or Kind.Letter:
                return Contraction(text, Word(text, start, out _));
            case Kind.Mark:
                // [^\r\n\p{L}\p{N}]? takes the mark if a word with a second half follows; else the mark is a word of
                // its own.
                var rest = Word(text, start + length, out var whole);
                return Contraction(text, whole ? rest : start + length);
            case Kind.Number:
                return Numbers(text, start + length);
            case Kind.Other or Kind.White:
                var word = Word(text, start + length, out _);
                if (word > start + length)
                {
                    return Contraction(text, word);
                }

                break;
        }

        if (kind == Kind.Other)
        {
            return Signs(text, start + length);
        }

        // " ?[^\s\p{L}\p{N}]+": one space goes with the signs that follow it.
        return text[start] == ' ' && start + 1 < text.Length
            && CharacterKinds.At(text, start + 1, out var sign) == Kind.Other
            ? Signs(text, start + 1 + sign)
            : Space(text, start);
    }

    // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ ("whole"), else [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+; its
    // start where neither is there.
    private static int Word(ReadOnlySpan<byte> text, int start, out bool whole)
    {
        var (at, both) = (start, -1);
        while (at < text.Length)
        {
            var kind = CharacterKinds.At(text, at, out var length);
            if (kind == Kind.Lower)
            {
                whole = true;
                return SecondHalf(text, at + length);
            }

            if (kind is not (Kind.Upper or Kind.Letter or Kind.Mark))
            {
                break;
            }

            at += length;
            both = kind == Kind.Upper ? both : at;
        }

        // The second half needs one character at least: the first half gives back up to the last that both may hold.
        whole = both >= 0;
        return whole ? both : at;
    }

    private static int SecondHalf(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && CharacterKinds.At(text, at, out var length) is Kind.Lower or Kind.Letter
            or Kind.Mark)
        {
            at += length;
        }

        return at;
    }

    // (?i:'s|'t|'re|'ve|'m|'ll|'d)? after a word; the long s is an s in another case.
    private static int Contraction(ReadOnlySpan<byte> text, int at)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
        {
            return at;
        }

        var second = at + 2 < text.Length ? text[at + 2] | 0x20 : 0;
        return (text[at + 1] | 0x20, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => at + 2,
            ('r' or 'v', 'e') or ('l', 'l') => at + 3,
            _ => text[(at + 1)..].StartsWith("\u017F"u8) ? at + 3 : at,
        };
    }

    // \p{N}{1,3}
    private static int Numbers(ReadOnlySpan<byte> text, int at)
    {
        for (var count = 1; count < 3 && at < text.Length
            && CharacterKinds.At(text, at, out var length) == Kind.Number; count++)
        {
            at += length;
        }

        return at;
    }

    // [^\s\p{L}\p{N}]*[\r\n/]*
    private static int Signs(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && CharacterKinds.At(text, at, out var length) is Kind.Other or Kind.Mark)
        {
            at += length;
        }

        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/')
        {
            at++;
        }

        return at;
    }

    // \s*[\r\n]+|\s+(?!\S)|\s+: up to the last end of a line; else all but the last space before something; else that
    // one.
    private static int Space(ReadOnlySpan<byte> text, int start)
    {
        var (at, last, line) = (start, start, -1);
        while (at < text.Length && CharacterKinds.At(text, at, out var length) is var kind
            && kind is Kind.White or Kind.LineEnd)
        {
            last = at;
            at += length;
            line = kind == Kind.LineEnd ? at : line;
        }

        return line >= 0 ? line : at == text.Length || last == start ? at : last;
    }
}
