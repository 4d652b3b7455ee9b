using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Boxes that are only a piece of their formula: "\boxed{5}\times 10^3", "\boxed{x^2}+C", "1-\boxed{2}\cdot 3".
/// </summary>
internal static partial class Operands
{
    private const int Reach = 80;

    /// <summary>
    /// The side of the formula that a box is a piece of, and where it ends; null where the box is a whole side.
    /// </summary>
    public static (string Side, int End)? Side(string text, int start, int end, string inside)
    {
        var before = text[Math.Max(0, start - Reach)..start];
        var behind = text[end..Math.Min(text.Length, end + Reach)];
        if (!(EndsInOperator().IsMatch(before) || OpensWithOperator().IsMatch(behind))
            || Formulas.Around(text, start) is not { } span || span.End < end)
        {
            return null;
        }

        before = LeftEdge().Split(text[Math.Max(span.Start, start - Reach)..start])[^1];
        var tail = text[end..Math.Min(span.End, end + Reach)];
        tail = RightEdge().Match(tail) is { Success: true } edge ? tail[..edge.Index] : tail;

        // Only what cannot be a blank to fill in: a sign before the box, a power of ten or a constant behind it.
        return Sign().IsMatch(before) && GoesOn().IsMatch(tail) && (before + tail).Trim().Length > 0
            ? ($"{before}{(Simple().IsMatch(inside) ? inside : $"({inside})")}{tail}", end + tail.Length)
            : null;
    }

    [GeneratedRegex(@"\A\s*(?:[-−]|\\pm)?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sign();

    [GeneratedRegex(@"\A(?:\s|\\[,;! ]|~)*(?:\\(?:times|cdot)\s*10\^(?:[0-9]|\{-?[0-9]{1,3}\})|\+\s*C)?\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex GoesOn();

    [GeneratedRegex(@"(?:[-+*/−]|\\(?:cdot|times|pm|div)(?![A-Za-z]))(?:\s|\\[,;!])*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex EndsInOperator();

    // A number with its power of ten, a root or a constant behind the box, or a sum that goes on.
    [GeneratedRegex(@"\A(?:\s|\\[,;! ]|~)*(?:[-+*/−]|\\(?:cdot|times|div|pi|sqrt|pm|ln|log|e\^)(?![A-Za-z])"
        + @"|e\^|[a-z](?:\^(?:[0-9]|\{[0-9a-z]\}))?\s*(?:\$|\\[)\]]))", RegexOptions.CultureInvariant)]
    private static partial Regex OpensWithOperator();

    [GeneratedRegex(@"[=<>≤≥≈,;:&$]|\\(?:approx|sim|le|leq|ge|geq|equiv|implies|iff|to|[Rr]ightarrow|Longrightarrow"
        + @"|quad|qquad|therefore|text|textbf|mathrm|hspace)(?![A-Za-z])|\\\\", RegexOptions.CultureInvariant)]
    private static partial Regex LeftEdge();

    [GeneratedRegex(@"[=<>≤≥≈,;:&$]|(?:\s|\\[,;!])*\\(?:approx|sim|le|leq|ge|geq|equiv|implies|iff|to"
        + @"|[Rr]ightarrow|Longrightarrow|quad|qquad|text|textbf|textrm|mathrm|hspace|blacksquare|square|Box|checkmark"
        + @"|tag|ldots|dots)(?![A-Za-z])|\\\\|\.\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RightEdge();

    [GeneratedRegex(@"\A\s*(?:[0-9.]+|[a-z])\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Simple();
}
