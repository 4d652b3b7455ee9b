using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Commands of LaTeX as tokens: signs, delimiters, wrappers.</summary>
internal static partial class Lexer
{
    /// <summary>Stands before the name of an operator that no rule knows.</summary>
    public const string Operator = "operator ";

    private static int Command(string text, int start, List<Token> tokens, bool space, Budget budget, int depth)
    {
        var end = start + 1;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        if (end == start + 1)
        {
            var sign = end < text.Length ? text[end] : ' ';
            switch (sign)
            {
                case '{' or '}':
                    tokens.Add(new Token(TokenKind.Sign, "\\" + sign, space));
                    break;
                case '\\':
                    tokens.Add(new Token(TokenKind.Sign, "\\\\", space));
                    break;
                case '%':
                    tokens.Add(new Token(TokenKind.Sign, "%", space));
                    break;
                case '|':
                    tokens.Add(new Token(TokenKind.Sign, "|", space));
                    break;
                case '&' or '#' or '_' or '@':
                    tokens.Add(new Token(TokenKind.Sign, sign.ToString(), space));
                    break;
                case '$':
                    tokens.Add(new Token(TokenKind.Text, "$", space));
                    break;
                default:
                    break; // \, \; \! \: \( and their like: spacing and delimiters
            }

            return Math.Min(text.Length, end + 1);
        }

        var name = text[(start + 1)..end];
        if (!Vocabulary.IsCommand(name) && Vocabulary.CommandPrefix(name) is { } prefix)
        {
            name = prefix;
            end = start + 1 + prefix.Length;
        }

        if (Vocabulary.Ignored.Contains(name))
        {
            return end;
        }

        if (Vocabulary.Delimiters.Contains(name))
        {
            return Delimiter(text, end, name.EndsWith("right", StringComparison.Ordinal), tokens, space);
        }

        if (Vocabulary.Bars.TryGetValue(name, out var bar))
        {
            tokens.Add(new Token(TokenKind.Sign, bar, space));
            return end;
        }

        if (Vocabulary.Wrappers.TryGetValue(name, out var skipped))
        {
            return Wrapper(text, end, name, skipped, tokens, space, budget, depth);
        }

        tokens.Add(new Token(TokenKind.Command, Vocabulary.Synonyms.GetValueOrDefault(name, name), space));
        return end;
    }

    private static int Delimiter(string text, int end, bool right, List<Token> tokens, bool space)
    {
        while (end < text.Length && text[end] == ' ')
        {
            end++;
        }

        if (end < text.Length && text[end] is '|' or '.' or '{' or '}')
        {
            var sign = text[end] switch { '|' => right ? "|)" : "(|", '{' => "\\{", '}' => "\\}", _ => "" };
            if (sign.Length > 0)
            {
                tokens.Add(new Token(TokenKind.Sign, sign, space));
            }

            return end + 1;
        }

        foreach (var name in (ReadOnlySpan<string>)["\\vert", "\\|", "\\lvert", "\\rvert"])
        {
            if (string.CompareOrdinal(text, end, name, 0, name.Length) == 0)
            {
                tokens.Add(new Token(TokenKind.Sign, right ? "|)" : "(|", space));
                return end + name.Length;
            }
        }

        return end;
    }

    // \text{...} and its like: mathematics inside is read as such, words become one text token.
    private static int Wrapper(string text, int end, string name, int skipped, List<Token> tokens, bool space,
        Budget budget, int depth)
    {
        for (; skipped > 0; skipped--)
        {
            (_, end) = Braced(text, end);
        }

        var (inside, next) = Braced(text, end);
        if (inside is null && name == "mathbb" && end < text.Length && text[end..].TrimStart() is { Length: > 0 } rest
            && char.IsAsciiLetterUpper(rest[0]))
        {
            (inside, next) = (rest[..1], text.Length - rest.Length + 1);
        }

        if (inside is null && name is "mathbf" or "boldsymbol" or "bm" && end + 1 < text.Length && text[end] == ' '
            && text[end + 1] is 'i' or 'j' or 'k' && (end + 2 == text.Length || !char.IsAsciiLetter(text[end + 2])))
        {
            (inside, next) = (text[(end + 1)..(end + 2)], end + 2); // \mathbf i
        }

        if (inside is null)
        {
            return end;
        }

        var words = inside.Trim();
        if (name is "mathbf" or "boldsymbol" or "bm" && words is "i" or "j" or "k")
        {
            tokens.AddRange(
                [new Token(TokenKind.Command, "boldletter", space), new Token(TokenKind.Letter, words, false)]);
        }
        else if (name == "mathbb")
        {
            tokens.Add(new Token(TokenKind.Command, "set" + words, space));
        }
        else if (name == "operatorname" && words.Length > 1)
        {
            var known = Vocabulary.Synonyms.GetValueOrDefault(words, words);
            tokens.Add(new Token(TokenKind.Command,
                Vocabulary.IsCommand(known) && known != "div" ? known : Operator + words, space));
        }
        else if (Vocabulary.IsStyle(name)
            || (words.Length > 0 && !words.Any(char.IsAsciiLetter) && words.All(c => c < 0x80))
            || name is "mathit" or "mathnormal" or "mathcal" or "mathsf")
        {
            Read(inside, tokens, budget, depth + 1);
        }
        else
        {
            var first = tokens.Count;
            Read(inside, tokens, budget, depth + 1, words: true);
            if (first < tokens.Count && space)
            {
                tokens[first] = tokens[first] with { Space = true };
            }
        }

        return next;
    }

    private static (string? Inside, int End) Braced(string text, int start)
    {
        while (start < text.Length && text[start] == ' ')
        {
            start++;
        }

        if (start >= text.Length || text[start] != '{')
        {
            return (null, start);
        }

        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '{')
            {
                depth++;
            }
            else if (text[i] == '}' && --depth == 0)
            {
                return (text[(start + 1)..i], i + 1);
            }
        }

        throw new ReadException("A brace is not closed.");
    }
}
