namespace Phi4R.Maths;

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

        if (Vocabulary.IsWord(Next.Text) && !(Vocabulary.Units.ContainsKey(Next.Text) && Next.Text.Length <= 2))
        {
            throw Unread();
        }

        // Letters that are no word: a product, or the name of a function or quantity that is defined here.
        var run = _tokens[_at++].Text;
        if (run.Length > 4)
        {
            _at--;
            throw Unread();
        }

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
            case "infty":
                return new SymbolNode("infinity");
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
                return new CallNode(Calculus.Has(inside, "i") && Equality.Variables(inside).Count == 0 ? "conj" : "named overline", [inside]);
            case "vec" or "overrightarrow" or "hat" or "angle" or "triangle":
                return new CallNode("named " + name, [Argument()]);
            case "char":
                while (Next.Kind != TokenKind.End && !Is("="))
                {
                    _at++;
                }

                return new SymbolNode("epsilon");
            case "forall" or "exists" or "and" or "or" or "mod" or "end" or "not" or "choose" or "pmod" or "circ" or "degrees" or "dot" or "complement" or "stackrel":
                _at--;
                throw Unread();
        }

        if (name.StartsWith("set", StringComparison.Ordinal) && name.Length == 4)
        {
            return new SymbolNode("set " + name[3..]);
        }

        if (Vocabulary.IsFunction(name) || Vocabulary.Lists.Contains(name))
        {
            return Function(name);
        }

        if (!Vocabulary.IsCommand(name))
        {
            _at--;
            throw Unread();
        }

        return name is "Phi" or "phi" or "varphi" or "psi" or "Gamma" && Is("(") ? new CallNode(name, Arguments()) : new SymbolNode(name);
    }

    private Node Fraction()
    {
        if (Is("{") && _tokens[_at + 1] is { Kind: TokenKind.Letter, Text: "d" } && _tokens[_at + 2].Text == "}" && _tokens[_at + 3].Text == "{" && _tokens[_at + 4].Text == "d")
        {
            _at += 5;
            var variable = Atom();
            Expect("}");
            return new CallNode("derivative", [Term(false), variable]);
        }

        var above = Argument();
        return Node.Quotient(above, Argument());
    }

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
    private Node Root(int degree) => RootOf(Node.Number(degree), Next.Kind == TokenKind.Number ? Parse(_tokens[_at++].Text) : Atom());

    private static Node RootOf(Node degree, Node inside) => new CallNode("root", [inside, degree]);

    private Node Function(string name)
    {
        Node? power = null;
        Node? subscript = null;
        while (Is("^") || Is("_"))
        {
            var raised = Is("^");
            _at++;
            if (raised)
            {
                power = Exponent();
            }
            else
            {
                subscript = Argument();
            }
        }

        if (Vocabulary.Lists.Contains(name))
        {
            return Powered(new CallNode(name, Is("(") || Is("{") || Is("\\{") ? Arguments() : throw Unread()), power);
        }

        if (power is NumberNode { Value: var value } && value == -1 && (name.StartsWith("sin", StringComparison.Ordinal) || name.StartsWith("cos", StringComparison.Ordinal) || name.StartsWith("tan", StringComparison.Ordinal) || name is "cot" or "sec" or "csc"))
        {
            (name, power) = ("arc" + name, null);
        }

        var argument = FunctionArgument();
        if (name is "log" && subscript is not null)
        {
            return Powered(Node.Quotient(new CallNode("ln", [argument]), new CallNode("ln", [subscript])), power);
        }

        return subscript is not null ? throw Unread()
            : Powered(name is "log" or "lg" ? Node.Quotient(new CallNode("ln", [argument]), new CallNode("ln", [Node.Number(10)])) : new CallNode(name, [argument]), power);
    }

    private static Node Powered(Node node, Node? power) => power is null ? node : new PowerNode(node, power);

    // A bracket is the whole argument; without one, the factors up to the next sign or function are.
    private Node FunctionArgument()
    {
        if (Is("(") || Is("[") || Is("\\{") || Is("(|"))
        {
            return Bracketed();
        }

        if (Is("-"))
        {
            Nest();
            _at++;
            return Node.Negative(FunctionArgument());
        }

        var node = Factor();
        while (StartsFactor() && !(Next.Kind is TokenKind.Word or TokenKind.Command && (Vocabulary.IsFunction(Next.Text) || Vocabulary.Lists.Contains(Next.Text))) && !Is("(") && !Is("["))
        {
            node = Times(node, Factor());
        }

        return node;
    }
}
