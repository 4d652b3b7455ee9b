using System.Diagnostics;
using System.Globalization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Random texts against the promise that nothing is thrown and nothing takes a second. PHI4R_FUZZ_SECONDS runs it
/// longer.
/// </summary>
public sealed class FuzzTests
{
    private static readonly string[] Tokens =
    [
        "\\frac", "\\sqrt", "{", "}", "(", ")", "[", "]", "\\{", "\\}", "1", "2", "37", "0.5", "x", "y", "e", "i",
        "\\pi", "^", "_", "+", "-", "*", "/", "!", "=", "<", "\\le", ",", ";", "\\sum", "\\int", "\\lim", "\\sin",
        "\\ln", "\\log", "\\cup", "\\cap", "\\setminus",
        "\\pm", "\\text{ cm}", "\\%", "|", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "\\boxed{", "and", "or",
        " ", "10^", "\\infty", "\\binom", "\\mod", "...", "\\overline", "½", "²", "√", "999999", "\\left", "\\right",
        "dx", "k=1", "\\choose",
        "\\text{", "\\text{ for }", "\\text{ if }", " is ", " where ", " unless ", " not ", " one ", " two ",
        "hundred", "-three", " half", " dozen", " million", " dollars", "\\$", "¢", "feet", " km/h", " per ",
        "\\mathrm{~m}", "^\\circ", "'", "C", "3:30", " PM", " March ", "或", "共", "个", "\\equiv", "\\pmod{7}",
        "\\Rightarrow", "\\in",
        "\\mathbb{R}", "^+", "\\times", "\\vec", "\\hat i", "\\triangle ", "ABC", "!!", "\\begin{cases}",
        "\\end{cases}", "\\ldots,", "\\operatorname{diag}", "\\Gamma", "\\left]", "\\\\[4pt]", " such that ",
        "the answer is ", " square ", "\\mu", "\\mid ", "\\nmid ", " is divisible by ", " any integer ", " even ",
        " odd ", "k", " score", " tenths", "^T", "\\not\\equiv ", "\\in \\mathbb{Z}", " leaves remainder ",
        "\\frac{d}{dx}", "\\int_0^1 ", "\\operatorname{integral}", "\\operatorname{sum}", "\\mathrm{clock}",
        "\\mathrm{base}", "\\mathrm{branch}", "\\mathrm{root}", "\\operatorname{derivative}", "\\max", "\\gcd",
        "\\{\\}", "()", "(x)", "\\det", "\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}", "\\bmod ", " so ", "quarter to ",
        "all real numbers ", "strictly between ", " inclusive", "at least ", " degrees", " minutes", "_{16}", "_{10}",
        "FF", "f^{-1}(x)", "\\nabla", "(\\log = \\ln)", "\\text{max}", " for some constant ",
    ];

    // Names of functions, and of what the reader builds itself.
    private static readonly string[] Calls =
    [
        "\\frac{d}{dx}", "\\int", "\\int_0^1", "\\sum", "\\prod", "\\lim", "\\max", "\\min", "\\gcd", "\\det", "\\sin",
        "\\log", "\\sqrt", "\\binom", "\\zeta", "\\Gamma", "\\phi", "\\vec", "\\overline", "f", "f^{-1}",
        .. ((string[])["integral", "derivative", "sum", "prod", "clock", "base", "branch", "piecewise", "builder",
            "root", "mod", "residue", "congruence", "incongruence", "ratio", "degree", "binomial", "factorial", "conj",
            "cross", "composed", "implies", "given", "and", "or", "diag", "grad", "abs", "exp", "max", "tr"])
            .SelectMany(name => (string[])[$"\\operatorname{{{name}}}", $"\\mathrm{{{name}}}", $"\\text{{{name}}}"]),
    ];

    [Fact]
    public void No_text_throws_or_takes_a_second()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("PHI4R_FUZZ_SECONDS") ?? "3",
            CultureInfo.InvariantCulture);
        var clock = Stopwatch.StartNew();
        var stream = Randomness.For(11, "fuzz");
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            var (gold, answer) = (Draw(stream), Draw(stream));
            var start = clock.Elapsed;
            Equivalence.Compare(gold, answer, new VerifierConfig());
            Grader.Grade(answer, gold);
            Grader.Grade("\\boxed{" + answer + "}", gold);
            Grader.Grade("\\boxed{" + gold + "}", "\\boxed{" + answer + "}");
            Verifiers.FinalAnswer(Asked(gold), "\\boxed{" + answer + "}");
            ChoiceExtraction.Extract(answer, 4);
            Assert.True((clock.Elapsed - start).TotalSeconds < 4, $"{gold} :: {answer}");
        }
    }

    [Fact]
    public void A_call_with_any_number_of_arguments_does_not_throw()
    {
        string[] behind = ["", "()", "\\{\\}", "{}", "(1)", "(x)", "(x,y)", "(1,2,3,4,5)", "(x)=x", " x = 2", "=5",
            "\\{1\\}"];
        string[] others = ["5", "2x", "3:45 PM", "x \\equiv 1 \\pmod 5", "(1, 2)"];
        foreach (var text in Calls.SelectMany(call => behind.Select(end => call + end)))
        {
            foreach (var other in others.Append(text).Append(text + " = 1"))
            {
                Grader.Grade("\\boxed{" + text + "}", other);
                Grader.Grade("\\boxed{" + other + "}", text);
            }
        }
    }

    [Fact]
    public void Hostile_sizes_end_within_a_second()
    {
        string[] hostile =
        [
            new('(', 5000), new string('{', 5000) + new string('}', 5000), "10^{10^{10^{10}}}", "((10!)!)!",
            "9^{9^{9}}", "\\sum_{k=1}^{10^9}k", string.Concat(Enumerable.Repeat("\\frac{1}{", 500)) + "1"
                + new string('}', 500),
            string.Concat(Enumerable.Repeat("x+", 3000)) + "1", new('9', 100_000), "0." + new string('3', 20_000),
            string.Join(',', Enumerable.Range(0, 3000)), "(x+1)^{100000}", "\\sin(10^{40})", "e^{e^{e^{e}}}",
            "2^{-1000000}", string.Concat(Enumerable.Repeat("\\sqrt{1+", 59)) + "1" + new string('}', 59),
            "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{64}", string.Concat(Enumerable.Repeat("\\boxed{", 3000)),
            string.Concat(Enumerable.Repeat("$", 20_001)), "\\lcm(" + string.Join(',', Enumerable.Range(1, 1000)) + ")",
            string.Join("\\pm", Enumerable.Range(1, 200)),
            "\\sum_{k=1}^{1200}k!", "2^{" + new string('9', 2900) + "}\\bmod " + new string('7', 2900),
            "\\begin{pmatrix}"
                + string.Join("\\\\", Enumerable.Repeat(string.Join('&', Enumerable.Repeat("x", 12)), 12))
                + "\\end{pmatrix}^4",
            .. ((string[])["(", "{", "}", "\\{", " ", "9", "1,", "\\ldots,", "word ", "is ", "one ", "\\text{a}",
                "\\text{", "5 cm ", "5'", "=", "≡", "或", "\\\\", "]1,2[", "$", "\\Rightarrow ", "^", "1:", "unless ",
                "\\hat i", "A ",
                "\\boxed{}", "in \\boxed{} ", "$5$ and ", "therefore, thus ", "it is it is ", "answer is ",
                "1 if n is even, ",
                "4|", "n \\mid ", "divisible by 4 ",
                "(A) and ", "A, ", "(A) correct ", "any integer k, ", "a_{1 2}", "A^T ", "only (C) works ",
                "all real x ", "at least ", "quarter to ", "x=1, ", "x = \\boxed{1} ", "so x = 2, ", "\\log ",
                "\\frac{d}{dx}", "36 degrees ", "max "])
                .SelectMany(part => (string[])[Repeated(part, 7_900), Repeated(part, 1_000_000)]),
        ];
        foreach (var text in hostile)
        {
            // The best of three tries: other work on the machine is no fault of the text.
            var taken = ((double[])[Taken(text), Taken(text), Taken(text)]).Min();
            Assert.True(taken < 1, $"{text[..Math.Min(60, text.Length)]}: {taken} s");
        }
    }

    // Seconds of the longest of the ways in which a text is judged.
    private static double Taken(string text) => ((Action[])
    [
        () => Equivalence.Compare("5", text, new VerifierConfig()),
        () => Equivalence.Compare(text, text + "+0", new VerifierConfig()),
        () => Grader.Grade(text, "5"),
        () => Grader.GradeStrictly(text + "\\boxed{5}", "5"),
        () => Grader.Grade("\\boxed{" + text + "}", "5"),
        () => Grader.Grade("\\boxed{5}", text),
        () => Verifiers.FinalAnswer(Asked(text), "\\boxed{" + text + "}"),
        () => ChoiceExtraction.Extract(text, 4),
    ]).Max(judge =>
    {
        var clock = Stopwatch.StartNew();
        judge();
        return clock.Elapsed.TotalSeconds;
    });

    private static Problem Asked(string reference) => new()
    {
        Id = "1",
        Question = "What is the distance in meters? Give (x, y) in base 2, or in degrees.",
        Answer = reference,
        Domain = "algebra",
        Level = 1,
    };

    private static string Repeated(string part, int length) =>
        string.Concat(Enumerable.Repeat(part, length / part.Length));

    private static string Draw(RandomStream stream)
    {
        var length = stream.Next(1, 24);
        return stream.Chance(0.2)
            ? string.Concat(Enumerable.Range(0, length).Select(_ => (char)stream.Next(1, 0x3000)))
            : string.Concat(Enumerable.Range(0, length).Select(_ => stream.Pick(Tokens)));
    }
}
