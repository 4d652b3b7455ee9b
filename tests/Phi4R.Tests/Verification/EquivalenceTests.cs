using System.Globalization;
using Phi4R.Foundation;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

public sealed class EquivalenceTests
{
    private static readonly VerifierConfig Config = new();

    [Fact]
    public void Pairs_that_are_equal_are_correct_and_others_are_not_both_ways_round()
    {
        var wrong = EquivalenceCases.All()
            .SelectMany(pair => ((string, string)[])[(pair.Left, pair.Right), (pair.Right, pair.Left)],
                (pair, sides) => (pair.Same, Gold: sides.Item1, Answer: sides.Item2))
            .Select(pair => (pair, Verdict: Equivalence.Compare(pair.Gold, pair.Answer, Config)))
            .Where(asked => asked.Verdict.Outcome == Outcome.Correct != asked.pair.Same)
            .Select(asked => $"{asked.pair.Gold} :: {asked.pair.Answer}: {asked.Verdict.Reason}");
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("3", "x\\equiv 3 \\pmod 7", Outcome.Correct)]
    [InlineData("x\\equiv 3 \\pmod 7", "3", Outcome.Incorrect)]
    public void A_bare_remainder_says_less_than_its_congruence(string gold, string answer, Outcome outcome) =>
        Assert.Equal(outcome, Equivalence.Compare(gold, answer, Config).Outcome);

    [Fact]
    public void Every_text_equals_itself() =>
        Assert.DoesNotContain(EquivalenceCases.All().SelectMany(pair => (string[])[pair.Left, pair.Right]),
        text => Grader.Grade($"\\boxed{{ {text} }}", text).Outcome != Outcome.Correct);

    [Fact]
    public void Culture_and_thread_never_change_a_verdict()
    {
        var before = Verdicts();
        var culture = CultureInfo.CurrentCulture;
        var others = new List<Verdict>[4];
        Parallel.For(0, others.Length, i =>
        {
            // The project runs without culture data, so a culture with a decimal comma is made here.
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NumberGroupSeparator = ".";
            comma.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = comma;
            others[i] = Verdicts();
        });
        CultureInfo.CurrentCulture = culture;
        Assert.All(others, other => Assert.Equal(before, other));
    }

    // Spellings that change nothing: spaces, \left and \right, \dfrac, a leading plus, dollar signs, a final dot.
    [Fact]
    public void Spelling_changes_never_change_a_verdict()
    {
        var stream = Randomness.For(7, "spellings");
        Func<string, string>[] changes =
        [
            text => "$" + text + "$",
            text => text + ".",
            text => "\\boxed{" + text + "}",
            text => text.Replace("\\frac{", "\\dfrac{", StringComparison.Ordinal),
            text => "  " + text + " ",
            text => "\\displaystyle " + text,
            text => text.Contains("\\left", StringComparison.Ordinal)
                ? text
                : text.Replace("(", "\\left(", StringComparison.Ordinal)
                    .Replace(")", "\\right)", StringComparison.Ordinal),
        ];
        string[] formulas = ["\\frac{1}{2}", "(x+1)^2", "\\frac{x+1}{x-1}", "(1,2)", "3\\sqrt{2}", "-7", "\\{1,2\\}",
            "1,234", "\\sin(x)", "2^{10}", "x=5", "0.25"];
        foreach (var formula in formulas)
        {
            for (var round = 0; round < 6; round++)
            {
                var changed = stream.Pick(changes)(formula);
                Assert.True(Equivalence.Compare(formula, changed, Config).Outcome == Outcome.Correct,
                    $"{formula} :: {changed}");
                Assert.True(Equivalence.Compare("77", changed, Config).Outcome != Outcome.Correct, changed);
            }
        }
    }

    [Fact]
    public void A_failed_reading_is_unverifiable_and_never_correct() =>
        Assert.All((string[])["\\frac{}{2}", "1 +", "(((", "\\unknowncommand{3}", "5 @ 5"],
            text => Assert.Equal(Outcome.Unverifiable, Equivalence.Compare("5", text, Config).Outcome));

    [Theory]
    [InlineData("\\frac{1}{3}", "0.3333", 6, false)]
    [InlineData("\\frac{1}{3}", "0.3333", 4, true)]
    [InlineData("\\frac{1}{3}", "0.333333", 6, true)]
    [InlineData("0", "0.0000001", 6, false)]
    [InlineData("100000", "100000.0000001", 6, false)]
    [InlineData("\\frac{1}{3000000}", "0.0000001", 6, false)]
    public void A_decimal_stands_for_what_rounds_to_it(string gold, string answer, int precision, bool same) =>
        Assert.Equal(same,
            Equivalence.Compare(gold, answer, Config with { Precision = precision }).Outcome == Outcome.Correct);

    [Fact]
    public void A_gold_set_accepts_an_inequality_only_where_that_is_allowed()
    {
        Assert.Equal(Outcome.Correct, Equivalence.Compare("[-2,7]", "-2 \\le x \\le 7", Config).Outcome);
        Assert.Equal(Outcome.Incorrect,
            Equivalence.Compare("[-2,7]", "-2 \\le x \\le 7", Config with { AllowSetRelation = false }).Outcome);
        Assert.Equal(Outcome.Correct,
            Equivalence.Compare("-2 \\le x \\le 7", "[-2,7]", Config with { AllowSetRelation = false }).Outcome);
    }

    [Fact]
    public void A_cancelled_comparison_is_unverifiable() =>
        Assert.Equal(Outcome.Unverifiable,
            Equivalence.Compare("x+1", "1+x+0", Config, new CancellationToken(canceled: true)).Outcome);

    private static List<Verdict> Verdicts() =>
        [.. EquivalenceCases.All().Select(pair => Equivalence.Compare(pair.Left, pair.Right, Config))];
}
