using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Numbers in a base above ten.</summary>
internal sealed partial class Reader
{
    // 2A_{16}: digits above nine are letters, and every one of them exists in the base.
    private static CallNode? Based(string digits, int radix)
    {
        var value = System.Numerics.BigInteger.Zero;
        foreach (var digit in digits)
        {
            var worth = char.IsAsciiDigit(digit) ? digit - '0' : digit - 'A' + 10;
            if (worth >= radix)
            {
                return null;
            }

            value = (value * radix) + worth;
        }

        return new CallNode("base", [Node.Number(value), Node.Number(radix)]);
    }

    [GeneratedRegex(@"^(?:\\(?:text|mathrm|textrm)\{)?(?=[0-9]*[A-F])([0-9A-F]{2,200})\}?_\{?\(?(1[1-6])\)?\}?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex DigitsWithLetters();

    [GeneratedRegex(@"^[0-9]{1,100}[a-f][0-9a-f]{0,100}_\{?16\}?$", RegexOptions.CultureInvariant)]
    private static partial Regex SmallDigits();
}
