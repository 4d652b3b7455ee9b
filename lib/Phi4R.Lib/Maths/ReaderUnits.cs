using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>Words behind a number that are its unit.</summary>
internal sealed partial class Reader
{
    /// <summary>Skips words that can only be the unit of what stands before them.</summary>
    private bool Unit()
    {
        var token = Next;
        if (token.Kind == TokenKind.Sign && token.Text == "." && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word)
        {
            _at++;
            return true;
        }

        if (token.Text == "in" && !(_tokens[_at + 1].Kind == TokenKind.End || _tokens[_at + 1].Text is "." or "^" or ")"))
        {
            return false; // the word, not the inch
        }

        if (token.Kind == TokenKind.Text || (token.Kind == TokenKind.Word && (Vocabulary.Units.ContainsKey(token.Text) || (!Vocabulary.IsWord(token.Text) && token.Text.Length > 3 && token.Space))))
        {
            if (BaseWord().Match(token.Text) is { Success: true })
            {
                throw Unread();
            }

            if (PercentWord().IsMatch(token.Text))
            {
                return false;
            }

            _at++;
            var name = token.Text;
            if (Is("^") && _tokens[_at + 1].Kind is TokenKind.Number or TokenKind.Sign)
            {
                _at++;
                name += "^" + Argument().Canonical;
            }

            _unit = _unit is null ? name : _unit + " " + name;
            while (Is("/") && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word && !Vocabulary.IsFunction(_tokens[_at + 1].Text))
            {
                _unit += "/" + _tokens[_at + 1].Text;
                _at += 2;
            }

            return true;
        }

        return false;
    }

    [GeneratedRegex(@"^base\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex BaseWord();

    [GeneratedRegex(@"^(?:percent|pct|percentage)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PercentWord();
}
