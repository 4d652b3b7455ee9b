using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Remarks in brackets, which choose nothing, and options that are named by their place.</summary>
internal static partial class ChoiceAsides
{
    private const int Clause = 100;
    private const int Longest = 20_000;
    private const int LongestRemark = 400;

    private static readonly string[] Places =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

    /// <summary>
    /// The text without its remarks in brackets, "(A common mistake is B.)"; one that corrects the answer stays.
    /// </summary>
    public static string Without(string text)
    {
        Stack<int> open = [];
        List<(int Start, int End)> remarks = [];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                open.Clear();
            }
            else if (text[i] == '(')
            {
                open.Push(i);
            }
            else if (text[i] == ')' && open.TryPop(out var start)
                && IsRemark(text.AsSpan((start + 1)..i)))
            {
                while (remarks is [.., var inner] && inner.Start > start)
                {
                    remarks.RemoveAt(remarks.Count - 1);
                }

                remarks.Add((start, i + 1));
            }
        }

        StringBuilder rest = new();
        var from = 0;
        foreach (var (start, end) in remarks)
        {
            rest.Append(text, from, start - from);
            from = end;
        }

        return rest.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>"The third option" as "option C", and "option 3" where no option is a number itself.</summary>
    public static string Lettered(string text, string letters, IReadOnlyList<string> choices)
    {
        text = Ordinal().Replace(text, match => Place(match.Groups["place"].Value.ToLowerInvariant(), letters.Length)
            is >= 0 and var place && place < letters.Length ? "option " + letters[place] : match.Value);
        return choices.Count > 0 && !choices.Any(choice => choice.Any(char.IsDigit))
            ? Numbered().Replace(text, match =>
                int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) - 1 is >= 0 and var place
                    && place < letters.Length ? "option " + letters[place] : match.Value)
            : text;
    }

    /// <summary>
    /// The text without what it says of another option's value: "twice the 10 m/s of option B", and without remarks.
    /// </summary>
    public static string WithoutOthers(string text)
    {
        if (text.Length > Longest)
        {
            return text;
        }

        text = Numbered().Replace(Without(text), "option");
        StringBuilder rest = new();
        var from = 0;
        foreach (Match match in Other().Matches(text))
        {
            var start = Math.Max(from, text.LastIndexOfAny(['.', ',', ';', '(', '\n'], match.Index,
                Math.Min(match.Index + 1, Clause)));
            if (match.Index >= from && start > 0)
            {
                var end = text.AsSpan(match.Index).IndexOfAny('.', ';', '\n');
                rest.Append(text, from, start - from);
                from = end < 0 ? text.Length : match.Index + end;
            }
        }

        return rest.Append(text, from, text.Length - from).ToString();
    }

    private static int Place(string word, int count) => word switch
    {
        "last" => count - 1,
        "penultimate" => count - 2,
        _ when word.StartsWith("second", StringComparison.Ordinal) && word.Length > "second".Length => count - 2,
        _ => Array.IndexOf(Places, word),
    };

    private static bool IsRemark(ReadOnlySpan<char> inside) =>
        inside.Length is >= 10 and <= LongestRemark && Words().IsMatch(inside) && !Correcting().IsMatch(inside);

    // "the first choice for diabetes" is no option, nor does "the last option, D," need its place.
    [GeneratedRegex(@"(?:\bthe\s+|(?<=\{))(?<place>first|second[-\s](?:to[-\s])?last|second|third|fourth|fifth"
        + @"|sixth|seventh|eighth|ninth|tenth|last|penultimate)\s+(?:(?:listed|given|answer|of\s+the)\s+)?(?:option\b"
        + @"|alternative\b"
        + @"|choice\b(?=\s*(?:[.!]|\z"
        + @"|(?:is|must\s+be)\s+(?:therefore\s+|thus\s+)?(?:the\s+)?(?:right|correct|answer))))"
        + @"(?!\s*(?:is\s+|[,:]\s*)?[(\[]?[A-Z](?![A-Za-z'’])|\s+(?:I|we|you|that)\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Ordinal();

    [GeneratedRegex(@"\b(?:option|choice)\s+(?:number\s+|no\.\s*|#)?\(?(?<n>[0-9]{1,2})"
        + @"(?![0-9.,]*[0-9]|\s*[A-Za-z%°$\\^]+\s*/)\)?",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"\b(?:of|in|from|under)\s+(?:option|choice|answer)\s+[(\[]?[A-Z](?![A-Za-z])"
        + @"|(?<=\.\s+)(?:Option|Choice)\s+[(\[]?[A-Z](?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Other();

    // Three words side by side, and no box.
    [GeneratedRegex(@"(?<![\\A-Za-z])[A-Za-z][a-z'’]*,?\s+(?:[A-Za-z][a-z'’]*|[0-9.]+),?\s+[A-Za-z][a-z'’]*",
        RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    [GeneratedRegex(@"\\f?box|<answer|\b(?:actually|correction|wait|sorry|oops|revised|second\s+thought|rather"
        + @"\s+(?:it|the)|(?:final|correct|right)\s+answer)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Correcting();
}
