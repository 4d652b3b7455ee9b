namespace Phi4R.Notebooks.Pages;

/// <summary>
/// Letters of the mathematical alphabets, from Unicode's block U+1D400 and the older letters that it leaves out.
/// </summary>
internal static class MathLetters
{
    private static readonly Dictionary<(string, char), string> Older = new()
    {
        [("script", 'B')] = "ℬ",
        [("script", 'E')] = "ℰ",
        [("script", 'F')] = "ℱ",
        [("script", 'H')] = "ℋ",
        [("script", 'I')] = "ℐ",
        [("script", 'L')] = "ℒ",
        [("script", 'M')] = "ℳ",
        [("script", 'R')] = "ℛ",
        [("script", 'e')] = "ℯ",
        [("script", 'g')] = "ℊ",
        [("script", 'o')] = "ℴ",
        [("double-struck", 'C')] = "ℂ",
        [("double-struck", 'H')] = "ℍ",
        [("double-struck", 'N')] = "ℕ",
        [("double-struck", 'P')] = "ℙ",
        [("double-struck", 'Q')] = "ℚ",
        [("double-struck", 'R')] = "ℝ",
        [("double-struck", 'Z')] = "ℤ",
        [("fraktur", 'C')] = "ℭ",
        [("fraktur", 'H')] = "ℌ",
        [("fraktur", 'I')] = "ℑ",
        [("fraktur", 'R')] = "ℜ",
        [("fraktur", 'Z')] = "ℨ",
    };

    private static readonly Dictionary<string, (int Letters, int? Digits)> Starts = new()
    {
        ["bold"] = (0x1D400, 0x1D7CE),
        ["bold-italic"] = (0x1D468, null),
        ["script"] = (0x1D49C, null),
        ["fraktur"] = (0x1D504, null),
        ["double-struck"] = (0x1D538, 0x1D7D8),
        ["sans-serif"] = (0x1D5A0, 0x1D7E2),
        ["monospace"] = (0x1D670, 0x1D7F6),
    };

    /// <summary>The letter in an alphabet; the letter itself where the alphabet has none.</summary>
    public static string Of(char letter, string alphabet)
    {
        if (Older.TryGetValue((alphabet, letter), out var older))
        {
            return older;
        }

        var (letters, digits) = Starts[alphabet];
        return char.IsAsciiLetterUpper(letter) ? char.ConvertFromUtf32(letters + letter - 'A')
            : char.IsAsciiLetterLower(letter) ? char.ConvertFromUtf32(letters + 26 + letter - 'a')
            : char.IsAsciiDigit(letter) && digits is { } start ? char.ConvertFromUtf32(start + letter - '0')
            : System.Net.WebUtility.HtmlEncode(letter.ToString());
    }
}
