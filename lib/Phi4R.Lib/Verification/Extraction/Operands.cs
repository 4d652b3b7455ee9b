using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Boxes whose formula goes on with what cannot be a blank to fill in: "-\boxed{5}", "\boxed{5}\times 10^3",
/// "\boxed{x^2}+C".
/// </summary>
internal static partial class Operands
{
    private const int Reach = 80;

    /// <summary>
    /// The side of the formula that a box is a piece of, and where it ends; null where the box is a whole side.
    /// </summary>
    public static (string Side, int End)? Side(string text, int start, int end, string inside)
    {
        if (Formulas.Around(text, start) is not { } span || span.End < end)
        {
            return null;
        }

        var before = LeftEdge().Split(text[Math.Max(span.Start, start - Reach)..start])[^1];
        var tail = text[end..Math.Min(span.End, end + Reach)];
        tail = RightEdge().Match(tail) is { Success: true } edge ? tail[..edge.Index] : tail;
        return Sign().IsMatch(before) && GoesOn().IsMatch(tail) && (before + tail).Trim().Length > 0
            ? ($"{before}{(Simple().IsMatch(inside) ? inside : $"({inside})")}{tail}", end + tail.Length)
            : null;
    }

    [GeneratedRegex(@"\A\s*(?:[-−]|\\pm)?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sign();

    [GeneratedRegex(@"\A(?:\s|\\[,;! ]|~)*(?:\\(?:times|cdot)\s*10\^(?:[0-9]|\{-?[0-9]{1,3}\})|\+\s*C)?\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex GoesOn();

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
