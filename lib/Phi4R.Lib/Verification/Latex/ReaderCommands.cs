using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Words, commands and brackets.</summary>
internal sealed partial class Reader
{
    private Node Word()
    {
        var word = Vocabulary.Synonyms.GetValueOrDefault(Next.Text, Next.Text);
        switch (word)
        {
            case "sqrt" or "ucbrt":
                _at++;
                return Root(word == "sqrt" ? 2 : 3);
            case "pi" or "theta" or "alpha" or "beta":
                _at++;
                return new SymbolNode(word);
            case "infty":
                _at++;
                return new SymbolNode("infinity");
        }

        if (Vocabulary.IsFunction(word) || Vocabulary.Lists.Contains(word))
        {
            _at++;
            return Function(word);
        }

        // The symbol of a unit where no value stands before it: a product of letters.
        var run = Next.Text;
        if (run.Length > 2 || !Unit.IsPlain(run))
        {
            throw Unread();
        }

        _at++;
        return new ProductNode([.. run.Select(letter => new SymbolNode(letter.ToString()))]);
    }

    private Node Command()
    {
        var name = _tokens[_at++].Text;
        switch (name)
        {
            case "frac":
                return Fraction();
            case "sqrt":
                return RootCommand();
            case "usqrt" or "ucbrt":
                return Root(name == "usqrt" ? 2 : 3);
            case "binom":
                return new CallNode("binomial", [Argument(), Argument()]);
            case "infty" or "bound":
                return new SymbolNode(name == "bound" ? Shapes.Bound : "infinity");
            case "eulers":
                return new SymbolNode("e");
            case "emptyset":
                return new GroupNode('{', '}', []);
            case "begin":
                return Environment();
            case "sum" or "prod":
                return Series(name);
            case "int":
                return Integral();
            case "lim":
                return Limit();
            case "ldots":
                return new SymbolNode("...");
            case "overline" or "bar":
                // Over a complex number it is its conjugate; over anything else it only names.
                var inside = Argument();
                return new CallNode(Calculus.Has(inside, "i") && Equality.Variables(inside).Count == 0
                    ? "conj"
                    : "named overline", [inside]);
            case "nabla":
                return Nabla();
            case "vec" when Is("{") && _tokens[_at + 1].Text == "nabla" && _tokens[_at + 2].Text == "}":
                _at += 3;
                return Nabla();
            case "vec" when IsCommand("nabla"):
                _at++;
                return Nabla();
            case "vec" or "overrightarrow" or "hat" or "boldletter":
                return Dressed(name is "hat" ? "hat" : name is "boldletter" ? "" : "vec");
            case "dot" or "ddot" or "widehat":
                return Marked(name, Argument());
            case "zeta" when Is("("):
                return Zeta(Arguments());
            case "angle" or "triangle":
                return Corners(name);
            case "Delta" when Enumerable.Range(_at, 3)
                .All(i => i < _tokens.Count && _tokens[i].Kind == TokenKind.Letter
                    && char.IsAsciiLetterUpper(_tokens[i].Text[0])):
                return Corners("triangle");
            case "char":
                while (Next.Kind != TokenKind.End && !Is("="))
                {
                    _at++;
                }

                return new SymbolNode("epsilon");
            case "forall" or "exists" or "and" or "or" or "mod" or "end" or "not" or "choose" or "pmod" or "circ"
                or "degrees" or "complement" or "stackrel":
                _at--;
                throw Unread();
        }

        if (name.StartsWith("set", StringComparison.Ordinal) && name.Length == 4)
        {
            return NamedSet(name[3..]);
        }

        if (Vocabulary.IsFunction(name) || Vocabulary.Lists.Contains(name))
        {
            return Function(name);
        }

        if (name.StartsWith(Lexer.Operator, StringComparison.Ordinal))
        {
            return Operator(name[Lexer.Operator.Length..]);
        }

        if (!Vocabulary.IsCommand(name))
        {
            _at--;
            throw Unread();
        }

        return name is "Phi" or "phi" or "varphi" or "psi" or "Gamma" && Is("(")
            ? new CallNode(name, Arguments())
            : new SymbolNode(name);
    }

    // Hats, arrows and bold letters: i, j and k are the unit vectors; of two letters the order counts.
    private Node Dressed(string mark)
    {
        var inside = Argument();
        return inside switch
        {
            SymbolNode { Name: "i" or "j" or "k" or "imath" or "jmath" } unit =>
                new SymbolNode(Vectors.Dressed(unit.Name[..1])),
            SymbolNode { Name: ['v', 'e', 'c', ' ', _] } unit => unit, // \hat{\mathbf i}
            _ when mark.Length == 0 => inside,
            // From A to B is the opposite of from B to A.
            ProductNode
            {
                Factors: [SymbolNode { Name: [>= 'A' and <= 'Z'] and var from },
                SymbolNode { Name: [>= 'A' and <= 'Z'] and var to }]
            }
                when mark == "vec" && string.CompareOrdinal(from, to) > 0 =>
                    Node.Negative(new CallNode("named vec", [new SymbolNode(to + from)])),
            ProductNode { Factors: var letters } when letters.All(letter => letter is SymbolNode) =>
                new CallNode("named " + mark,
                    [new SymbolNode(string.Concat(letters.Select(letter => ((SymbolNode)letter).Name)))]),
            _ => new CallNode("named " + mark, [inside]),
        };
    }

    // An operator, not a factor: ∇f, ∇·F, ∇×F and ∇²f are four things.
    private Node Nabla()
    {
        var name = "nabla";
        while (Is("^") || Is("*") || Is("×"))
        {
            name += Next.Text;
            _at++;
            if (name.EndsWith('^'))
            {
                name += Argument().Canonical;
            }
        }

        if (!StartsFactor())
        {
            return new SymbolNode(name);
        }

        // The divergence of a gradient, and its operator alone.
        return (name, Undressed(Factor())) switch
        {
            ("nabla*", CallNode { Name: "named nabla", Arguments: [var inner] }) =>
                new CallNode("named nabla^2", [inner]),
            ("nabla*", SymbolNode { Name: "nabla" }) => new SymbolNode("nabla^2"),
            (_, var of) => new CallNode("named " + name, [of]),
        };
    }

    private Node Fraction()
    {
        if (Is("{") && _tokens[_at + 1].Text is "d" or "partial" && _tokens[_at + 2].Text == "}"
            && _tokens[_at + 3].Text == "{" && _tokens[_at + 4].Text == _tokens[_at + 1].Text
            && _tokens[_at + 4].Kind is TokenKind.Letter or TokenKind.Command)
        {
            _at += 5;
            var variable = Atom();
            Expect("}");
            return new CallNode("derivative", [Term(false), variable]);
        }

        if (string.Concat(_tokens.Skip(_at).Take(8)
            .Select(token => token.Kind is TokenKind.Letter or TokenKind.Sign
                ? token.Text
                : " ")) is ['{', 'd', var of, '}', '{', 'd', var by, '}'] && char.IsAsciiLetter(of)
                && char.IsAsciiLetter(by))
        {
            _at += 8;
            return new SymbolNode(by == 'x' && of is 'y' or 'u' ? of + "'" : $"d{of}/d{by}");
        }

        // \frac{d^2}{dx^2} before what is derived.
        if (HigherDerivative().Match(string.Concat(_tokens.Skip(_at).Take(15)
            .Select(token => token.Text.Length == 1 ? token.Text : " "))) is { Success: true } higher)
        {
            _at += higher.Length; // each of its tokens is one sign
            return Enumerable.Range(0, higher.Groups["n"].Value[0] - '0').Aggregate(Term(false), (inner, _) =>
                new CallNode("derivative", [inner, new SymbolNode(higher.Groups["by"].Value)]));
        }

        if ((Derivative() ?? Partial()) is { } rate)
        {
            return rate;
        }

        var above = Argument();
        return Divided(above, Argument());
    }

    [GeneratedRegex(@"\A\{d\^(?:\{(?<n>[23])\}|(?<n>[23]))\}\{d(?<by>[a-z])\^(?:\{\k<n>\}|\k<n>)\}",
        RegexOptions.CultureInvariant)]
    private static partial Regex HigherDerivative();

    private Node RootCommand()
    {
        if (!Take("["))
        {
            return Is("(") ? RootOf(Node.Number(2), Atom()) : RootOf(Node.Number(2), Argument());
        }

        var degree = Sum();
        Expect("]");
        return RootOf(degree, Argument());
    }

    // sqrt(2), √2, √12 and √x: of a bare number all digits are meant.
    private Node Root(int degree) =>
        RootOf(Node.Number(degree), Next.Kind == TokenKind.Number ? Parse(_tokens[_at++].Text) : Atom());

    private static Node RootOf(Node degree, Node inside) => new CallNode("root", [inside, degree]);
}
