using System.Text.RegularExpressions;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Extraction;

/// <summary>What stands right behind a box and belongs to its value: a power, a unit, "thousand", "%".</summary>
internal static partial class Glued
{
    private const int Reach = 48;

    /// <summary>The inside of a box with what is glued to it.</summary>
    public static string To(string inside, string text, int end)
    {
        if (Boxes.PercentAfter(text, end) is { Length: > 0 } percent)
        {
            return inside + percent;
        }

        var rest = text.Substring(end, Math.Min(Reach, text.Length - end));
        if (Raised().Match(rest) is { Success: true } raised)
        {
            var simple = Simple().IsMatch(inside) || inside.AsSpan().IndexOfAny('=', ',') >= 0;
            return (simple ? inside : $"({inside})") + raised.Groups["sign"].Value
                + (raised.Groups["scale"] is { Success: true, Value: var letter } ? $"\\text{{{letter}}}" : "");
        }

        if (Remainders().Match(inside) is { Success: true } turned
            && Modulus().Match(rest) is { Success: true } modulus)
        {
            // x ≡ \boxed{±2} (mod 5)
            var (number, of) = (turned.Groups["number"].Value, modulus.Groups["of"].Value);
            return $"{number}\\pmod{{{of}}}, -{number}\\pmod{{{of}}}";
        }

        if (Degrees().IsMatch(inside) && Scale().Match(rest) is { Success: true } warmth)
        {
            return inside + $"\\text{{{warmth.Groups["scale"].Value}}}";
        }

        if (!Value().IsMatch(inside) || Word().Match(rest) is not { Success: true } word)
        {
            return inside;
        }

        var name = word.Groups["unit"].Value;
        var scale = NumberWords.Scale(name) is not null
            && (word.Groups["ends"].Success || name is not ("grand" or "gross" or "score")); // "5 grand prizes" are 5.
        var unit = Unit.Find(name) is not null && name is not ("in" or "are")
            && (name.Length > 1 || word.Groups["ends"].Success);
        return scale || unit ? $"{inside}\\text{{ {(scale ? name : word.Groups["all"].Value)}}}" : inside;
    }

    // What begins a new line is another sentence. An exclamation mark is a factorial only within a formula: "The answer
    // is \boxed{16}!" is pleased.
    [GeneratedRegex(@"\A(?:[^\S\n]|\\[,;! ])*(?<sign>\^(?:\{[^{}]*\}|\\circ|[0-9A-Za-z])|!+"
        + @"(?=\s*(?:\$|\\[)\]]|[=*/+^])))"
        + @"(?:(?<=circ\}?)" + Letter + ")?", RegexOptions.CultureInvariant)]
    private static partial Regex Raised();

    // The letter or name of a scale of temperatures.
    private const string Letter = @"(?:[^\S\n]|\\[,;:!) ]|~|\$)*(?:\\(?:text|mathrm|textrm|rm)\s*\{?\s*)?"
        + "(?<scale>[CF]|Celsius|Fahrenheit)(?![A-Za-z0-9])";

    [GeneratedRegex(@"\A\s*(?:\\pm|±)\s*(?<number>[0-9]+)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Remainders();

    [GeneratedRegex(@"\A(?:[^\S\n]|\\[,;:! ]|\\q?quad)*\\pmod\s*\{?\s*(?<of>[0-9]+)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Modulus();

    [GeneratedRegex(@"\A" + Letter, RegexOptions.CultureInvariant)]
    private static partial Regex Scale();

    [GeneratedRegex(@"\A\s*-?[0-9.]+\s*(?:°|\^\s*\{?\s*\\circ\s*\}?)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Degrees();

    [GeneratedRegex(@"\A\s*[0-9.]+\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Simple();

    // A number, a fraction or a root, perhaps with a name before it.
    [GeneratedRegex(@"\A(?>\s*)(?:[A-Za-z]\s*=)?(?:\\(?:[dt]?frac|sqrt|pi|cdot|times|left|right|[,!;])|[^A-Za-z\\=,])*"
        + @"[0-9})]\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Value();

    [GeneratedRegex(@"\A(?:[^\S\n]|\\[,;:!) \]]|\\q?quad|~|\$)*"
        + @"(?:\\(?:text|mathrm|textrm|mbox|rm|operatorname)\s*\{?\s*)?"
        + @"(?<all>(?<unit>degrees?)\s(?:Celsius|Fahrenheit|[CF])"
        + @"|(?:(?:square|cubic)\s)?(?<unit>[A-Za-z]+)(?:\s?/\s?[A-Za-z]+|\sper\s[a-z]+)?(?:\^?[23]|[²³])?)"
        + @"(?![A-Za-z0-9])(?<ends>(?=\s*(?:[.,;)}$]|\\[)\]]|\z)))?", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
