using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification;

/// <summary>Sums that a solution writes out in plain numbers, such as <c>48/2 = 24</c>.</summary>
public static partial class WrittenArithmetic
{
    private const double Exact = 1e-9;

    /// <summary>
    /// Whether such an equation in the text is false. One that goes on on either side, or holds a letter, a bracket or
    /// a power, is passed over; a result with decimals may be rounded.
    /// </summary>
    public static bool AnyFalse(string text) => Equation().Matches(text).Any(IsFalse);

    private static bool IsFalse(Match equation)
    {
        var written = equation.Groups["result"].Value;
        var decimals = written.IndexOf('.') is >= 0 and var point ? written.Length - point - 1 : 0;
        var allowed = decimals > 0 ? 0.51 * Math.Pow(10, -decimals) : Exact;
        var value = Value(equation.Groups["number"].Captures, equation.Groups["sign"].Captures);
        return double.IsFinite(value) && Math.Abs(value - Number(written)) > allowed;
    }

    // Products first, then sums, from the left.
    private static double Value(CaptureCollection numbers, CaptureCollection signs)
    {
        var (sum, product, isMinus) = (0.0, Number(numbers[0].Value), false);
        for (var i = 0; i < signs.Count; i++)
        {
            var next = Number(numbers[i + 1].Value);
            switch (signs[i].Value)
            {
                case "*" or "×":
                    product *= next;
                    break;
                case "/" or "÷":
                    product /= next;
                    break;
                case var sign:
                    sum += isMinus ? -product : product;
                    (product, isMinus) = (next, sign == "-");
                    break;
            }
        }

        return sum + (isMinus ? -product : product);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""
        (?<!\w | [.,+\-*/×÷^=(){}\\%!°]\s{0,2})
        (?<number>\d{1,9}(\.\d{1,6})?) (\s?(?<sign>[+\-*/×÷])\s?(?<number>\d{1,9}(\.\d{1,6})?))+
        \s?=\s? (?<result>-?\d{1,9}(\.\d{1,6})?)
        (?![\w^%!°(\\] | [.,]\d | \s?[+\-*/×÷=]\s?[\d(\\])
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Equation();
}
