using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// What stands around an answer without being part of it: HTML, a remark at the end, words that lead.
/// </summary>
internal static partial class Normalization
{
    // HTML: entities and the few tags that stand within an answer.
    private static string Unmarked(string raw)
    {
        if (raw.Length > Reader.MaxLength)
        {
            return raw;
        }

        raw = raw.Contains('&') && Entity().IsMatch(raw) ? System.Net.WebUtility.HtmlDecode(raw) : raw;
        return raw.Contains("</", StringComparison.Ordinal)
            ? Tagged().Replace(Scripted().Replace(raw, match => (match.Groups[1].Value == "sup" ? "^{" : "_{")
                + match.Groups[2].Value + "}"), "$2")
            : raw;
    }

    private static string Bared(string text) =>
        text.Contains('\\') ? Remark().Replace(Said().Replace(text, "\\text{$1}"), "") : text;

    [GeneratedRegex(@"&(?:#[0-9]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});", RegexOptions.CultureInvariant)]
    private static partial Regex Entity();

    [GeneratedRegex(@"<(sup|sub)>([^<>]{1,200})</\1>", RegexOptions.CultureInvariant)]
    private static partial Regex Scripted();

    [GeneratedRegex(@"<(b|i|em|strong|span|code|u)>([^<>]{1,500})</\1>", RegexOptions.CultureInvariant)]
    private static partial Regex Tagged();

    // "The answer is five." as words of the answer itself.
    [GeneratedRegex(@"^\\text\{\s*(?:(?:[Tt]he )?(?:final |correct )?answer is:?|(?:[Ss]o|[Tt]hus|[Hh]ence"
        + @"|[Tt]herefore),?)"
        + @"\s+([^{}]+)\}$", RegexOptions.CultureInvariant)]
    private static partial Regex Said();

    // What says no more than that the answer is one.
    [GeneratedRegex(@"^\\text\{\s*(?:[Ss]o|[Tt]hus|[Hh]ence|[Tt]herefore),?\s*\}|(?:\s|\\(?:quad|qquad|[ ,;]))*"
        + @"(?:\\(?:blacksquare|square|Box|qed)(?![A-Za-z])|\(?\s*\\text\{\s*\(?\s*(?:as (?:required|desired|claimed"
        + @"|wanted|expected|needed)|rounded|exactly|exact|simplified|QED)\s*\)?\s*\}\s*\)?)\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Remark();
}
