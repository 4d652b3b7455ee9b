using System.Text.RegularExpressions;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// Formulas in a text, by their delimiters; formulas with only "and", "or" or a comma between them are one, and so are
/// a formula and what it holds for: "$f(x)=kx$ with $k\in\mathbb{R}$".
/// </summary>
internal static partial class Formulas
{
    private const int MostBetween = 40;

    public static string? First(string text) => Joined(text).Select(found => found.Inside).FirstOrDefault();

    public static string? Last(string text, out int end)
    {
        var last = Joined(text).LastOrDefault();
        end = last.End;
        return last.Inside;
    }

    /// <summary>Where the inside of the formula begins and ends that holds a place; null where none does.</summary>
    public static (int Start, int End)? Around(string text, int at)
    {
        foreach (var (start, inside, end) in All(text))
        {
            if (start > at)
            {
                return null;
            }

            if (end > at)
            {
                var first = text.IndexOf(inside, start, StringComparison.Ordinal);
                return (first, first + inside.Length);
            }
        }

        return null;
    }

    private static List<(string? Inside, int End)> Joined(string text)
    {
        List<(List<string> Parts, int End)> joined = [];
        foreach (var (start, inside, end) in All(text))
        {
            var between = joined.Count > 0 && start - joined[^1].End < MostBetween ? text[joined[^1].End..start] : null;
            if (between is null || Joint().Match(between) is not { Success: true } joint)
            {
                joined.Add(([inside], end));
                continue;
            }

            var (parts, isSaid) = (joined[^1].Parts, joint.Groups["words"].Success);
            parts.Add(isSaid || (joint.Groups["or"].Success && Relation().IsMatch(parts[^1]))
                ? $" \\text{{ {between.Trim(' ', ',', '\n')} }} "
                : " , ");
            parts.Add(inside);
            var kind = isSaid ? Kind().Match(text, end) : Match.Empty;
            if (kind.Success)
            {
                parts.Add($" \\text{{ {kind.Value.Trim(' ', '.')} }}");
            }

            joined[^1] = (parts, end + kind.Length);
        }

        return [.. joined.Select(found => ((string?)string.Concat(found.Parts), found.End))];
    }

    // One pass: a delimiter that is never closed again is looked for once. An inline formula stays on its line.
    private static IEnumerable<(int Start, string Inside, int End)> All(string text)
    {
        HashSet<string> unclosed = [];
        for (var i = 0; i < text.Length - 1;)
        {
            var (open, close) = text[i] switch
            {
                '$' when text[i + 1] == '$' => ("$$", "$$"),
                '$' => ("$", "$"),
                '\\' when text[i + 1] == '[' => ("\\[", "\\]"),
                '\\' when text[i + 1] == '(' => ("\\(", "\\)"),
                _ => ("", ""),
            };
            var start = i + open.Length;
            var end = open.Length == 0 || unclosed.Contains(close) ? -1 : Close(text, start, close);
            if (end < 0)
            {
                if (open.Length > 1)
                {
                    unclosed.Add(close);
                }

                i += text[i] == '\\' ? 2 : 1;
                continue;
            }

            var inside = text[start..end];
            if (inside.Trim().Length > 0 && !((open is "$" or "\\(") && inside.Contains('\n')))
            {
                yield return (i, inside, end + close.Length);
                i = end + close.Length;
            }
            else
            {
                i = open == "$" ? start : end + close.Length;
            }
        }
    }

    private static int Close(string text, int start, string close)
    {
        for (var i = start; i <= text.Length - close.Length; i++)
        {
            if (string.CompareOrdinal(text, i, close, 0, close.Length) == 0)
            {
                return i;
            }

            if (text[i] == '\\')
            {
                i++;
            }
            else if (close == "$" && text[i] == '\n')
            {
                return -1;
            }
        }

        return -1;
    }

    [GeneratedRegex(@"^\s*,?\s*(?:and(?:\s+(?:at|in|through)(?:\s+the\s+(?:origin|point))?|\s+the\s+(?:origin|point))?"
        + @"|(?<or>or)|,|(?<words>(?:with|where|for)(?:\s+(?:all|any|every|some|each|the))?"
        + @"(?:\s+(?:positive|negative|nonnegative|odd|even|real|rational|arbitrary))*"
        + @"(?:\s+(?:integers?|numbers?|constants?|values?))?))\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"<|>|≤|≥|≠|\\(?:le|ge|ne|lt|gt)(?:q|qslant)?(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Relation();

    // "with $m$ an integer", "where $c$ is any real constant."
    [GeneratedRegex(@"\G\s+(?:(?:is|are|being)\s+)?(?:an?|any|arbitrary)\s+"
        + @"(?:(?:arbitrary|positive|nonzero|nonnegative|real)\s+)*"
        + @"(?:integers?|constants?|numbers?)(?=\s*[.!]?\s*\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Kind();
}
