using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Numbers: digits, thousands, mixed numbers, repeating decimals, bases.</summary>
internal sealed partial class Reader
{
    private static readonly string[] RadixNames = ["two", "three", "four", "five", "six", "seven", "eight", "nine",
        "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"];

    private static Node Base(NumberNode number, int radix)
    {
        if (!number.Value.IsInteger || radix is < 2 or > 36)
        {
            throw new ReadException("A number in a base has no fraction here.");
        }

        var digits = number.Value.Numerator.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var value = BigInteger.Zero;
        foreach (var digit in digits)
        {
            if (digit - '0' >= radix)
            {
                throw new ReadException($"The digit {digit} does not exist in base {radix}.");
            }

            value = (value * radix) + (digit - '0');
        }

        return new CallNode("base", [Node.Number(value), Node.Number(radix)]);
    }

    private Node NumberAtom()
    {
        var token = _tokens[_at++];
        // A comma between groups of three digits belongs to the number, unless brackets make it a list.
        var text = token.Text;
        while (IsThousands(_at - 1, text) && Is(",") && !Next.Space && text.Split(',')[0].Length <= 3
            && !text.Contains('.')
            && text[0] != '0' && text.All(c => char.IsAsciiDigit(c) || c == ',')
            && _tokens[_at + 1] is { Kind: TokenKind.Number, Space: false, Text: var group }
            && (group.Length == 3 || (group.Length > 4 && group[3] == '.')) && group.Take(3).All(char.IsAsciiDigit))
        {
            text += "," + group;
            _at += 2;
        }

        if (Next is { Kind: TokenKind.Command, Text: "overline" or "bar" or "dot" } && RepeatingStarts(token.Text))
        {
            return Repeating(text);
        }

        if (IsCommand("ldots") && text.Contains('.') && _tokens[_at + 1].Kind == TokenKind.End)
        {
            _at++;
            return Repeated(text);
        }

        var number = Parse(text);
        if (Next.Kind == TokenKind.Sign && Next.Text == "(" && _tokens[_at + 1] is { Kind: TokenKind.Number } cycle
            && (number.Places > 0 || text.EndsWith('.')) && _tokens[_at + 2].Text == ")" && !Next.Space
            && _tokens[_at + 3].Kind == TokenKind.End && cycle.Text.All(char.IsAsciiDigit))
        {
            _at += 3;
            return Cycle(text, cycle.Text);
        }

        return Mixed(number) ?? number;
    }

    // 1,234,567, but not 27,54,108: of a run without spaces every group has three digits, or it is a list.
    private bool IsThousands(int first, string read)
    {
        if (_brackets > 0 || (read == _tokens[first].Text && first > 1
            && _tokens[first - 1] is { Text: ",", Space: false }
            && (_tokens[first - 2].Text == "ldots"
                || (!_tokens[first].Space && _tokens[first - 2].Kind == TokenKind.Number))))
        {
            return false;
        }

        for (var i = _at; _tokens[i] is { Text: ",", Space: false }
            && _tokens[i + 1] is { Kind: TokenKind.Number, Space: false, Text: var group }; i += 2)
        {
            if (group.TakeWhile(char.IsAsciiDigit).Count() != 3)
            {
                return false;
            }
        }

        return true;
    }

    // 1 1/2 and 1\frac12 are one and a half; 3.1\frac12 is a product.
    private Node? Mixed(NumberNode whole)
    {
        if (whole.Places >= 0 || !whole.Value.IsInteger)
        {
            return null;
        }

        if (Next is { Kind: TokenKind.Number, Space: true } above && _tokens[_at + 1].Text == "/"
            && _tokens[_at + 2].Kind == TokenKind.Number && above.Text.All(char.IsAsciiDigit)
            && _tokens[_at + 2].Text.All(char.IsAsciiDigit))
        {
            var (over, under) = (Parse(above.Text), Parse(_tokens[_at + 2].Text));
            if (over.Value.CompareTo(under.Value) >= 0)
            {
                return null;
            }

            _at += 3;
            return Node.Number(whole.Value + (over.Value / under.Value));
        }

        if (IsCommand("frac")
            && (_tokens[_at + 1].Kind == TokenKind.Number
                || (_tokens[_at + 1].Text == "{" && _tokens[_at + 2].Kind == TokenKind.Number)))
        {
            var start = _at;
            var count = _tokens.Count;
            var saved = _tokens.GetRange(start, Math.Min(5, count - start));
            _at++;
            var over = Argument();
            var under = Argument();
            if (over is NumberNode { Value: { IsInteger: true } p }
                && under is NumberNode { Value: { IsInteger: true, Sign: > 0 } q } && p.CompareTo(q) < 0 && p.Sign >= 0
                && (!Is("^") || _tokens[_at + 1].Text is "circ" or "degrees"
                    || (_tokens[_at + 1].Text == "{" && _tokens[_at + 2].Text is "circ" or "degrees")))
            {
                return Node.Number(whole.Value + (p / q));
            }

            for (var i = 0; i < saved.Count; i++)
            {
                _tokens[start + i] = saved[i];
            }

            _at = start;
        }

        return null;
    }

    private bool RepeatingStarts(string text) =>
        text.Contains('.') && _tokens[_at + 1].Text == "{" && _tokens[_at + 2].Kind == TokenKind.Number;

    // 0.1\overline{6}; two dots mark the first and the last digit of the cycle.
    private Node Repeating(string head)
    {
        var dots = IsCommand("dot");
        _at += 2;
        var cycle = _tokens[_at++].Text;
        Expect("}");
        if (dots)
        {
            while (Next.Kind == TokenKind.Number && _tokens[_at + 1] is { Kind: TokenKind.Command, Text: "dot" })
            {
                cycle += _tokens[_at++].Text;
            }

            if (IsCommand("dot") && _tokens[_at + 1].Text == "{" && _tokens[_at + 2].Kind == TokenKind.Number)
            {
                cycle += _tokens[_at + 2].Text;
                _at += 4;
            }
        }

        return cycle.All(char.IsAsciiDigit) && cycle.Length < 500 ? Cycle(head, cycle) : throw Unread();
    }

    // 0.333... and 0.142857142857...: the dots are understood where the digits show what goes on.
    private static Node Repeated(string text)
    {
        var digits = text[(text.IndexOf('.') + 1)..];
        for (var length = 1; length * 2 <= digits.Length; length++)
        {
            var cycle = digits[^length..];
            var times = length == 1 ? 3 : 2;
            if (digits.Length >= times * length
                && digits.EndsWith(string.Concat(Enumerable.Repeat(cycle, times)), StringComparison.Ordinal))
            {
                return Cycle(text, cycle);
            }
        }

        throw new ReadException("The dots behind a decimal do not show what goes on.");
    }

    private static Node Cycle(string head, string cycle)
    {
        var number = Parse(head);
        var places = Math.Max(0, number.Places);
        var nines = BigInteger.Pow(10, cycle.Length) - 1;
        var tail = new Rational(BigInteger.Parse(cycle, System.Globalization.CultureInfo.InvariantCulture),
            nines * BigInteger.Pow(10, places));
        return new NumberNode(number.Value + tail, NumberNode.Repeating);
    }

    private static NumberNode Parse(string text)
    {
        var split = text.IndexOfAny(['e', 'E']);
        var digits = split < 0 ? text : text[..split];
        var exponent = split < 0
            ? 0
            : int.TryParse(text[(split + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var power) && Math.Abs(power) <= 5000 ? power
            : throw new ReadException("An exponent is too large.");
        var plain = NotInNumber().Replace(digits, "");
        if (plain.Length > 3000)
        {
            throw new ReadException("A number is too long.");
        }

        var point = plain.IndexOf('.');
        var places = point < 0 ? -1 : plain.Length - point - 1;
        var value = new Rational(BigInteger.Parse("0" + plain.Replace(".", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture), BigInteger.Pow(10, Math.Max(0, places)));
        return new NumberNode(exponent == 0 ? value : value * ((Rational)10).Pow(exponent),
            places <= 0 ? -1 : Math.Max(0, places - exponent));
    }

    [GeneratedRegex(@"[^0-9.]", RegexOptions.CultureInvariant)]
    private static partial Regex NotInNumber();
}
