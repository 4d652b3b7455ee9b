using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Ranges of real numbers in words: "all real x strictly between 2 and 5", "x must be at least 3", "all real numbers
/// not less than 0".
/// </summary>
internal static partial class Normalization
{
    private const int LongestRange = 160;

    // One of these is in every range.
    private static readonly SearchValues<string> OfRanges = SearchValues.Create(
        ["between", "from ", "than", "at ", "exceed", "above", "below"], StringComparison.Ordinal);

    private static string OfReals(string text)
    {
        if (text.Length > LongestRange || !text.AsSpan().ContainsAny(OfRanges))
        {
            return text;
        }

        var range = Range().Match(Unspoken(text.Replace("$", "", StringComparison.Ordinal)));
        if (!range.Success || !(range.Groups["name"].Success || range.Groups["set"].Success))
        {
            return text;
        }

        var name = range.Groups["name"] is { Success: true, Value: var letter } ? letter : "";
        if (range.Groups["low"].Success)
        {
            // "Between" alone does not say whether its ends belong to it.
            var closed = range.Groups["closed"].Success;
            return closed == (range.Groups["strict"].Success || range.Groups["open"].Success) ? text
                : (name.Length > 0 ? name + " \\in " : "") + (closed ? "[" : "(") + range.Groups["low"].Value + ", "
                    + range.Groups["high"].Value + (closed ? "]" : ")");
        }

        return (name.Length > 0 ? name : "\\bound") + (range.Groups["ge"].Success ? " \\ge "
            : range.Groups["le"].Success ? " \\le " : range.Groups["gt"].Success ? " > " : " < ")
            + range.Groups["n"].Value;
    }

    private const string Bound = @"-?\s?(?:[0-9]+(?:\.[0-9]+)?(?:/[0-9]+)?(?:\s?\\(?:pi|sqrt\{[0-9]+\}))?"
        + @"|\\[dt]?frac\{[0-9]+\}\{[0-9]+\}|\\(?:pi|sqrt\{[0-9]+\}))";

    [GeneratedRegex(@"\A(?:for |on |when )?(?:the set of )?(?:(?:all|every|any|each) )?"
        + @"(?:(?:(?<set>real numbers?|reals|real values?)(?: of)?|(?:real )?values? of|(?<set>values)|real)(?: |\z))?"
        + @"(?:(?<name>[a-z])(?: |,))?\s?"
        + @"(?:(?:that|which) (?:is|are|lies?) |such that \k<name> (?:is|lies) |(?:is|must be|can be|has to be|lies) )?"
        + @"(?:(?<strict>strictly )?(?:between|from) (?<low>" + Bound + @") (?:and|to) (?<high>" + Bound + @")"
        + @"(?:,? \(?(?:(?<open>exclusive|not inclusive)|(?<closed>inclusive))\)?)?"
        + @"|(?:(?<ge>greater than or equal to|at least|no(?:t)? (?:less|smaller|lower) than)"
        + @"|(?<le>less than or equal to|at most|no(?:t)? (?:more|greater|larger|higher) than|not exceeding)"
        + @"|(?<gt>(?:strictly )?(?:greater|more|larger|bigger) than|above|exceeding)"
        + @"|(?<lt>(?:strictly )?(?:less|smaller) than|below)) (?<n>" + Bound + @"))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Range();
}
