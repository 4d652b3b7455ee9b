using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

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

    /// <param name="words">Whether runs of letters are words, as within \text, and no products.</param>
    private static void Read(string text, List<Token> tokens, Budget budget, int depth, bool words = false)
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

                if (words)
                {
                    Spoken(text[i..end], tokens, space);
                }
                else
                {
                    if (Describes(text, i, end, tokens))
                    {
                        tokens.Add(new Token(TokenKind.Text, text[i..end], space));
                    }
                    else
                    {
                        Letters(text[i..end], tokens, space,
                            end == text.Length || !(text[end] is '(' or '^' or '_' or '\''),
                            Function().IsMatch(text.AsSpan(end, Math.Min(8, text.Length - end))));
                    }
                }

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
                if (i < text.Length && (sign + text[i]) is "<=" or ">=" or "!=" or "**" or "==" or "->"
                    && !IsFactorial(text, i - 1))
                {
                    // "n!=m" with a factorial is as good as never meant, and "7!=5040" always is.
                    sign += text[i++];
                }

                tokens.Add(new Token(TokenKind.Sign, sign switch
                {
                    "<=" => "≤",
                    ">=" => "≥",
                    "!=" => "≠",
                    "**" =>
                    "^",
                    "==" => "=",
                    _ => sign
                }, space));
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

    // "17 red marbles": a short run between a number and a word is a word.
    private static bool Describes(string text, int start, int end, List<Token> tokens)
    {
        if (end - start != 3 || end == text.Length || text[end] != ' ' || tokens.Count == 0
            || tokens[^1].Kind != TokenKind.Number || Vocabulary.IsWord(text[start..end]))
        {
            return false;
        }

        var last = end + 1;
        while (last < text.Length && char.IsAsciiLetter(text[last]))
        {
            last++;
        }

        return last - end > 4 && IsEnglish(text[(end + 1)..last], true);
    }

    // A run of letters in mathematics: a function, a unit, a word of English, or else a product of variables, as before
    // a function: mg\cos θ.
    private static void Letters(string run, List<Token> tokens, bool space, bool alone, bool isFactor = false)
    {
        if (run.Length == 1)
        {
            tokens.Add(new Token(TokenKind.Letter, run, space));
        }
        else if (Vocabulary.IsWord(run) && !(isFactor && run.Length == 2 && Unit.IsPlain(run)))
        {
            tokens.Add(new Token(TokenKind.Word, run, space));
        }
        else if (Vocabulary.Prefix(run) is { } prefix)
        {
            tokens.Add(new Token(TokenKind.Word, prefix, space));
            Letters(run[prefix.Length..], tokens, false, alone);
        }
        else if (alone && IsEnglish(run, tokens.Count == 0 || space || tokens[^1].Text is "-" or "(" or ","))
        {
            tokens.Add(new Token(TokenKind.Text, run, space));
        }
        else
        {
            foreach (var letter in run)
            {
                tokens.Add(new Token(TokenKind.Letter, letter.ToString(), space));
                space = false;
            }
        }
    }

    // Within \text a run of letters is a word; one letter is a unit behind a number, and else a variable or a choice.
    private static void Spoken(string run, List<Token> tokens, bool space)
    {
        var behindValue = tokens.Count > 0
            && (tokens[^1].Kind is TokenKind.Number or TokenKind.Text
                || (tokens[^1].Kind == TokenKind.Word && Unit.IsPlain(tokens[^1].Text))
                || (tokens.Count > 1 && tokens[^2].Text == "mu")
                || tokens[^1].Text is ")" or "}" or "/" or "*" or "circ" or "degrees" or "pi"
                || (tokens[^1].Text == "{" && tokens.Count > 2
                    && (tokens[^2].Text == "frac"
                        ? tokens[^3].Kind == TokenKind.Number
                        : tokens[^2].Text == "}" && tokens[^3].Kind == TokenKind.Text)));
        var kind = run.Length == 1 ? behindValue && Unit.Find(run) is not null ? TokenKind.Text : TokenKind.Letter
            : Vocabulary.IsFunction(run) || Vocabulary.Lists.Contains(run) && run != "min"
                || run is "and" or "or" or "pi" or "sqrt" or "base" or "percent" or "in" ? TokenKind.Word
            : TokenKind.Text;
        tokens.Add(new Token(kind, run, space));
    }

    // Short words only where they stand alone and are known; from five letters on a run is a word, of four where it can
    // be spoken.
    public static bool IsEnglish(string run, bool spaced) => run.Length switch
    {
        2 or 3 => spaced && Phrases.IsShortWord(run),
        4 => (spaced || run.Any(char.IsAsciiLetterUpper) == false) && run.ToLowerInvariant() is var small
            && small.IndexOfAny(['a', 'e', 'i', 'o', 'u', 'y']) >= 0
            && !run.All(char.IsAsciiLetterUpper) && !small.Zip(small.Skip(1), (a, b) => a < b).All(rising => rising),
        _ => !run.All(char.IsAsciiLetterUpper) || run.Length > 8,
    };

    // Thousands may be set apart by {,} or \! or a thin space; a bare comma is settled by the reader, which knows where
    // it stands.
    [GeneratedRegex(@"\G(?:[0-9]{1,3}(?:(?:\{,\}|,\s?\\!\s?|\{,\\!\}|\\,|\\ |\\;|[ ]"
        + @"|\\!)[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]*\.?[0-9]+(?:\.(?![0-9A-Za-z]))?"
        + @"|[0-9]+\.)(?:[eE][+-]?[0-9]+(?![0-9.]))?", RegexOptions.CultureInvariant)]
    private static partial Regex NumberText();

    // Whether a sign of denial behind a bare number is a factorial that something equals.
    private static bool IsFactorial(string text, int at)
    {
        var start = at;
        while (start > 0 && char.IsAsciiDigit(text[start - 1]))
        {
            start--;
        }

        return text[at] == '!' && start < at && (start == 0 || !(char.IsAsciiLetter(text[start - 1])
            || text[start - 1] is '_' or '^' or '{' or '.'))
            && text.AsSpan(at + 2).TrimStart() is [>= '0' and <= '9', ..];
    }

    [GeneratedRegex(@"\A\\(?:sin|cos|tan|cot|sec|csc|ln|log|exp)(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Function();
}
