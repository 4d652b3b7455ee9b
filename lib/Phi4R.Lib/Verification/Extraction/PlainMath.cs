using System.Buffers;
using System.Text.RegularExpressions;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Mathematics that stands in running text without delimiters: "the range is [0, ∞)", "x &lt; 2 or x > 5", "2x + 1".
/// </summary>
internal static partial class PlainMath
{
    private const int Reach = 3000;
    private const int JointReach = 12;

    private static readonly SearchValues<char> Relations = SearchValues.Create("=<>≤≥≠");

    private static readonly SearchValues<char> Sayings = SearchValues.Create("=∞π²³⁴⁵⁶⁷⁸⁹¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞");

    /// <summary>One stretch of it, with its place in the text.</summary>
    public readonly record struct Run(string Text, int Start, int End);

    /// <summary>
    /// The last of it that a text states; null where there is none, an empty one where the last is denied or doubted.
    /// </summary>
    public static Run? Last(string text)
    {
        var cut = Math.Max(0, text.Length - Reach);
        var runs = Joined(Runs(text, cut), text);
        for (var i = runs.Count - 1; i >= 0; i--)
        {
            var sentence = Hedges.Sentence(text, runs[i].Start, runs[i].End);
            if (runs.Take(i).Any(run => run.Start >= sentence.Start && Hedges.IsAside(text[run.End..runs[i].Start])))
            {
                continue; // "36, since 7 is prime", "36 and not 35"
            }

            return Hedges.Weaken(text, runs[i].Start, runs[i].End)
                ? new Run("", runs[i].Start, runs[i].End)
                : InUnits(text, runs, i);
        }

        return null;
    }

    // A run with its unit, and with the larger unit before it: "5 feet 4 inches".
    private static Run InUnits(string text, List<Run> runs, int at)
    {
        var run = runs[at] with { Text = runs[at].Text + UnitBehind(text, runs[at]) };
        if (at == 0 || run.Text.Length == runs[at].Text.Length || !runs[at].Text.All(IsOfNumber))
        {
            return run;
        }

        var larger = runs[at - 1];
        return larger.Text.All(char.IsAsciiDigit)
            && Larger().Match(text[larger.End..run.Start]) is { Success: true } between
            && Unit.Find(between.Groups["unit"].Value) is { } unit
            && UnitWords().Match(text, run.End) is { Success: true } own
            && Unit.Find(own.Groups["unit"].Value) is { } smaller
            && unit.Kind == smaller.Kind && unit.Scale.CompareTo(smaller.Scale) > 0
            ? new Run($"{larger.Text}\\text{{ {between.Groups["unit"].Value}}} {run.Text}", larger.Start, run.End)
            : run;
    }

    private static bool IsOfNumber(char sign) => char.IsAsciiDigit(sign) || sign == '.';

    [GeneratedRegex(@"\A\s?(?<unit>[A-Za-z]+)(?:\s|,\s|\sand\s)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Larger();

    // Stretches of numbers, letters of variables, signs and brackets, each from a first atom to its last.
    private static List<Run> Runs(string text, int from)
    {
        List<Run> runs = [];
        List<int> open = []; // where the brackets stand that are not closed
        var (start, end, atom) = (-1, -1, '\0'); // of the current run; what its last piece is

        void Close()
        {
            if (start >= 0 && open.Count > 0)
            {
                start = open[^1] + 1; // "(3 of them": what stands behind the open bracket
            }

            if (start >= 0 && end > start && text[start..end].Trim() is { Length: > 0 } bare && IsSaying(bare))
            {
                runs.Add(new Run(bare, start, end));
            }

            open.Clear();
            (start, end, atom) = (-1, -1, '\0');
        }

        for (var i = from; i < text.Length;)
        {
            var piece = Piece().Match(text, i);
            if (!piece.Success)
            {
                Close();
                i++;
                continue;
            }

            var kind = piece.Groups["space"].Success ? ' '
                : piece.Groups["number"].Success ? '1'
                : piece.Groups["letter"].Success ? 'x'
                : piece.Groups["open"].Success ? '('
                : piece.Groups["close"].Success ? ')'
                : piece.Groups["mark"].Success ? '%'
                : piece.Groups["comma"].Success ? ','
                : piece.Groups["sign"].Success ? '+'
                : 'w';
            var next = i + piece.Length;
            var spaced = end >= 0 && i > end;
            var apart = (kind is '1' && atom is '1' or 'x' && (spaced || atom is '1') && !IsMixed(text, i))
                || (kind is '(' && spaced && atom is '1' or 'x' or ')')
                || (kind is 'x' && spaced && atom is not ('+' or '(' or ',' or '\0') && !IsFunction(piece));
            var outside = open.Count == 0
                && (kind is ')'
                    || (kind is ',' && !(text[i] == ',' && next < text.Length && char.IsAsciiDigit(text[next]))));
            if (kind == 'w' || outside || apart)
            {
                Close();
                if (!apart)
                {
                    i = next;
                    continue;
                }
            }

            if (kind != ' ')
            {
                if (start < 0 && kind is '%' or ',' || (start < 0 && kind == '+' && !IsSigned(text, i)))
                {
                    i = next;
                    continue;
                }

                if (kind == '(')
                {
                    open.Add(i);
                }
                else if (kind == ')')
                {
                    open.RemoveAt(open.Count - 1);
                }

                start = start < 0 ? i : start;
                end = kind is '+' or ',' or '(' ? end : next;
                end = end < 0 ? start : end;
                // What stands behind the name of a function is its argument.
                atom = kind == 'x' && IsFunction(piece) ? '+' : kind;
            }

            i = next;
        }

        Close();
        return runs;
    }

    private static bool IsFunction(Match piece) =>
        (piece.Length > 2 && piece.Value[1] != '_') || piece.ValueSpan is "ln";

    // A sign at the start belongs to what follows at once.
    private static bool IsSigned(string text, int at) =>
        text[at] is '-' or '−' or '+' or '±' or '√' or '$' or '<' or '>' or '≤' or '≥'
        && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1])
        && (at == 0 || !char.IsLetterOrDigit(text[at - 1]));

    private static bool IsMixed(string text, int at) =>
        SmallPart().IsMatch(text.AsSpan(at, Math.Min(12, text.Length - at)));

    // A letter alone says nothing.
    private static bool IsSaying(string run) =>
        run.AsSpan().IndexOfAnyInRange('0', '9') >= 0 || run.AsSpan().IndexOfAny(Sayings) >= 0;

    // "x = 1 and x = 5", "(1, 2) and (3, 4)", and numbers where the words before them announce a list.
    private static List<Run> Joined(List<Run> runs, string text)
    {
        List<Run> joined = [];
        foreach (var run in runs)
        {
            if (joined.Count > 0 && joined[^1] is var last && run.Start - last.End <= JointReach
                && Joint().Match(text[last.End..run.Start]) is { Success: true } joint
                && (IsRelation(last.Text) && IsRelation(run.Text)
                    || last.Text[0] is '(' or '[' && run.Text[0] is '(' or '['
                    || (!IsRelation(run.Text) && Announced().IsMatch(text[Math.Max(0, last.Start - 24)..last.Start]))))
            {
                joined[^1] = new Run(last.Text + (joint.Groups["or"].Success ? " or " : joint.Groups["and"].Success
                    ? " and " : ", ") + run.Text, last.Start, run.End);
            }
            else
            {
                joined.Add(run);
            }
        }

        return joined;
    }

    private static bool IsRelation(string run) => run.AsSpan().ContainsAny(Relations);

    // "5 cm", "60 km/h": the unit belongs to the number. "17 in total" has none.
    private static string UnitBehind(string text, Run run)
    {
        if (Multiple().Match(text, run.End) is { Success: true } multiple && char.IsAsciiDigit(text[run.End - 1]))
        {
            return "\\text{" + multiple.Value + "}"; // 7 dozen eggs
        }

        var behind = UnitWords().Match(text, run.End);
        return behind.Success && behind.Index == run.End && char.IsAsciiDigit(text[run.End - 1])
            && behind.Groups["unit"].Value is var unit && Unit.Find(unit) is not null
            && (unit.Length > 1 || behind.Groups["ends"].Success)
            && (unit != "in" || behind.Groups["ends"].Success)
            ? "\\text{ " + behind.Groups["all"].Value + "}"
            : "";
    }

    [GeneratedRegex(@"\G(?:(?<space>[ \t\u00A0]+(?!per\s?cent\b|pct\b))"
        + @"|(?<number>(?:[0-9]+\s?)?[¼-¾⅐-⅞]"
        + @"|\$?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
        + @"(?:[eE][+-]?[0-9]+)?(?![A-Za-z]*[0-9])|\.[0-9]+)"
        + @"|(?<mark>\\?%|‰|\s?(?:per\s?cent|pct)\b|°|!(?=[\s.,;)·×*/+=−-]|$)|[²³⁰¹⁴-⁹ⁿ⁻⁺]+|['′](?=\())"
        + @"|(?<letter>(?<![A-Za-z’'])[A-Za-z]\s?≡\s?[-−]?[0-9]+\s?\((?:mod)\s[0-9]+\))"
        + @"|(?<letter>(?<![A-Za-z’'])(?:sqrt|sin|cos|tan|log|ln|exp|pi|arcsin|arccos|arctan)(?![A-Za-z])"
        + @"|(?<![A-Za-z’'])(?![aAI]\s+[A-Za-z]{2})(?![A-Za-z]\.[A-Za-z]\.)[A-Za-z](?![A-Za-z’'.]*[A-Za-z])"
        + @"(?:_[0-9a-z])?"
        + @"|[∞πθ])"
        + @"|(?<open>[(\[{](?=\s*[-−+±√∞πθ0-9A-Za-z.([{]))|(?<close>[)\]}])|(?<comma>,|;(?=\s?[-−]?[0-9]))"
        + @"|(?<sign><=|>=|!=|[-−–+±*/^=<>≤≥≠≈√∪∩∈·×÷|]|:(?=\s?[0-9])))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Piece();

    [GeneratedRegex(@"\G\s+(?:dozen|hundred|thousand|million|billion|trillion)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Multiple();

    [GeneratedRegex(@"\A[0-9]+\s?/\s?[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex SmallPart();

    [GeneratedRegex(@"\A\s*,?\s*(?:(?<and>and)|(?<or>or)|(?<=,\s*))\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"(?:\b(?:are|is|be|either|were|namely|values|solutions|roots|zeros)"
        + @"(?:\s(?:therefore|thus|then|hence|indeed|precisely|exactly|simply|just))?|:)\s+\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Announced();

    [GeneratedRegex(@"\G(?<all>\s?(?:(?:square|cubic)\s)?(?<unit>[A-Za-zμ]+)"
        + @"(?:\s?/\s?[A-Za-z]+|\sper\s[a-z]+)?(?:\^?[23]|[²³])?)(?![A-Za-z0-9])(?<ends>(?=\s*(?:[.,;)]|\z)"
        + @"|\s(?:long|wide|tall|high|deep|thick|apart|away)\b))?",
        RegexOptions.CultureInvariant)]
    private static partial Regex UnitWords();
}
