using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>Chemical formulas against each other: H2SO4 is H_2SO_4, and CO is not Co.</summary>
internal static partial class Chemistry
{
    private const int MaxLength = 120;

    // Words of English that are spelled from symbols of elements.
    private static readonly HashSet<string> English = ["no", "in", "as", "he", "i", "pi", "bi", "yes", "si", "ni"];

    private static readonly HashSet<string> Elements =
    [
        .. ("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y "
            + "Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W "
            + "Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm").Split(' '),
    ];

    /// <summary>
    /// Whether two chemical formulas are the same; null unless both are formulas and at least one is set as such.
    /// </summary>
    public static bool? Same(string gold, string answer) =>
        gold.Length <= MaxLength && answer.Length <= MaxLength && (IsSet(gold) || IsSet(answer))
            && Read(gold) is { } a && Read(answer) is { } b && !(a.Length == b.Length
                && English.Contains(a.ToLowerInvariant()))
        ? a == b || (gold.Contains('^') != answer.Contains('^') && Flat(a) == Flat(b)) // Mg2+ beside Mg^{2+}
        : null;

    private static string Flat(string formula) => formula.Replace("^", "", StringComparison.Ordinal);

    // In upright letters, or with digits where mathematics has none: H2SO4.
    private static bool IsSet(string text) => text.Contains('\\') ? Upright().IsMatch(text)
        : text.Length > 0 && char.IsAsciiLetterUpper(text[0]) && Counts().IsMatch(text);

    // Symbols and counts without markup, the charge behind '^'.
    private static string? Read(string text)
    {
        var bare = Markup().Replace(text.Trim().Trim('$', '.'), "");
        // One letter, in brackets or not, may be a choice as well.
        if (bare.Trim('(', ')').Length < 2 || Whole().Match(bare) is not { Success: true } whole
            || !whole.Groups["symbol"].Captures.All(symbol => Elements.Contains(symbol.Value)))
        {
            return null;
        }

        var charge = whole.Groups["charge"].Value.Replace("^", "", StringComparison.Ordinal);
        var sign = charge.Length > 1 && charge[0] is '+' or '-' ? charge[1..] + charge[0] : charge;
        return whole.Groups["body"].Value + (sign.Length > 0 ? "^" + (sign is ['1', _] ? sign[1..] : sign) : "");
    }

    [GeneratedRegex(@"\A\W*\\(?:mathrm|text|textrm|ce|rm|operatorname)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Upright();

    [GeneratedRegex(@"\A(?=.*[0-9])(?:[A-Z][a-z]?[0-9]*){2,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Counts();

    [GeneratedRegex(@"\\(?:mathrm|text|textrm|ce|rm|operatorname|left|right)(?![A-Za-z])|\\[ ,;:!]|[{}_$\s]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\A(?<body>(?:(?<symbol>[A-Z][a-z]?)[0-9]*|\(|\)[0-9]*)+)"
        + @"(?<charge>\^?(?:[0-9]?[+-]|[+-][0-9]?))?\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Whole();
}
