using Phi4R.Foundation;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

/// <summary>Laws of words, units and large numbers, over all that the tables hold and over random answers.</summary>
public sealed class WordsTests
{
    private static readonly string[] Values =
    [
        "5", "17", "\\frac{1}{2}", "3\\sqrt{2}", "x=5", "(1,2)", "2\\pi", "0.25", "1{,}000", "x^2+1", "\\{1,2\\}",
        "5\\text{ cm}", "\\$5", "x>3", "7\\%", "\\begin{pmatrix}1\\\\2\\end{pmatrix}",
    ];

    [Fact]
    public void A_hedge_never_earns()
    {
        string[] before = ["maybe", "perhaps", "probably", "not", "I guess", "it is not", "the answer is not",
            "at least", "less than", "more than", "possibly", "unlikely", "neither", "I do not think it is",
            "either 3 or", "all except"];
        string[] behind = ["maybe", "or so", "or something else", "perhaps", "is wrong", "is not right", "I guess",
            "or 987", "or none", "unless I erred", "but not really", "or maybe not", "if I am right", "probably",
            "or less", "or more", "?"];
        List<string> earned = [];
        foreach (var value in Values)
        {
            foreach (var answer in before.SelectMany(words =>
                (string[])[$"{words} {value}", $"\\text{{{words} }} {value}", $"\\text{{{words}}}: {value}"])
                .Concat(
                    behind.SelectMany(words =>
                        (string[])[$"{value} {words}", $"{value} \\text{{ {words}}}", $"{value}, {words}",
                            $"{value} ({words})", $"{value} \\text{{ ({words})}}"])))
            {
                if (Equivalence.Compare(value, answer, new VerifierConfig()).Outcome == Outcome.Correct
                    || Equivalence.Compare(answer, value, new VerifierConfig()).Outcome == Outcome.Correct)
                {
                    earned.Add($"{value} :: {answer}");
                }
            }
        }

        Assert.Equal("", string.Join('\n', earned));
    }

    [Fact]
    public void Words_between_two_numbers_never_multiply_them()
    {
        string[] words = ["of", "not", "apples", "apples and", "for", "where", "if", "with", "cats", "from", "cm",
            "hours", "dozen", "remainder", "is", "at", "per", "groups of", "or", "and", "或", "和", "与", "不", "then",
            "while", "until", "against"];
        List<string> multiplied = [];
        foreach (var word in words)
        {
            foreach (var answer in (string[])[$"3 \\text{{ {word} }} 7", $"3 {word} 7",
                $"3 \\text{{ {word} }} 7 \\text{{ {word}}}", $"3\\text{{{word}}}7", $"3{word}7"])
            {
                foreach (var product in (string[])["21", "3", "7", "10", "37"])
                {
                    if (Equivalence.Compare(product, answer, new VerifierConfig()).Outcome == Outcome.Correct)
                    {
                        multiplied.Add($"{product} :: {answer}");
                    }
                }
            }
        }

        Assert.Equal("", string.Join('\n', multiplied));
    }

    [Fact]
    public void A_unit_equals_itself_however_written_and_never_a_power_of_itself_or_another_measure()
    {
        string[] units = ["cm", "m", "km", "mm", "kg", "g", "s", "h", "min", "L", "mL", "N", "J", "W", "Pa", "Hz", "V",
            "ft", "in", "yd", "mi", "lb", "oz", "mph", "meters", "feet", "hours", "days", "dollars", "cents", "euros",
            "radians", "ohms", "acres", "gallons", "mol", "units", "weeks", "kPa", "kWh", "MHz", "μs", "nm",
            "eV", "bytes"];
        List<string> wrong = [];
        foreach (var unit in units)
        {
            Check($"7\\text{{ {unit}}}", $"7~\\mathrm{{{unit}}}", true);
            Check($"7\\text{{ {unit}}}", $"7\\ \\text{{{unit}}}", true);
            Check($"7\\text{{ {unit}}}^2", $"7\\text{{ square {unit}}}", true);
            Check($"7\\text{{ {unit}}}^2", $"7\\text{{ {unit}²}}", true);
            Check($"7\\text{{ {unit}}}", $"7\\text{{ {unit}}}^2", false);
            Check($"7\\text{{ {unit}}}^3", $"7\\text{{ {unit}}}^2", false);
            Check($"7\\text{{ {unit}}}", $"8\\text{{ {unit}}}", false);
            Check($"7\\text{{ {unit}}}", "7", true);
            Check($"7\\text{{ {unit}/s}}", $"7\\text{{ {unit}}}", false);
            Check($"7\\text{{ {unit}/s}}", $"7\\,\\text{{{unit} s}}^{{-1}}", true);
            Check($"7\\text{{ {unit}}}", "7\\text{ candelas}", false);
            Check($"7\\text{{ {unit}}}", "7^\\circ", false);
        }

        Assert.Equal("", string.Join('\n', wrong));

        void Check(string gold, string answer, bool same)
        {
            foreach (var (a, b) in ((string, string)[])[(gold, answer), (answer, gold)])
            {
                if (Equivalence.Compare(a, b, new VerifierConfig()) is var verdict
                    && verdict.Outcome == Outcome.Correct != same)
                {
                    wrong.Add($"{a} :: {b}: {verdict.Reason}");
                }
            }
        }
    }

    [Fact]
    public void Whole_numbers_of_any_size_differ_by_their_last_digit()
    {
        var stream = Randomness.For(3, "large whole numbers");
        for (var round = 0; round < 150; round++)
        {
            var (below, power, more, factor) = (stream.Next(2, 3000), stream.Next(50, 9000), stream.Next(0, 100),
                stream.Next(1, 50));
            var number = $"{factor}\\cdot {below}^{{{power}}}+{more}";
            Assert.NotEqual(Outcome.Correct,
                Equivalence.Compare(number, $"{factor}\\cdot {below}^{{{power}}}+{more + stream.Next(1, 9)}",
                    new VerifierConfig()).Outcome);
            Assert.Equal(Outcome.Correct, Equivalence.Compare(number, $"{more}+{below}\\cdot {factor}\\cdot "
                + $"{below}^{{{power - 1}}}", new VerifierConfig()).Outcome);
        }
    }

    [Theory]
    [InlineData("zero", 0)]
    [InlineData("nineteen", 19)]
    [InlineData("forty-two", 42)]
    [InlineData("one hundred", 100)]
    [InlineData("nine hundred ninety-nine", 999)]
    [InlineData("twelve thousand three hundred and four", 12304)]
    [InlineData("two million five hundred thousand", 2500000)]
    public void A_number_in_words_is_that_number(string words, int number)
    {
        Assert.Equal(Outcome.Correct, Equivalence.Compare($"{number}", words, new VerifierConfig()).Outcome);
        Assert.Equal(Outcome.Correct,
            Equivalence.Compare($"\\text{{{words}}}", $"{number}", new VerifierConfig()).Outcome);
        Assert.NotEqual(Outcome.Correct, Equivalence.Compare($"{number + 1}", words, new VerifierConfig()).Outcome);
    }
}
