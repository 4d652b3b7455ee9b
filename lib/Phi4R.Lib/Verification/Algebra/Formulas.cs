using System.Text.RegularExpressions;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// Formulas in a text, by their delimiters; formulas with only "and", "or" or a comma between them are one.
/// </summary>
internal static partial class Formulas
{
    public static string? First(string text) => Joined(text).Select(found => found.Inside).FirstOrDefault();

    public static string? Last(string text, out int end)
    {
        var last = Joined(text).LastOrDefault();
        end = last.End;
        return last.Inside;
    }

    private static List<(string? Inside, int End)> Joined(string text)
    {
        List<(List<string> Parts, int End)> joined = [];
        foreach (var (start, inside, end) in All(text))
        {
            if (joined.Count > 0 && start - joined[^1].End < 20 && Joint().IsMatch(text[joined[^1].End..start]))
            {
                joined[^1].Parts.Add(inside);
                joined[^1] = (joined[^1].Parts, end);
            }
            else
            {
                joined.Add(([inside], end));
            }
        }

        return [.. joined.Select(found => ((string?)string.Join(" , ", found.Parts), found.End))];
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

    [GeneratedRegex(@"^\s*,?\s*(?:and|or|,)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();
}
