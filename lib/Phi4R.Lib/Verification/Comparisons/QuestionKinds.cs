using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Questions of matrices, of whole numbers, and for a form of an expression.
/// </summary>
internal static partial class Questions
{
    // Products of matrices in another order are other matrices, though capital letters alone are taken for numbers.
    private static bool? InMatrixOrder(string question, string reference, string answer)
    {
        if (!MatrixWords().IsMatch(question) || Factors(reference) is not { } a || Factors(answer) is not { } b)
        {
            return null;
        }

        return a.Order(StringComparer.Ordinal).SequenceEqual(b.Order(StringComparer.Ordinal)) && !a.SequenceEqual(b)
            ? false
            : null;

        static List<string>? Factors(string text) => MatrixProduct().Match(Plain(text)) is { Success: true } product
            && product.Groups["factor"].Captures.Count > 1
            ? [.. product.Groups["factor"].Captures.Select(factor =>
                factor.Value.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))]
            : null;
    }

    // "Factor" asks for a product, "expand" for none: another form of the same value is no answer.
    private static bool? InAskedForm(string question, string reference, string answer) =>
        AskedForm().Match(question) is { Success: true } form && form.Groups["factor"].Success is var isFactored
        && ProductOfBrackets().IsMatch(Plain(reference)) == isFactored
        && ProductOfBrackets().IsMatch(Plain(answer)) != isFactored
            ? false
            : null;

    // "For which positive integers n": n > 2 and n ≥ 3 are the same ones.
    private static bool OfWholeNumbers(string question, string reference, string answer)
    {
        var (a, b) = (Stepped(Parity(reference)), Stepped(Parity(answer)));
        return (a != reference || b != answer) && WholeNumbers().IsMatch(question) && AreSame(a, b);

        // "for which positive integers n": all even positive integers are the n that are even
        string Parity(string text) => text.Length <= 80 && PositiveAsked().Matches(question) is [var name]
            && EvenOrOdd().Match(Plain(Undressed(text), keepSpaces: true)) is { Success: true } which
            && which.Groups["name"] is var own && (!own.Success || own.Value == name.Groups["name"].Value)
                ? name.Groups["name"].Value + "\\text{ is " + which.Groups["parity"].Value + "}"
                : text;

        static string Stepped(string text) => text.Length > 60 ? text : Strict().Replace(text, bound =>
            int.TryParse(bound.Groups["n"].ValueSpan, CultureInfo.InvariantCulture, out var n)
                ? bound.Groups["name"].Value + (bound.Groups["above"].Success ? $"\\ge {n + 1}" : $"\\le {n - 1}")
                : bound.Value);
    }

    [GeneratedRegex(@"\bmatri(?:x|ces)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MatrixWords();

    [GeneratedRegex(@"\A(?:(?<factor>[A-Z](?:\^(?:[0-9T]|\{-?[0-9T]+\}))?)(?:\\cdot|\*)?)+\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex MatrixProduct();

    [GeneratedRegex(@"\A\s*(?:completely\s+)?(?:(?<factor>factor(?:i[sz]e)?)|expand)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedForm();

    [GeneratedRegex(@"\)\^?[0-9]*(?:\\cdot|\*)?\(|(?:^|=)-?[0-9A-Za-z^]+\(|\)\^\{?[0-9]|\)[a-z]",
        RegexOptions.CultureInvariant)]
    private static partial Regex ProductOfBrackets();

    [GeneratedRegex(@"\b(?:positive integers?|natural numbers?) (?:values of )?\$?(?<name>[a-z])\$?(?![A-Za-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex PositiveAsked();

    [GeneratedRegex(@"\A(?:for |exactly |precisely )*(?:all |any |every |the )?(?<parity>even|odd) "
        + @"(?:positive integers?|natural numbers?"
        + @"|positive numbers?)(?: (?<name>[a-z]))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex EvenOrOdd();

    [GeneratedRegex(@"\b(?:integers?|natural numbers?|whole numbers?)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex WholeNumbers();

    [GeneratedRegex(@"(?<name>(?<![A-Za-z\\])[a-z])\s*(?:(?<above>>|\\gt(?![a-z]))|<|\\lt(?![a-z]))\s*"
        + @"(?<n>-?[0-9]{1,6})(?=\s*\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Strict();
}
