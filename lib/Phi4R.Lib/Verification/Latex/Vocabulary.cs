using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>The words and commands that the reader knows.</summary>
internal static class Vocabulary
{
    /// <summary>Functions of one argument that may stand before it without brackets.</summary>
    public static readonly HashSet<string> Functions =
    [
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc", "sinh",
        "cosh", "tanh", "coth", "sech", "csch", "arcsinh", "arccosh", "arctanh",
        "ln", "log", "lg", "exp", "floor", "ceil", "abs", "sgn", "det", "Re", "Im", "arg", "cis",
    ];

    /// <summary>Functions that need brackets.</summary>
    public static readonly HashSet<string> Lists = ["gcd", "lcm", "max", "min"];

    public static readonly Dictionary<string, string> Synonyms = Table(
    [
        "arcsinh arsinh",
        "arccosh arcosh",
        "arctanh artanh",
        "arcsin asin",
        "arccos acos",
        "arctan atan",
        "ceil ceiling",
        "csc cosec",
        "tan tg",
        "cot ctg",
        "frac dfrac tfrac cfrac rac",
        "binom dbinom tbinom",
        "le leq leqslant",
        "ge geq geqslant",
        "lt lt",
        "ne neq",
        "emptyset varnothing",
        "mod bmod",
        "and wedge land",
        "or vee lor",
        "ldots dots cdots",
        "eulers exponentialE",
        "setminus backslash smallsetminus",
        "to rightarrow longrightarrow",
        "approx simeq doteq",
        "infty infin infinity inf oo",
        "gcd GCD",
        "lcm LCM",
        "degrees degree deg",
        "ln Ln",
        "mathd dif",
        "epsilon varepsilon",
        "ucbrt cbrt",
    ]);

    public static readonly HashSet<string> Ignored =
    [
        "quad", "qquad", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "large", "Large", "LARGE",
        "small", "normalsize", "huge", "Huge", "bf", "rm", "it", "boldmath", "therefore", "because", "hspace",
        "phantom", "thinspace", "enspace", "space", "left.", "right.", "nonumber", "centering", "Big(", "middle",
        "allowbreak", "cdotp",
    ];

    /// <summary>What stands before a bracket and only sizes it.</summary>
    public static readonly HashSet<string> Delimiters =
    [
        "left", "right", "mleft", "mright", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "big",
        "Big", "bigg", "Bigg",
    ];

    public static readonly Dictionary<string, string> Bars = Table(
    [
        "| vert mid",
        "(| lvert lVert",
        "|) rvert rVert",
        "\\{ lbrace",
        "\\} rbrace",
        "[ lbrack",
        "] rbrack",
        "( lgroup langle lparen",
        ") rgroup rangle rparen",
        ": colon ratio",
        "(f lfloor llcorner",
        "f) rfloor lrcorner",
        "(c lceil ulcorner",
        "c) rceil urcorner",
        "< lt",
        "> gt",
        "* cdot ast",
        "× times",
        "/ div slash",
        "≤ le leq leqslant",
        "≥ ge geq geqslant",
        "≠ ne neq",
        "≈ approx simeq",
        "∈ in",
        "∪ cup bigcup",
        "∩ cap",
        "∖ setminus smallsetminus backslash",
        "± pm",
        "∓ mp",
        "≡ equiv",
        "' prime",
        "% percent",
        " dollar",
        "∉ notin",
        "→ to rightarrow longrightarrow mapsto",
        "⇒ Rightarrow Longrightarrow implies",
    ]);

    /// <summary>Commands that dress their last argument, and how many arguments stand before it.</summary>
    public static readonly Dictionary<string, int> Wrappers = Table(
    [
        "0 text textbf textit textrm textsf texttt textnormal mbox hbox mathrm mathsf mathit mathtt mathnormal mathbf "
            + "mathcal mathbb operatorname boldsymbol bm underline boxed fbox emph ensuremath displaylines cancel "
            + "mathord mathop smash unit si overbrace underbrace",
        "1 color textcolor colorbox underset overset",
    ]).ToDictionary(entry => entry.Key, entry => entry.Value[0] - '0');

    private static readonly HashSet<string> Words =
    [
        .. Functions, .. Lists, "sqrt", "pi", "and", "or", "mod", "infinity", "inf", "theta", "alpha", "beta", "cbrt",
        "asin", "acos", "atan", "percent", "pct", "percentage", "degrees", "degree", "union", "oo", "binom", "in",
        "frac", "base", "units", "unit", "square", "cubic", "pm",
    ];

    private static readonly HashSet<string> Others =
    [
        "frac", "dfrac", "tfrac", "cfrac", "sqrt", "binom", "dbinom", "tbinom", "choose", "over", "sum", "prod", "int",
        "lim", "pi", "infty", "theta", "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta",
        "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi",
        "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "hbar", "ell", "odot",
        "emptyset", "begin", "end", "circ", "degree", "overline", "bar", "mod", "bmod", "pmod", "ldots", "cdots",
        "dots", "forall", "exists", "angle", "triangle", "dot", "ddot", "nabla", "imath", "jmath", "widehat", "cr",
        "usqrt", "ucbrt", "exponentialE", "partial", "overrightarrow", "vec", "hat", "wedge", "vee", "land", "lor",
        "char", "not", "complement", "infin", "arsinh", "arcosh", "artanh", "sim", "cong", "perp", "parallel",
        "stackrel", "mathd", "top",
    ];

    private static readonly string[] Known = [.. Functions.Concat(Lists).Concat(Synonyms.Keys).Concat(Ignored)
        .Concat(Delimiters).Concat(Bars.Keys).Concat(Wrappers.Keys).Concat(Others).Distinct()
        .OrderByDescending(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];

    private static readonly HashSet<string> KnownSet = [.. Known];

    public static bool IsWord(string run) => Words.Contains(run) || Unit.IsPlain(run);

    public static bool IsFunction(string name) => Functions.Contains(name);

    public static bool IsCommand(string name) => KnownSet.Contains(name);

    /// <summary>The longest known command that an unknown one begins with, as in \quadx.</summary>
    public static string? CommandPrefix(string name) =>
        Known.FirstOrDefault(known => known.Length >= 2 && name.Length <= known.Length + 2
            && name.StartsWith(known, StringComparison.Ordinal));

    /// <summary>A function name that a run of letters begins with, as in sinx.</summary>
    public static string? Prefix(string run) =>
        run.StartsWith("or", StringComparison.Ordinal) && run.Length == 3 && char.IsAsciiLetterUpper(run[2]) ? "or"
        : Words.FirstOrDefault(word => word.Length >= 2 && run.Length == word.Length + 1
            && (Functions.Contains(word) || word is "sqrt" or "pi") && run.StartsWith(word, StringComparison.Ordinal));

    public static bool IsStyle(string name) =>
        name is "boldsymbol" or "bm" or "underline" or "boxed" or "fbox" or "color" or "textcolor" or "mathbf"
            or "colorbox" or "ensuremath" or "cancel" or "overbrace" or "underbrace" or "underset"
            or "overset" or "smash";

    // Each line is a meaning and then the names that have it.
    private static Dictionary<string, string> Table(IEnumerable<string> lines)
    {
        Dictionary<string, string> table = [];
        foreach (var line in lines)
        {
            var parts = line.Split(' ');
            foreach (var name in parts.Skip(1))
            {
                table[name] = parts[0];
            }
        }

        return table;
    }
}
