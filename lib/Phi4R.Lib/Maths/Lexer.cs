using System.Text.RegularExpressions;

namespace Phi4R.Maths;

internal enum TokenKind
{
    Number,
    Letter,
    Word,
    Command,
    Text,
    Sign,
    End,
}

/// <summary>One token; a command's text has no backslash, and brackets have one spelling each.</summary>
internal sealed record Token(TokenKind Kind, string Text, bool Space);

/// <summary>Cuts cleaned LaTeX or plain text into tokens.</summary>
internal static partial class Lexer
{
    private const int MaxTokens = 4000;

    /// <exception cref="ReadException">The text is too long.</exception>
    public static List<Token> Read(string text, Budget budget)
    {
        List<Token> tokens = [];
        Read(text, tokens, budget, 0);
        tokens.Add(new Token(TokenKind.End, "", false));
        return tokens;
    }

    private static void Read(string text, List<Token> tokens, Budget budget, int depth)
    {
        if (text.Length > 8000 || depth > 12)
        {
            throw new ReadException("The text is too long.");
        }

        var space = false;
        for (var i = 0; i < text.Length;)
        {
            budget.Spend();
            if (tokens.Count > MaxTokens)
            {
                throw new ReadException("The text is too long.");
            }

            var c = text[i];
            if (char.IsWhiteSpace(c) || c is '~' or '$')
            {
                space = true;
                i++;
                continue;
            }

            var start = tokens.Count;
            if (char.IsAsciiDigit(c) || (c == '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])))
            {
                i += Number(text, i, tokens, space);
            }
            else if (char.IsAsciiLetter(c))
            {
                var end = i;
                while (end < text.Length && char.IsAsciiLetter(text[end]))
                {
                    end++;
                }

                Letters(text[i..end], tokens, space);
                i = end;
            }
            else if (c == '\\')
            {
                i = Command(text, i, tokens, space, budget, depth);
            }
            else if (c < 0x80)
            {
                i++;
                var sign = c.ToString();
                if (i < text.Length && (sign + text[i]) is "<=" or ">=" or "!=" or "**" or "==" or "->")
                {
                    // "n!=m" with a factorial is as good as never meant.
                    sign += text[i++];
                }

                tokens.Add(new Token(TokenKind.Sign, sign switch { "<=" => "≤", ">=" => "≥", "!=" => "≠", "**" => "^", "==" => "=", _ => sign }, space));
            }
            else
            {
                var end = i;
                while (end < text.Length && text[end] >= 0x80)
                {
                    end++;
                }

                tokens.Add(new Token(TokenKind.Text, text[i..end], space));
                i = end;
            }

            space = tokens.Count == start;
        }
    }

    private static int Number(string text, int start, List<Token> tokens, bool space)
    {
        var match = NumberText().Match(text, start);
        tokens.Add(new Token(TokenKind.Number, match.Value, space));
        return match.Length;
    }

    private static void Letters(string run, List<Token> tokens, bool space)
    {
        if (run.Length == 1)
        {
            tokens.Add(new Token(TokenKind.Letter, run, space));
            return;
        }

        if (Vocabulary.IsWord(run))
        {
            tokens.Add(new Token(TokenKind.Word, run, space));
            return;
        }

        if (Vocabulary.Prefix(run) is { } prefix)
        {
            tokens.Add(new Token(TokenKind.Word, prefix, space));
            Letters(run[prefix.Length..], tokens, false);
            return;
        }

        if (run.Length <= 2)
        {
            foreach (var letter in run)
            {
                tokens.Add(new Token(TokenKind.Letter, letter.ToString(), space));
                space = false;
            }

            return;
        }

        tokens.Add(new Token(TokenKind.Word, run, space));
    }

    // Thousands may be set apart by {,} or \! or a thin space; a bare comma is settled by the reader, which knows where it stands.
    [GeneratedRegex(@"\G(?:[0-9]{1,3}(?:(?:\{,\}|,\s?\\!\s?|\{,\\!\}|\\,|\\ |\\;|[ ]|\\!)[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]*\.?[0-9]+(?:\.(?![0-9A-Za-z]))?|[0-9]+\.)(?:[eE][+-]?[0-9]+(?![0-9.]))?", RegexOptions.CultureInvariant)]
    private static partial Regex NumberText();
}
