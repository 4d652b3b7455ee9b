using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>Commands of LaTeX as tokens: signs, delimiters, wrappers.</summary>
internal static partial class Lexer
{
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
                default:
                    break; // \, \; \! \: \$ \( and their like: spacing and delimiters
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
    private static int Wrapper(string text, int end, string name, int skipped, List<Token> tokens, bool space, Budget budget, int depth)
    {
        for (; skipped > 0; skipped--)
        {
            (_, end) = Braced(text, end);
        }

        var (inside, next) = Braced(text, end);
        if (inside is null && name == "mathbb" && end < text.Length && text[end..].TrimStart() is { Length: > 0 } rest && char.IsAsciiLetterUpper(rest[0]))
        {
            (inside, next) = (rest[..1], text.Length - rest.Length + 1);
        }

        if (inside is null)
        {
            return end;
        }

        var words = inside.Trim();
        if (!Vocabulary.IsStyle(name) && IsUnit(words, tokens))
        {
            tokens.Add(new Token(TokenKind.Text, words, space));
        }
        else if (name == "mathbb" || (name is "mathbf" or "mathcal" && words is "R" or "Z" or "N" or "Q" or "C" && name == "mathbb"))
        {
            tokens.Add(new Token(TokenKind.Command, "set" + words, space));
        }
        else if (name == "operatorname")
        {
            tokens.Add(new Token(TokenKind.Command, Vocabulary.Synonyms.GetValueOrDefault(words, words), space));
        }
        else if (Vocabulary.IsStyle(name) || !WordsOnly().IsMatch(words) || Vocabulary.IsWord(words) || (words.Length == 1 && !(words[0] is 'm' or 'g' or 's' or 'L' or 'h' && tokens.Count > 0 && tokens[^1].Kind == TokenKind.Number)))
        {
            Read(inside, tokens, budget, depth + 1);
        }
        else if (words.Length > 0)
        {
            var joined = JoiningWords().Match(words);
            if (joined.Success)
            {
                tokens.Add(new Token(TokenKind.Word, joined.Groups[1].Value.ToLowerInvariant(), true));
            }
            else
            {
                tokens.Add(new Token(TokenKind.Text, words, space));
            }
        }

        return next;
    }

    // Words behind a number that are units and nothing else, such as m/s^2; behind the sign of degrees C and F are, too.
    private static bool IsUnit(string words, List<Token> tokens)
    {
        if (tokens.Count == 0 || !UnitShape().IsMatch(words))
        {
            return false;
        }

        var before = tokens[^1];
        return before.Text is "circ" or "degrees" || (before.Text == "}" && tokens.Count > 1 && tokens[^2].Text is "circ" or "degrees")
            ? words is "C" or "F" or "K"
            : (before.Kind == TokenKind.Number || before.Text is ")" or "}" or "pi") && UnitWord().Matches(words).All(word => word.Value == "in" || Vocabulary.Units.ContainsKey(word.Value));
    }

    [GeneratedRegex(@"^[A-Za-z]+(?:\^\{?-?[0-9]\}?)?(?:\s*[/* ]\s*[A-Za-z]+(?:\^\{?-?[0-9]\}?)?)*\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex UnitShape();

    [GeneratedRegex(@"[A-Za-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex UnitWord();

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

    [GeneratedRegex(@"^[^0-9=<>+*/^_|\\]*$|^[A-Za-z .,'-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex WordsOnly();

    [GeneratedRegex(@"^,?\s*(and|or)\s*,?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex JoiningWords();
}
