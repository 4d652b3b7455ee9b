using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>Formulas of logic and of sets of one letter each, compared in all cases: ¬(p ∨ q) is ¬p ∧ ¬q.</summary>
internal static partial class Logic
{
    private const int MaxLength = 200;
    private const int MaxLetters = 6;

    // What each way of writing an operator stands for, as Operator() finds it: \ and its name, a sign, or a word.
    private static readonly Dictionary<string, string> Signs = new (string Sign, string[] Names)[]
    {
        ("¬", ["\\neg", "\\lnot", "~", "\\sim", "¬", "not"]),
        ("∧", ["\\land", "\\wedge", "∧", "and", "\\cap", "∩"]),
        ("∨", ["\\lor", "\\vee", "∨", "or", "\\cup", "∪"]),
        ("⇔", ["\\leftrightarrow", "\\Leftrightarrow", "\\iff", "↔", "⇔"]),
        ("⇒", ["\\rightarrow", "\\Rightarrow", "\\implies", "\\to", "→", "⇒"]),
        ("∖", ["\\setminus", "\\smallsetminus", "\\backslash", "∖"]),
        ("'", ["^{c}", "^c", "^{C}", "^\\complement", "^{\\complement}", "^\\prime", "'"]),
        ("¬", ["\\overline", "\\bar"]),
    }.SelectMany(row => row.Names.Select(name => (name, row.Sign))).ToDictionary();

    // Formulas of logic have neither digits nor equations.
    private static readonly SearchValues<char> Numbers = SearchValues.Create("0123456789=");

    /// <summary>Whether two formulas hold in the same cases; null unless both are such formulas.</summary>
    /// <remarks>
    /// Of two implications the sides are compared, since the contrapositive answers another question.
    /// </remarks>
    public static bool? Same(string gold, string answer)
    {
        if (gold.Length > MaxLength || answer.Length > MaxLength
            || gold.AsSpan().ContainsAny(Numbers) || answer.AsSpan().ContainsAny(Numbers))
        {
            return null;
        }

        if (Inclusion(gold) is { } a && Inclusion(answer) is { } b)
        {
            return a == b;
        }

        if (!Operator().IsMatch(gold) || !Operator().IsMatch(answer)
            || Parse(gold) is not { } left || Parse(answer) is not { } right
            || !(left.HasSign && right.HasSign)
            || left.IsOfSets != right.IsOfSets)
        {
            return null;
        }

        var letters = string.Concat((left.Letters + right.Letters).Distinct().Order());
        return letters.Length > MaxLetters ? null
            : !Agree(left.Formula, right.Formula, letters) ? false
            : left.Formula is Join { Sign: '⇒' } p && right.Formula is Join { Sign: '⇒' } q
                ? Agree(p.Left, q.Left, letters) && Agree(p.Right, q.Right, letters) ? true : null
            : true;
    }

    // A ⊂ B and B ⊃ A in one spelling.
    private static string? Inclusion(string text) => Included().Match(text.Trim().Trim('$')) is { Success: true } match
        ? match.Groups["sign"].Value switch
        {
            "\\subset" or "⊂" => match.Groups["a"].Value + "⊂" + match.Groups["b"].Value,
            "\\supset" or "⊃" => match.Groups["b"].Value + "⊂" + match.Groups["a"].Value,
            "\\subseteq" or "⊆" => match.Groups["a"].Value + "⊆" + match.Groups["b"].Value,
            _ => match.Groups["b"].Value + "⊆" + match.Groups["a"].Value,
        }
        : null;

    private static bool Agree(Formula a, Formula b, string letters) =>
        Enumerable.Range(0, 1 << letters.Length).All(row => a.Holds(row, letters) == b.Holds(row, letters));

    private static Parsed? Parse(string text)
    {
        var plain = Operator().Replace(Spacing().Replace(text.Trim().Trim('$', '.'), " "), match => Signs[match.Value]);
        plain = plain.Replace(" ", "", StringComparison.Ordinal).Replace('{', '(').Replace('}', ')').Replace('[', '(')
            .Replace(']', ')');
        var at = 0;
        var formula = plain.Length is > 0 and < 100 ? Joined(plain, ref at, 0) : null;
        var letters = string.Concat(plain.Where(char.IsAsciiLetter).Distinct());
        // ∧ of small letters that are no statements is a product of vectors; p to t, and capitals, are.
        return formula is null || at < plain.Length || !letters.All(c => c is >= 'p' and <= 't' or >= 'A' and <= 'C'
            or >= 'P' and <= 'S' or 'X' or 'Y') ? null
            : new(formula, letters, formula is not Letter, SetSign().IsMatch(text));
    }

    // Without brackets, two different operators of one rank are no formula that everybody reads alike.
    private static Formula? Joined(string text, ref int at, int rank)
    {
        var signs = rank switch { 0 => "⇔", 1 => "⇒", 2 => "∨∧∖", _ => "" };
        if (rank > 2)
        {
            return Single(text, ref at);
        }

        var left = Joined(text, ref at, rank + 1);
        var sign = '\0';
        while (left is not null && at < text.Length && signs.Contains(text[at]))
        {
            if (sign != '\0' && (sign != text[at] || sign is '⇒' or '⇔' or '∖'))
            {
                return null;
            }

            sign = text[at++];
            left = Joined(text, ref at, rank + 1) is { } right ? new Join(sign, left, right) : null;
        }

        return left;
    }

    private static Formula? Single(string text, ref int at)
    {
        Formula? formula = null;
        if (at < text.Length && text[at] == '¬')
        {
            at++;
            return Single(text, ref at) is { } inside ? new Not(inside) : null;
        }

        if (at < text.Length && text[at] == '(')
        {
            at++;
            formula = Joined(text, ref at, 0);
            if (at >= text.Length || text[at++] != ')')
            {
                return null;
            }
        }
        else if (at < text.Length && char.IsAsciiLetter(text[at]))
        {
            formula = new Letter(text[at++]);
        }

        while (formula is not null && at < text.Length && text[at] == '\'')
        {
            at++;
            formula = new Not(formula);
        }

        return formula;
    }

    private sealed record Parsed(Formula Formula, string Letters, bool HasSign, bool IsOfSets);

    private abstract record Formula
    {
        public abstract bool Holds(int row, string letters);
    }

    private sealed record Letter(char Name) : Formula
    {
        public override bool Holds(int row, string letters) => (row >> letters.IndexOf(Name) & 1) == 1;
    }

    private sealed record Not(Formula Inside) : Formula
    {
        public override bool Holds(int row, string letters) => !Inside.Holds(row, letters);
    }

    private sealed record Join(char Sign, Formula Left, Formula Right) : Formula
    {
        public override bool Holds(int row, string letters) =>
            (Left.Holds(row, letters), Right.Holds(row, letters)) is var (a, b) && Sign switch
            {
                '∧' => a && b,
                '∨' => a
                || b,
                '∖' => a && !b,
                '⇒' => !a || b,
                _ => a == b
            };
    }

    // Every name in Signs; behind a letter at its end no other stands, and before a word none.
    [GeneratedRegex(@"(?:\\(?:neg|lnot|sim|land|wedge|cap|lor|vee|cup|leftrightarrow|Leftrightarrow|iff|rightarrow"
        + @"|Rightarrow|implies|to|setminus|smallsetminus|backslash|overline|bar)|\b(?:not|and|or)"
        + @"|\^(?:c|\\complement|\\prime))(?![A-Za-z])|\^\{(?:c|C|\\complement)\}|[~¬∧∩∨∪↔⇔→⇒∖']",
        RegexOptions.CultureInvariant)]
    private static partial Regex Operator();

    [GeneratedRegex(@"\A(?<a>[A-Z])\s*(?<sign>\\(?:subseteq|supseteq|subset|supset)(?![A-Za-z])|[⊂⊃⊆⊇])"
        + @"\s*(?<b>[A-Z])\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Included();

    [GeneratedRegex(@"\\(?:cup|cap|setminus|smallsetminus|backslash|complement)|[∪∩∖]|\^\{?c",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SetSign();

    [GeneratedRegex(@"\\(?:text|mathrm|textrm|left|right)(?![A-Za-z])|\\[ ,;:!]", RegexOptions.CultureInvariant)]
    private static partial Regex Spacing();
}
