using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Words for what is counted.</summary>
internal sealed partial class Reader
{
    // Words that say what is counted end their item; a word that would change the value is none of them.
    private QuantityNode? Counted(Node value)
    {
        if (Next.Text == "in" && _tokens[_at + 1].Text is "total" or "all")
        {
            _at++; // 17 in total
        }

        if (!Phrases.IsText(Next) || Equality.Variables(value).Count > 0 || Equality.HasUnknown(value)
            || value is CallNode { Name: "base" })
        {
            return null;
        }

        List<string> words = [];
        while (Phrases.IsText(Next) || (words.Count > 0 && Next.Text is "-"))
        {
            if (!Phrases.IsPlainName(Next.Text)
                && !(Next.Text is "of" && Phrases.IsText(_tokens[_at + 1])
                    && Phrases.IsPlainName(_tokens[_at + 1].Text)))
            {
                throw Unread();
            }

            words.Add(Next.Text.ToLowerInvariant());
            _at++;
        }

        Take(".");
        // "4 times the radius" is a product with what is not known.
        if (words.Count > MostWords
            || words is ["times", "the" or "a" or "an" or "that" or "this" or "its" or "their", ..]
            || !(Next.Kind == TokenKind.End
                || Next.Text is "," or ";" or ")" or "and" or "or" or "}" or "\\}" or "]" or "&" or "\\\\" or "=" or "≈"
                    or Phrases.Given or Phrases.OnlyIf || IsCommand("end")))
        {
            throw Unread();
        }

        var said = string.Join(' ', words);
        return value is QuantityNode measured
            ? measured with { Unit = measured.Unit.Noted(said) }
            : new QuantityNode(value, Unit.Counted(said));
    }
}
