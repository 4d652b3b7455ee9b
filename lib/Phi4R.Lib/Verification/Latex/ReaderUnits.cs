using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Units behind a value, and words for what is counted.</summary>
internal sealed partial class Reader
{
    private const int MostWords = 6;

    /// <summary>The value with the unit that follows; null where none does.</summary>
    private Node? WithUnit(Node value)
    {
        var start = _at;
        if (UnitProduct(value) is { } unit)
        {
            return MixedUnits(Quantities.Times(value, unit));
        }

        _at = start;
        return Counted(value);
    }

    // 5 ft 3 in: a smaller unit of the same kind goes on.
    private Node MixedUnits(Node left)
    {
        while (left is QuantityNode large && Next.Kind == TokenKind.Number)
        {
            var start = _at;
            var more = NumberAtom();
            if (UnitProduct(more) is not { } unit)
            {
                _at = start;
                throw Unread();
            }

            left = Quantities.Mixed(large, new QuantityNode(more, unit))
                ?? throw new ReadException(
                    $"A value in {large.Unit} and one in {unit} side by side are not understood.");
        }

        return left;
    }

    // 30' or 30'' behind degrees, as a part of one.
    private ProductNode? ArcMinutes()
    {
        var start = _at;
        var number = NumberAtom();
        var braced = Take("^") && Take("{");
        var marks = 0;
        while (Is("'") || Is("\""))
        {
            marks += Is("'") ? 1 : 2;
            _at++;
            if (Is("^") && _tokens[_at + 1].Text == "'")
            {
                _at++;
            }
        }

        if (marks == 0 && !braced && Next.Kind is TokenKind.Text or TokenKind.Word)
        {
            marks = Next.Text is "minute" or "minutes" or "min" or "arcminute" or "arcminutes" ? 1
                : Next.Text is "second" or "seconds" or "sec" or "arcsecond" or "arcseconds" ? 2 : 0;
            _at += marks > 0 ? 1 : 0;
        }

        if (marks is 1 or 2 && (!braced || Take("}")))
        {
            var rest = marks == 1 && Next.Kind == TokenKind.Number ? ArcMinutes() : null;
            var share = Node.Number(new Rational(1, marks == 1 ? 60 : 3600));
            return new ProductNode(
                [rest is null ? number : new SumNode([number, new ProductNode([rest, Node.Number(60)])]), share]);
        }

        _at = start;
        return null;
    }

    private Unit? UnitProduct(Node value)
    {
        if (UnitFraction() is { } fraction)
        {
            return fraction;
        }

        if (UnitFactor(first: true, value) is not { } unit)
        {
            return null;
        }

        while (true)
        {
            var at = _at;
            var below = Take("/") || TakeText("per");
            var times = !below && (Take("*") || Hyphen());
            if (below && Take("("))
            {
                if (UnitProduct(value) is { } divisor && Take(")"))
                {
                    unit = unit.Times(divisor, -1);
                    continue;
                }
            }
            else if (UnitFactor(first: false, value) is { } next)
            {
                unit = unit.Times(next, below ? -1 : 1);
                continue;
            }
            else if (below && !times && Phrases.IsText(Next) && Phrases.IsPlainName(Next.Text))
            {
                _at++; // miles per game
                continue;
            }

            _at = at;
            return unit;
        }
    }

    // newton-metres, kilowatt-hours
    private bool Hyphen() => _tokens[_at - 1].Kind is TokenKind.Text or TokenKind.Word
        && Next is { Text: "-", Space: false }
        && _tokens[_at + 1] is { Kind: TokenKind.Text or TokenKind.Word, Space: false, Text: var second }
        && Unit.Find(second) is not null && Take("-");

    // \frac{m}{s^2}
    private Unit? UnitFraction()
    {
        var start = _at;
        if (IsCommand("frac") && _tokens[_at + 1].Text == "{"
            && _tokens[_at + 2].Kind is TokenKind.Text or TokenKind.Word)
        {
            _at += 2;
            if (UnitProduct(Node.Number(1)) is { } above && Take("}") && Take("{")
                && UnitProduct(Node.Number(1)) is { } below && Take("}"))
            {
                return above.Times(below, -1);
            }
        }

        _at = start;
        return null;
    }

    private Unit? UnitFactor(bool first, Node value)
    {
        var start = _at;
        while (Take("{"))
        {
        }

        var braces = _at - start;
        var power = TakeText("square") || TakeText("sq") ? 2 : TakeText("cubic") || TakeText("cu") ? 3 : 1;
        if (power > 1)
        {
            Take(".");
        }

        if (UnitName(first, value) is not { } unit)
        {
            _at = start;
            return null;
        }

        for (; braces > 0; braces--)
        {
            if (!Take("}"))
            {
                _at = start;
                return null;
            }
        }

        if (Is(".")
            && (_tokens[_at + 1].Kind is TokenKind.End or TokenKind.Number || _tokens[_at + 1].Text is "," or ")"))
        {
            _at++;
        }

        return unit.Power(power * UnitPower());
    }

    private int UnitPower()
    {
        var start = _at;
        if (!Take("^"))
        {
            return 1;
        }

        var braced = Take("{");
        var minus = Take("-");
        if (Next.Kind == TokenKind.Number && Next.Text is [>= '1' and <= '9'])
        {
            var power = Next.Text[0] - '0';
            _at++;
            if (!braced || Take("}"))
            {
                return minus ? -power : power;
            }
        }

        _at = start;
        throw Unread();
    }

    private Unit? UnitName(bool first, Node value)
    {
        var token = Next;
        if (token.Text is "mu" && token.Kind == TokenKind.Command
            && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Letter
            && Unit.Find("μ" + _tokens[_at + 1].Text) is { } micro)
        {
            _at += 2;
            return micro;
        }

        if (token is { Kind: TokenKind.Command, Text: "Omega" } && _tokens[_at + 1].Kind == TokenKind.End
            && value is NumberNode)
        {
            _at++;
            return Unit.Find("Ω");
        }

        if (token.Text == "in"
            && !(_tokens[_at + 1].Kind == TokenKind.End
                || _tokens[_at + 1].Text is "." or "^" or ")" or "," or "}" or "*" or "/"
                || (_tokens[_at + 1].Kind == TokenKind.Text && Unit.Find(_tokens[_at + 1].Text) is not null)))
        {
            return null; // the word, not the inch
        }

        // 5 s, a number, a space and the letter of a common unit at the end.
        if (first
            && token is { Kind: TokenKind.Letter, Space: true, Text: "m" or "s" or "g" or "h" or "L" or "C" or "F" }
            && value is NumberNode && _tokens[_at - 1].Kind == TokenKind.Number
            && _tokens[_at + 1].Kind == TokenKind.End)
        {
            _at++;
            return Unit.Find(token.Text switch { "C" => "celsius", "F" => "fahrenheit", var letter => letter });
        }

        // A letter of a formula is a unit where it stands in a rate, as in 9.8 m/s^2, or behind one.
        var isUnit = token.Kind is TokenKind.Text or TokenKind.Word
            || (token.Kind == TokenKind.Letter
                && (first && _tokens[_at - 1].Text is not "("
                    ? _tokens[_at - 1].Kind == TokenKind.Number
                        && (StartsRate() || (token.Space && ArePlain(rate: true)))
                    : _tokens[_at - 1].Text is "/" or "(" or "*" || (!first && token.Space && ArePlain(rate: false))));
        if (isUnit && token.Text is "min" && _tokens[_at + 1].Text is "(" or "\\{")
        {
            return null;
        }

        if (!isUnit || Unit.Find(token.Text) is not { } unit)
        {
            return null;
        }

        _at++;
        // "degrees Celsius"
        return unit.Kind == "angle" && Temperature() is { } temperature && _at++ > 0 ? temperature : unit;
    }

    private bool StartsRate() => _tokens[_at + 1].Text == "/" && _tokens[_at + 2].Text == "("
        ? _tokens[^2].Text == ")" && Unit.Find(Next.Text) is not null && Unit.Find(_tokens[_at + 3].Text) is not null
        : _tokens[_at + 1].Text == "/" && _tokens[_at + 2].Kind is TokenKind.Letter or TokenKind.Word
            && Unit.Find(_tokens[_at + 2].Text) is not null
        && Unit.Find(Next.Text) is not null
        && (_tokens[_at + 3].Kind == TokenKind.End
            || (_tokens[_at + 3].Text == "^"
                && _tokens.Skip(_at + 4)
                    .SkipWhile(token => token.Text is "{" or "}" or "-" || token.Kind == TokenKind.Number)
                    .First().Kind == TokenKind.End));

    private bool TakeText(string word)
    {
        if (Next.Kind is not (TokenKind.Text or TokenKind.Word)
            || !Next.Text.Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        _at++;
        return true;
    }
}
