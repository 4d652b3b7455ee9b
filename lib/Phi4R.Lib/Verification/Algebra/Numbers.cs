using System.Text.RegularExpressions;

namespace Phi4R.Verification.Algebra;

/// <summary>Numbers in running text.</summary>
internal static partial class Numbers
{
    private const int Reach = 3000;

    public static string? Last(string text)
    {
        string? last = null;
        foreach (Match match in Number().Matches(text.Length > Reach ? text[^Reach..] : text))
        {
            last = match.Value;
        }

        return last?.TrimEnd('.', ',');
    }

    [GeneratedRegex(@"(?<![0-9A-Za-z_.])(?:(?<=[^0-9)\s]\s*|^\s*|\s)[-+])?\$?(?:[0-9]{1,3}(?:[, "
        + @"][0-9]{3})+(?:\.[0-9]+)?|[0-9]+,[0-9]+(?![0-9])"
        + @"|[0-9]*\.?[0-9]+)(?:[eE][+-]?[0-9]+)?(?:\s*/\s*[0-9]+(?:\.[0-9]+)?)?(?:\s*(?:\\?%|percent\b"
        + @"|pct\b))?(?![0-9A-Za-z]*[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
