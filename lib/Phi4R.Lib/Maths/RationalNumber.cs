using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>An exact fraction in lowest terms, and how one is written.</summary>
internal readonly partial record struct RationalNumber
{
    /// <summary>Digits that a number may have; more are not read, so that no text costs more than a moment.</summary>
    private const int MaxDigits = 1000;

    private RationalNumber(BigInteger numerator, BigInteger denominator)
    {
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, Denominator) = (numerator / common, denominator / common);
    }

    public BigInteger Numerator { get; }

    /// <summary>Above zero.</summary>
    public BigInteger Denominator { get; }

    /// <summary>Reads a whole number, a decimal, a fraction, or one of them with thousands separators, a dollar or a percent sign.</summary>
    /// <returns>Null where the text is anything else; nothing that is left over is ever taken for a number.</returns>
    public static RationalNumber? Read(string text)
    {
        if (text.Length > MaxDigits)
        {
            return null;
        }

        var plain = text.Trim().Trim('$').Replace("\\!", "", StringComparison.Ordinal).Replace("\\,", "", StringComparison.Ordinal)
            .Replace("\\dfrac", "\\frac", StringComparison.Ordinal).Replace("\\tfrac", "\\frac", StringComparison.Ordinal).Replace("−", "-", StringComparison.Ordinal)
            .Replace("\\$", "", StringComparison.Ordinal).Trim().TrimEnd('.');
        var percent = plain.EndsWith('%');
        plain = plain.TrimEnd('%').TrimEnd('\\').Trim();
        RationalNumber? value = null;
        if (Decimal().Match(plain) is { Success: true } number)
        {
            value = Of(number.Groups["sign"].Value, number.Groups["whole"].Value, number.Groups["part"].Value);
        }
        else if (Fraction().Match(plain) is { Success: true } fraction)
        {
            var (above, below) = (Whole(fraction.Groups["above"].Value), Whole(fraction.Groups["below"].Value));
            value = below.IsZero ? null : new RationalNumber(fraction.Groups["sign"].Value == "-" ? -above : above, below);
        }

        return value is { } read && percent ? new RationalNumber(read.Numerator, read.Denominator * 100) : value;
    }

    private static RationalNumber Of(string sign, string whole, string part)
    {
        var digits = Whole(whole + part);
        return new RationalNumber(sign == "-" ? -digits : digits, BigInteger.Pow(10, part.Length));
    }

    private static BigInteger Whole(string digits) => digits.Length == 0 ? 0 : BigInteger.Parse(digits.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<sign>[+-]?)\s*(?<whole>[0-9]{1,3}(,[0-9]{3})+|[0-9]*)(\.(?<part>[0-9]*))?$(?<=[0-9]\.?)")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^(?<sign>[+-]?)\s*(\\frac\s*\{\s*(?<above>-?[0-9]+)\s*\}\s*\{\s*(?<below>-?[0-9]+)\s*\}|(?<above>[0-9]+)\s*/\s*(?<below>[0-9]+))$")]
    private static partial Regex Fraction();
}
