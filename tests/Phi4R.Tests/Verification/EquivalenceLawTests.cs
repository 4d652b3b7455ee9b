using System.Globalization;
using System.Numerics;
using CsCheck;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

// Laws over random texts; a failure prints the seed that brings it back.
public sealed class EquivalenceLawTests
{
    private static readonly VerifierConfig Config = new();

    private static readonly string[] Words =
    [
        "\\frac", "\\sqrt", "{", "}", "(", ")", "[", "]", "\\{", "\\}", "1", "2", "0.5", "x", "\\pi",
        "^", "_", "+", "-", "*", "/", "!", "=", "<", "\\le", ",", "\\cup", "\\pm", "\\text{ cm}", "\\%", "|", " ",
        "\\infty", "\\in", "\\mathbb{R}", " or ", " and ", "half", "^\\circ", "$", ":", "\\boxed{", "\\ne",
    ];

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char['\u0001', '\u2FFF'].Array[1, 30].Select(signs => new string(signs)),
        Gen.Int[0, Words.Length - 1].Select(i => Words[i])
            .Array[1, 14].Select(string.Concat));

    // Whole numbers from -9 to 9 under the four operations, three deep, with their values as exact fractions.
    private static readonly Gen<(string Text, Fraction? Value)> Sums = Gen.Recursive<(string Text, Fraction? Value)>(
        (depth, smaller) => depth >= 3 ? Number : Gen.OneOf(Number, Gen.Select(smaller, smaller, Gen.Char["+-*/f"],
            (left, right, sign) => Joined(left, right, sign))));

    private static Gen<(string Text, Fraction? Value)> Number => Gen.Int[-9, 9].Select(number =>
        (number.ToString(CultureInfo.InvariantCulture), (Fraction?)new Fraction(number, 1)));

    [Fact]
    public void No_text_makes_the_comparison_throw() => AnyText.Select(AnyText).Sample(
        (gold, answer) => Assert.NotEmpty(Equivalence.Compare(gold, answer, Config).Reason), iter: 400, threads: 1);

    [Fact]
    public void A_text_that_is_an_answer_at_all_equals_itself_and_dollars_around_it_make_it_no_other() =>
        AnyText.Sample(
        text =>
        {
            if (Equivalence.Compare(text, text, Config) is { Outcome: not Outcome.Correct } verdict)
            {
                Assert.Equal(Outcome.Unverifiable, verdict.Outcome);
                Assert.True(text.Trim().Length == 0 || text.Trim() == "..."
                    || verdict.Reason.StartsWith("The reference", StringComparison.Ordinal), verdict.Reason);
            }

            Assert.NotEqual(Outcome.Incorrect, Equivalence.Compare(text, $"${text}$", Config).Outcome);
        }, iter: 400, threads: 1);

    [Fact]
    public void What_is_right_one_way_round_is_not_wrong_the_other() => AnyText.Select(AnyText).Sample(
        (one, other) => Assert.True(Equivalence.Compare(one, other, Config).Outcome != Outcome.Correct
            || Equivalence.Compare(other, one, Config).Outcome != Outcome.Incorrect), iter: 400, threads: 1);

    // The oracle: fractions worked out by the rules of school, here.
    [Fact]
    public void A_sum_equals_its_value_and_no_other() => Sums.Sample(sum =>
    {
        if (sum.Value is { } value)
        {
            Assert.Equal(Outcome.Correct, Equivalence.Compare(value.Text, sum.Text, Config).Outcome);
            Assert.Equal(Outcome.Correct, Equivalence.Compare(sum.Text, value.Text, Config).Outcome);
            var next = value with { Above = value.Above + value.Below };
            Assert.Equal(Outcome.Incorrect, Equivalence.Compare(next.Text, sum.Text, Config).Outcome);
            Assert.Equal(Outcome.Incorrect, Equivalence.Compare(sum.Text, next.Text, Config).Outcome);
        }
        else
        {
            Assert.NotEqual(Outcome.Correct, Equivalence.Compare("1", sum.Text, Config).Outcome);
        }
    }, iter: 200, threads: 1);

    // A value that is null stands for a division by zero.
    private static (string Text, Fraction? Value) Joined(
        (string Text, Fraction? Value) left, (string Text, Fraction? Value) right, char sign)
    {
        var text = sign == 'f'
            ? $"\\frac{{{left.Text}}}{{{right.Text}}}"
            : $"({left.Text}){(sign == '*' ? "\\cdot " : sign)}({right.Text})";
        return left.Value is not { } a || right.Value is not { } b || (sign is '/' or 'f' && b.Above.IsZero)
            ? (text, null)
            : (text, sign switch
            {
                '+' => new((a.Above * b.Below) + (b.Above * a.Below), a.Below * b.Below),
                '-' => new((a.Above * b.Below) - (b.Above * a.Below), a.Below * b.Below),
                '*' => new(a.Above * b.Above, a.Below * b.Below),
                _ => new Fraction(a.Above * b.Below, a.Below * b.Above),
            });
    }

    private readonly record struct Fraction(BigInteger Above, BigInteger Below)
    {
        public string Text => $"\\frac{{{Above}}}{{{Below}}}";
    }
}
