using System.Globalization;
using System.Runtime.CompilerServices;

namespace Phi4R.Text;

/// <summary>Kinds of the characters of UTF-8 text.</summary>
internal static class CharacterKinds
{
    private const int FirstAstral = 0x10000;

    private static readonly CharacterKind[] Plane = [.. Enumerable.Range(0, FirstAstral).Select(Compute)];

    /// <summary>
    /// The kind of the character that starts at a byte, and its length in bytes. The text must be valid UTF-8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterKind At(ReadOnlySpan<byte> text, int start, out int length)
    {
        var first = text[start];
        if (first < 0x80)
        {
            length = 1;
            return Plane[first];
        }

        return Longer(text, start, out length);
    }

    private static CharacterKind Longer(ReadOnlySpan<byte> text, int start, out int length)
    {
        var first = text[start];
        if (first < 0xE0)
        {
            length = 2;
            return Plane[((first & 0x1F) << 6) | (text[start + 1] & 0x3F)];
        }

        if (first < 0xF0)
        {
            length = 3;
            return Plane[((first & 0x0F) << 12) | ((text[start + 1] & 0x3F) << 6) | (text[start + 2] & 0x3F)];
        }

        length = 4;
        return Compute(((first & 0x07) << 18) | ((text[start + 1] & 0x3F) << 12) | ((text[start + 2] & 0x3F) << 6)
            | (text[start + 3] & 0x3F));
    }

    private static CharacterKind Compute(int codePoint) => codePoint switch
    {
        '\r' or '\n' => CharacterKind.LineEnd,
        < FirstAstral when char.IsWhiteSpace((char)codePoint) => CharacterKind.White,
        _ => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterKind.Upper,
            UnicodeCategory.LowercaseLetter => CharacterKind.Lower,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                CharacterKind.Mark,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                CharacterKind.Number,
            _ => CharacterKind.Other,
        },
    };
}
