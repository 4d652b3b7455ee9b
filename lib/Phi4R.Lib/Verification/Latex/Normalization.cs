using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>Turns unicode signs and style wrappers of an answer into the plain LaTeX that the lexer reads.</summary>
internal static partial class Normalization
{
    private static readonly Dictionary<char, string> Signs = MakeSigns();

    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿˣʸᵃᵇᶜᵏᵐᵗⁱ";
    private const string RaisedPlain = "0123456789+-()nxyabckmti";
    private const string Lowered = "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₙ";

    public static string Clean(string raw)
    {
        var text = Unicode(Unmarked(raw)).Trim();
        if (text.Length > Reader.MaxLength)
        {
            return text; // too long to be read, once its signs are written out
        }

        for (var round = 0; round < 6; round++)
        {
            var before = text;
            text = Unwrap(text.Trim());
            if (text == before)
            {
                break;
            }
        }

        text = Spellings(text);
        text = text.Replace("...", "\\ldots ", StringComparison.Ordinal)
            .Replace("‰", "/1000", StringComparison.Ordinal);
        return !text.Contains("\\\\", StringComparison.Ordinal) || text.Contains("\\begin", StringComparison.Ordinal)
            ? text
            : DoubleSlash().Replace(text, "\\");
    }

    private static string Unwrap(string text)
    {
        text = text.AsSpan().TrimEnd() is [.., '.' or ',' or ';' or ':' or '\\'] ? Ends().Replace(text, "") : text;
        text = Lead().Replace(text, "");
        text = Bared(text);
        foreach (var (open, close) in (ReadOnlySpan<(string, string)>)[("$$", "$$"), ("$", "$"), ("\\(", "\\)"),
            ("\\[", "\\]"), ("**", "**"), ("`", "`"), ("\"", "\""), ("__", "__"), ("*", "*")])
        {
            if (text.Length > open.Length + close.Length && text.StartsWith(open, StringComparison.Ordinal)
                && text.EndsWith(close, StringComparison.Ordinal)
                && !text[open.Length..^close.Length].Contains(open, StringComparison.Ordinal)
                && !(close == "$" && text[^2] == '\\'))
            {
                return text[open.Length..^close.Length];
            }
        }

        return text;
    }

    private static string Unicode(string raw)
    {
        if (Ascii.IsValid(raw))
        {
            return raw;
        }

        StringBuilder text = new(raw.Length + 16);
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (i + 1 < raw.Length && raw[i + 1] is '\u0305' or '\u0304' or '\u0307' && char.IsAsciiDigit(c))
            {
                text.Append(Marked(raw, ref i));
            }
            else if (Raised.Contains(c) && SmallFraction().Match(raw, i) is { Success: true } small && small.Index == i)
            {
                text.Append("\\frac").Append(Script(raw, ref i, Raised, "{"));
                i += 2;
                text.Append(Script(raw, ref i, Lowered, "{"));
            }
            else if (c is >= '！' and <= '～' && !Signs.ContainsKey(c))
            {
                text.Append((char)(c - '！' + '!'));
            }
            else if (Raised.Contains(c))
            {
                text.Append(Script(raw, ref i, Raised, "^{"));
            }
            else if (Lowered.Contains(c))
            {
                text.Append(Script(raw, ref i, Lowered, "_{"));
            }
            else if (Signs.TryGetValue(c, out var sign))
            {
                text.Append(sign);
            }
            else if (char.IsSurrogatePair(raw, i < raw.Length - 1 ? i : Math.Max(0, i - 1)) && i < raw.Length - 1
                && char.IsHighSurrogate(c))
            {
                text.Append(Plain(char.ConvertToUtf32(c, raw[i + 1])) is not '\0' and var plain
                    ? Signs.GetValueOrDefault(plain, plain.ToString())
                    : raw.Substring(i, 2));
                i++;
            }
            else
            {
                text.Append(c < 0x80 || CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.SpaceSeparator
                    ? c
                    : ' ');
            }
        }

        return text.ToString();
    }

    // Bold, italic and other letters and digits of the mathematical alphabets: 52 Latin letters, 58 Greek signs and 10
    // digits over and over.
    private static char Plain(int code) => code switch
    {
        >= 0x1D400 and < 0x1D6A4 =>
            (char)((code - 0x1D400) % 52 is < 26 and var upper ? 'A' + upper : 'a' + ((code - 0x1D400) % 52) - 26),
        >= 0x1D6A8 and < 0x1D7CC when (code - 0x1D6A8) % 58 is >= 26 and < 51 and var letter =>
            (char)('α' + letter - 26),
        >= 0x1D6A8 and < 0x1D7CC when (code - 0x1D6A8) % 58 is < 25 and var capital => (char)('Α' + capital),
        >= 0x1D7CE and <= 0x1D7FF => (char)('0' + ((code - 0x1D7CE) % 10)),
        _ => '\0',
    };

    // Digits with a line or a dot above go on for ever.
    private static string Marked(string raw, ref int i)
    {
        var dots = raw[i + 1] == '\u0307';
        StringBuilder digits = new();
        for (; i + 1 < raw.Length && char.IsAsciiDigit(raw[i])
            && raw[i + 1] is '\u0305' or '\u0304' or '\u0307'; i += 2)
        {
            digits.Append(dots ? "\\dot{" + raw[i] + "}" : raw[i].ToString());
        }

        i--;
        return dots ? digits.ToString() : "\\overline{" + digits + "}";
    }

    private static string Script(string raw, ref int i, string alphabet, string open)
    {
        StringBuilder text = new(open);
        for (; i < raw.Length && alphabet.Contains(raw[i]); i++)
        {
            text.Append(RaisedPlain[alphabet.IndexOf(raw[i])]);
        }

        i--;
        return text.Append('}').ToString();
    }

    private static Dictionary<char, string> MakeSigns()
    {
        Dictionary<char, string> signs = [];
        foreach (var (from, to) in (ReadOnlySpan<(string, string)>)
        [
            ("−–—‐‑‒", "-"),
            ("·⋅∙•✕∗", "*"),
            ("×", " \\times "),
            ("÷∕⁄", "/"),
            ("∞", " \\infty "),
            ("π", " \\pi "),
            ("θ", " \\theta "),
            ("α", " \\alpha "),
            ("β", " \\beta "),
            ("γ", " \\gamma "),
            ("δ", " \\delta "),
            ("λ", " \\lambda "),
            ("μ", " \\mu "),
            ("σ", " \\sigma "),
            ("φϕ", " \\phi "),
            ("ω", " \\omega "),
            ("εϵ", " \\epsilon "),
            ("ρ", " \\rho "),
            ("τ", " \\tau "),
            ("η", " \\eta "),
            ("κ", " \\kappa "),
            ("ν", " \\nu "),
            ("ξ", " \\xi "),
            ("ψ", " \\psi "),
            ("ζ", " \\zeta "),
            ("χ", " \\chi "),
            ("Δ∆", " \\Delta "),
            ("Γ", " \\Gamma "),
            ("Θϴ", " \\Theta "),
            ("Λ", " \\Lambda "),
            ("Φ", " \\Phi "),
            ("Ψ", " \\Psi "),
            ("Ω", " \\Omega "),
            ("⟨〈", "("),
            ("⟩〉", ")"),
            ("∣ǀ", "|"),
            ("∤", "\\nmid "),
            ("‖∥", "\\|"),
            ("≤⩽", " \\le "),
            ("≥⩾", " \\ge "),
            ("≠", " \\ne "),
            ("≈", " \\approx "),
            ("∈", " \\in "),
            ("∪", " \\cup "),
            ("∩", " \\cap "),
            ("∖", " \\setminus "),
            ("∅", " \\emptyset "),
            ("±", " \\pm "),
            ("∓", " \\mp "),
            ("°º˚", "^\\circ "),
            ("∘", "\\circ "),
            ("′’‘", "'"),
            ("√", " \\usqrt "),
            ("∛", " \\ucbrt "),
            ("½", "\\frac{1}{2}"),
            ("⅓", "\\frac{1}{3}"),
            ("⅔", "\\frac{2}{3}"),
            ("¼", "\\frac{1}{4}"),
            ("¾", "\\frac{3}{4}"),
            ("⅕", "\\frac{1}{5}"),
            ("⅖", "\\frac{2}{5}"),
            ("⅗", "\\frac{3}{5}"),
            ("⅘", "\\frac{4}{5}"),
            ("⅙", "\\frac{1}{6}"),
            ("⅚", "\\frac{5}{6}"),
            ("⅛", "\\frac{1}{8}"),
            ("⅜", "\\frac{3}{8}"),
            ("⅝", "\\frac{5}{8}"),
            ("⅞", "\\frac{7}{8}"),
            ("⅐", "\\frac{1}{7}"),
            ("⅑", "\\frac{1}{9}"),
            ("⅒", "\\frac{1}{10}"),
            ("ℝ", "\\mathbb{R}"),
            ("ℤ", "\\mathbb{Z}"),
            ("ℕ", "\\mathbb{N}"),
            ("ℚ", "\\mathbb{Q}"),
            ("ℂ", "\\mathbb{C}"),
            ("∨", " or "),
            ("∧", " and "),
            ("∑", "\\sum "),
            ("∏", "\\prod "),
            ("∫", "\\int "),
            ("…", "\\ldots "),
            ("⌊", "\\lfloor "),
            ("⌋", "\\rfloor "),
            ("⌈", "\\lceil "),
            ("⌉", "\\rceil "),
            ("∴\u200B\u200C\u200D\u2060\uFEFF\u200E\u200F\u2061\u2062\u2063\u00AD", ""),
            ("≡", "\\equiv "),
            ("→", "\\to "),
            ("↦", "\\mapsto "),
            ("。", "."),
            ("，、", ","),
            ("\u00A0\u2009\u202F\u2002\u2003\u2007\u3000\u2005\u2006\u200A", " "),
            ("“”", "\""),
        ])
        {
            foreach (var sign in from)
            {
                signs[sign] = to;
            }
        }

        return signs;
    }

    [GeneratedRegex(@"[⁰¹²³⁴⁵⁶⁷⁸⁹]+[⁄/∕][₀₁₂₃₄₅₆₇₈₉]+", RegexOptions.CultureInvariant)]
    private static partial Regex SmallFraction();

    [GeneratedRegex(@"(?<!\\)\\\\(?=[a-zA-Z!,;$%{}])", RegexOptions.CultureInvariant)]
    private static partial Regex DoubleSlash();

    [GeneratedRegex(@"(?:(?<!\\left|\\right|\\|\.)[.,;:]|\\\\|(?<=[0-9A-Za-z})\]])\\)\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"^(?:=>|->|⇒|=|:|\\approx(?![a-z])|\\therefore(?![a-z])|\\implies(?![a-z])|\\Rightarrow(?![a-z])"
        + @"|\\displaystyle(?![a-z])|\\Large(?![a-z])|\\large(?![a-z])|(?i:the )?(?i:final )?(?i:answer)(?: is)?\s*:?"
        + @"|(?i:therefore|thus|hence|so),?\s)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Lead();
}
