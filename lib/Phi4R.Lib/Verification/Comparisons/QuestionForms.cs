using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Questions for an exact value, a closed form, all factors, each root as often as it counts.</summary>
internal static partial class Questions
{
    private static readonly VerifierConfig Exactly = new() { Precision = 60 };

    private static readonly HashSet<string> Inexact = ["root", "ln", "sin", "cos", "tan", "arctan", "arcsin", "arccos",
        "exp"];

    // What a question says of the form of its answer, so that an equal value in another one is none.
    private static bool InWrongForm(string question, string reference, string answer) =>
        IsCutWhereExact(question, reference, answer) || RepeatsQuestion(question, reference, answer)
            || IsOpenWhereClosed(question, reference, answer) || HasFewerFactors(question, reference, answer)
            || CountsOtherwise(question, reference, answer) || IsRootWhereCounted(question, answer)
            || InLetterOrder(question, reference, answer) is false || IsNoMixedNumber(question, reference, answer)
            || OfVectors(question, reference, answer) is false || IsOtherAngle(question, reference, answer)
            || IsOfAnother(question, answer);

    // "Find the exact value" beside 0.714286: a decimal that was cut is no 5/7.
    private static bool IsCutWhereExact(string question, string reference, string answer) =>
        AskedExactly().IsMatch(question) && Decimal().IsMatch(answer) && !Decimal().IsMatch(reference)
        && Equivalence.Compare(reference, answer, Exactly).Outcome != Outcome.Correct;

    // "Compute 17 · 23" beside 17 × 23: the question's own expression is no value of it.
    private static bool RepeatsQuestion(string question, string reference, string answer)
    {
        var said = Bare(answer);
        return Number().IsMatch(reference) && Operation().IsMatch(said) && Bare(reference) != said
            && ToCompute().Matches(question).Any(task => Bare(task.Groups["what"].Value.TrimEnd('.', '?')) == said);

        static string Bare(string text) => Plain(text).Replace("\\cdot", "*", StringComparison.Ordinal)
            .Replace("\\times", "*", StringComparison.Ordinal).Replace("\\dfrac", "\\frac", StringComparison.Ordinal)
            .Replace("\\tfrac", "\\frac", StringComparison.Ordinal).Replace("×", "*", StringComparison.Ordinal)
            .Replace("\\limits", "", StringComparison.Ordinal);
    }

    // "Find a closed form", "evaluate": a sum or an integral that is left standing is what was to be worked out.
    private static bool IsOpenWhereClosed(string question, string reference, string answer)
    {
        var last = answer[(answer.LastIndexOf('=') + 1)..] is { } end && end.Count(sign => sign == '{')
            == end.Count(sign => sign == '}') ? end : answer;
        last = answer.Split('=')[0] is var first && Number().IsMatch(first) ? first : last; // 6 = gcd(12, 18)
        return (ClosedForm().IsMatch(question) && LeftStanding().IsMatch(last) && !LeftStanding().IsMatch(reference))
            || (Evaluation().IsMatch(question) && Unworked().IsMatch(last) && !Unworked().IsMatch(reference))
            || (AskedWhole().IsMatch(question) && Number().IsMatch(reference) && WholeCall().IsMatch(last)
                && !Plain(last).StartsWith(Plain(reference) + "\\bmod", StringComparison.Ordinal)
                && !answer.Contains("equiv", StringComparison.Ordinal) && !answer.Contains('≡'));
    }

    // "Factor completely": (x² - 9)(x² + 9) has a factor less than (x - 3)(x + 3)(x² + 9).
    private static bool HasFewerFactors(string question, string reference, string answer) =>
        Factoring().IsMatch(question) && Factors(reference) is > 1 and var whole && Factors(answer) is { } given
        && given < whole;

    private static int? Factors(string text)
    {
        return Root(text) is { } root ? Count(root is RelationNode { Sides: [.., var last] } ? last : root) : null;

        static int Count(Node node) => node switch
        {
            ProductNode product => product.Factors.Sum(Count),
            PowerNode { Base: var below, Exponent: NumberNode { Value: { IsInteger: true, Sign: > 0 } power } }
                when power.Numerator < 100 => Count(below) * (int)power.Numerator,
            _ => Equality.Variables(node).Count > 0 ? 1 : 0,
        };
    }

    // "Write 17/5 as a mixed number": 17/5 is none.
    private static bool IsNoMixedNumber(string question, string reference, string answer) =>
        AskedMixed().IsMatch(question) && MixedNumber().IsMatch(Plain(reference))
            && SimpleFraction().IsMatch(Plain(answer));

    // u × v of vectors is not v × u, though small letters alone are taken for numbers.
    private static bool? OfVectors(string question, string reference, string answer)
    {
        return VectorWords().IsMatch(question) && Math.Max(reference.Length, answer.Length) < 80
            && InArrows(reference) is { } a && InArrows(answer) is { } b ? AreSame(a, b) : null;

        static string? InArrows(string text) =>
            Arrow().Replace(text, " $1 ") is var bare && CrossProduct().IsMatch(bare)
            ? Letter().Replace(bare, letter => letter.Groups["l"].Success ? $"\\vec{{{letter.Value}}}" : letter.Value)
            : null;
    }

    // "Find the radius" beside "diameter = 9": that is said of another length.
    private static bool IsOfAnother(string question, string answer) =>
        Measure().Match(Plain(Undressed(answer), keepSpaces: true)) is { Success: true } said
        && MeasureAsked().Matches(question) is [var asked]
        && !said.Groups["what"].Value.Equals(asked.Groups["what"].Value, StringComparison.OrdinalIgnoreCase);

    // "In radians" beside 1.2°: degrees are another angle.
    private static bool IsOtherAngle(string question, string reference, string answer) =>
        AskedRadians().IsMatch(question) && Number().IsMatch(reference) && DegreesAtEnd().IsMatch(answer)
            && !AreSame(reference.Trim().Trim('$') + "\\text{ radians}", answer);

    // "All roots with multiplicity": 2, 2, 5 is not 2, 5, 5.
    private static bool CountsOtherwise(string question, string reference, string answer) =>
        Multiplicity().IsMatch(question) && Root(reference) is GroupNode { IsSet: true, Items: var roots }
        && Root(answer) is GroupNode { IsSet: true, Items: var found } && Math.Max(roots.Count, found.Count) <= 12
        && roots.Count != roots.Select(root => root.Canonical).Distinct(StringComparer.Ordinal).Count()
        && !roots.Select(root => root.Canonical).Order(StringComparer.Ordinal)
            .SequenceEqual(found.Select(root => root.Canonical).Order(StringComparer.Ordinal));

    // "How many solutions are there?" beside x = 3: that is a solution, not their number.
    private static bool IsRootWhereCounted(string question, string answer) =>
        HowManySolutions().IsMatch(question) && Solution().IsMatch(Plain(answer));

    // "In which order did they finish?" beside CABD: letters in another order are another one, and no other product.
    private static bool? InLetterOrder(string question, string reference, string answer) =>
        AskedWord().IsMatch(question) && Word().Match(Plain(Undressed(reference))) is { Success: true } word
        && Word().Match(Plain(Undressed(answer))) is { Success: true } said ? Spelled(word) == Spelled(said) : null;

    private static string Spelled(Match word) =>
        string.Concat(word.Groups["letter"].Captures.Select(letter => letter.Value));

    // 1.414 as the reference is what somebody rounded: √2 is the same, and so are more of its digits where the question
    // asks for a decimal.
    private static bool IsBeforeRounding(string question, string reference, string answer)
    {
        if (AskedExactly().IsMatch(question) || RoundedNumber().Match(reference) is not { Success: true } rounded
            || rounded.Groups["digits"].Value.Replace(".", "", StringComparison.Ordinal).TrimStart('0').Length
                < (Rounding().IsMatch(question) ? 3 : 4) // 1.41 may be a sum
            || question.Contains(answer.Trim('$', ' '), StringComparison.Ordinal)
            || Root(reference) is not NumberNode { Places: > 0 and < 12 and var places } given
            || (places == 1 && !Rounding().IsMatch(question))
            || Before(Root(answer)) is not { } root
            || !(Rounding().IsMatch(question) ? HasMorePlaces(root, places) : IsIrrational(root))
            || new Equality(Exactly, new Budget(Exactly.Steps, default)).Approximate(root) is not { } value)
        {
            return false;
        }

        return ((value - given.Value).Abs() * ((Rational)10).Pow(places) * 2).CompareTo(Rational.One) <= 0;

        // 12 ln 2 ≈ 8.318: what stands before the sign is the value.
        static Node? Before(Node? node) => node is RelationNode { Signs: ['≈'], Sides: [var first, _] } ? first : node;

        static bool IsIrrational(Node node) => !HasPlaces(node) && Irrational(node);
        static bool Irrational(Node node) =>
            node is SymbolNode { Name: "pi" or "e" } || (node is CallNode call && Inexact.Contains(call.Name))
                || node.Children.Any(Irrational);

        static bool HasPlaces(Node node) => node is NumberNode { Places: > 0 } || node.Children.Any(HasPlaces);

        static bool HasMorePlaces(Node node, int places) => node is NumberNode { Places: var own } && own > places;
    }

    // a:c:b = 2:3:4 beside a:b:c.
    private static bool? InNamedRatio(string question, string reference, string answer)
    {
        var (given, said) = (Ratio().Match(Plain(reference)), NamedRatio().Match(Plain(answer)));
        if (!given.Success || !said.Success)
        {
            return null;
        }

        var (names, values) = (said.Groups["names"].Value.Split(':'), said.Groups["values"].Value.Split(':'));
        var orders = NameRatio().Matches(Plain(question, keepSpaces: true)).Select(match => match.Value.Split(':'))
            .Where(order => order.Length == names.Length && order.Order(StringComparer.Ordinal)
                .SequenceEqual(names.Order(StringComparer.Ordinal)))
            .Select(order => string.Join(':', order.Select(name => values[Array.IndexOf(names, name)])))
            .Distinct(StringComparer.Ordinal).ToList();
        return names.Length != values.Length || orders is not [var asked] ? null : AreSame(reference, asked);
    }

    private static Node? Root(string text)
    {
        try
        {
            VerifierConfig config = new();
            return Reader.Read(text, config, new Budget(config.Steps, default)).Root;
        }
        catch (Exception problem) when (problem is ReadException or BudgetException or UndefinedException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\bexact\b(?! change)|\bexactly\s*[.?]|\bexactly\s*\z|\b(?:[Gg]ive|[Ff]ind|[Ee]xpress|[Ss]tate"
        + @"|[Dd]etermine|[Cc]ompute) [^.?]{0,60}\bexactly\b(?!\s+(?:\$?[0-9a-z]\$?\s|one|two|three|four|once|twice))"
        + @"|\bsimplest radical form\b|\bin terms of \$?\\pi\b", RegexOptions.CultureInvariant)]
    private static partial Regex AskedExactly();

    [GeneratedRegex(@"\A[\s$]*-?[0-9]{0,30}\.[0-9]{2,60}(?:\\?\.\.\.|\\l?dots)?[\s$]*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"\b(?:[Cc]ompute|[Ee]valuate|[Cc]alculate|[Ss]implify|[Ww]ork out|[Ww]hat is)"
        + @"(?: the (?:value|sum|product|integral|limit|series|expression)(?: of)?)?:?\s*"
        + @"(?:\$\$?(?<what>[^$]{1,200})\$|\\[(\[](?<what>[^$]{1,200}?)\\[)\]]|(?<what>[0-9][0-9 +*/^×()-]{1,60}))",
        RegexOptions.CultureInvariant)]
    private static partial Regex ToCompute();

    [GeneratedRegex(@"[0-9A-Za-z)}]\s*(?:[+*/^-]|\\(?:sqrt|frac|sum|int|prod|lim))|\\(?:sum|int|prod|lim|sqrt)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Operation();

    [GeneratedRegex(@"\b(?:remainder|greatest common|gcd|g\.c\.d|least common|lcm)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedWhole();

    [GeneratedRegex(@"\\(?:bmod|gcd|operatorname\{(?:gcd|lcm)\})(?![A-Za-z])|\b(?:gcd|lcm)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex WholeCall();

    [GeneratedRegex(@"\bas an? mixed (?:number|numeral)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedMixed();

    [GeneratedRegex(@"\A-?[0-9]+\\[dt]?frac", RegexOptions.CultureInvariant)]
    private static partial Regex MixedNumber();

    [GeneratedRegex(@"\A-?(?:\\[dt]?frac(?:\{[0-9]+\}\{[0-9]+\}|[0-9]{2})|[0-9]+/[0-9]+)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex SimpleFraction();

    [GeneratedRegex(@"\bvectors?\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex VectorWords();

    [GeneratedRegex(@"\\(?:vec|mathbf|boldsymbol|bm|overrightarrow)\s*\{?\s*([a-z])(?![a-z])\s*\}?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"(?<![a-z])[a-z]\s*\\times\s*[a-z](?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex CrossProduct();

    [GeneratedRegex(@"\\[A-Za-z]+|(?<l>[a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Letter();

    [GeneratedRegex(@"\A(?:the )?(?<what>radius|diameter|circumference|perimeter|area) ?(?:is|equals|=)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Measure();

    [GeneratedRegex(@"\b(?:find|what is|determine|compute|calculate) (?:the |its )?"
        + @"(?<what>radius|diameter|circumference|perimeter|area)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MeasureAsked();

    [GeneratedRegex(@"\bin radians\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedRadians();

    [GeneratedRegex(@"\bclosed[\s-]form\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ClosedForm();

    [GeneratedRegex(@"\\(?:sum|prod|int|cdots|ldots|dots)(?![A-Za-z])|\.\.\.|[∑∏∫…]", RegexOptions.CultureInvariant)]
    private static partial Regex LeftStanding();

    [GeneratedRegex(@"\b(?:[Ee]valuate|[Cc]ompute|[Cc]alculate)\b|\b[Ff]ind the (?:exact )?(?:value|sum|limit)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Evaluation();

    [GeneratedRegex(@"\\(?:sum|prod|i*int|lim)(?![A-Za-z])|[∑∏∫]", RegexOptions.CultureInvariant)]
    private static partial Regex Unworked();

    [GeneratedRegex(@"\A\s*(?:(?:[Cc]ompletely|[Ff]ully)\s+)?[Ff]actor(?:i[sz]e)?\b|\bfactor(?:i[sz]e)?\s[^.?]{0,100}"
        + @"\b(?:completely|fully|as far as possible)\b|\bfactored form\b", RegexOptions.CultureInvariant)]
    private static partial Regex Factoring();

    [GeneratedRegex(@"\bmultiplicit(?:y|ies)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Multiplicity();

    [GeneratedRegex(@"\b[Hh]ow many\b[^.?]{0,40}\b(?:solutions|roots|zeros|zeroes|values)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex HowManySolutions();

    [GeneratedRegex(@"\A[xyztθ]=-?[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex Solution();

    [GeneratedRegex(@"\bin (?:which|what) order\b|\bcorresponding (?:order|vertices)\b|\branked\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedWord();

    [GeneratedRegex(@"\A(?:(?<letter>[A-Z])(?:,|;|<|>|-|\\(?:to|rightarrow))?){3,26}\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"\A[\s$]*-?(?<digits>[0-9]{0,12}\.[0-9]{1,11})[\s$]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RoundedNumber();

    [GeneratedRegex(@"\b(?:round(?:ed)?|nearest|approximat\w*|decimal places?"
        + @"|significant|numerical(?:ly)?|estimate|as a decimal"
        + @"|to (?:two|three|four|five|[2-9]) (?:places|decimals|digits))\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Rounding();

    [GeneratedRegex(@"\A[0-9]{1,9}(?::[0-9]{1,9}){1,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ratio();

    [GeneratedRegex(@"\A(?<names>[A-Za-z]{1,3}(?::[A-Za-z]{1,3}){1,5})=(?<values>[0-9]{1,9}(?::[0-9]{1,9}){1,5})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex NamedRatio();

    [GeneratedRegex(@"(?<![A-Za-z:])[A-Za-z]{1,3}(?::[A-Za-z]{1,3}){1,5}(?![A-Za-z:])",
        RegexOptions.CultureInvariant)]
    private static partial Regex NameRatio();
}
