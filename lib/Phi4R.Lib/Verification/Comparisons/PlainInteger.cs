using System.Buffers;
using System.Globalization;
using Phi4R.Verification.Extraction;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// The short way for one last box with a whole number in it; agrees with the long way, which the tests check.
/// </summary>
internal static class PlainInteger
{
    private const string Box = "\\boxed{";

    // Behind the box only these: any word, sign or number may make it another answer.
    private static readonly SearchValues<char> Endings = SearchValues.Create(" \t\r\n$.,)]\\*_");

    /// <summary>The verdict, or null where the long way must look.</summary>
    public static Verdict? Grade(string response, string gold)
    {
        if (!TryRead(gold, out var expected))
        {
            return null;
        }

        if (response.Length > AnswerExtraction.Reach)
        {
            return null;
        }

        var end = response.LastIndexOf(AnswerExtraction.ThinkEnd, StringComparison.Ordinal);
        var text = end < 0 ? response.AsSpan() : response.AsSpan(end + AnswerExtraction.ThinkEnd.Length);
        var start = text.LastIndexOf(Box, StringComparison.Ordinal);
        if (start < 0 || text.Contains("<|", StringComparison.Ordinal)
            || text.Contains("<think", StringComparison.Ordinal))
        {
            return null;
        }

        var inside = text[(start + Box.Length)..];
        var close = inside.IndexOf('}');
        if (close < 0 || !TryRead(inside[..close], out var answer)
            || text[..start].Contains("box", StringComparison.Ordinal)
            || inside[close..].Contains("box", StringComparison.Ordinal)
            || inside[(close + 1)..].ContainsAnyExcept(Endings)
            || text[..start].TrimEnd(" \n\r\t,;!\\") is var before
                && (before is [.., '+' or '-' or '*' or '/' or '−'] || before.EndsWith("cdot")
                    || before.EndsWith("times") || before.EndsWith("pm") || before.EndsWith("div")))
        {
            return null;
        }

        return new Verdict(
            answer == expected ? Outcome.Correct : Outcome.Incorrect,
            inside[..close].ToString(),
            answer == expected
                ? "The last box holds the same whole number."
                : "The last box holds another whole number.");
    }

    private static bool TryRead(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= 18
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && text[0] != '+' && text[^1] is >= '0' and <= '9';
    }
}
