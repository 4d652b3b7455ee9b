using Phi4R.Verification;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

public sealed class ExtractionTests
{
    [Theory]
    [InlineData("<think>66/6=11; 11*4=44; </think>\\boxed{44}", "44")]
    [InlineData("<think>\\boxed{1}</think> So \\boxed{2}, that is all.", "2")]
    [InlineData("First \\boxed{1/3}, later \\boxed{2/3}", "2/3")]
    [InlineData("\\boxed{1} and \\boxed{2}", "1 , 2")]
    [InlineData("It is \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}")]
    [InlineData("It is $\\boxed{28}$ percent", "28\\%")]
    [InlineData("<answer> 5 </answer>", "5")]
    [InlineData("So we get 4.\n#### 72", "72")]
    [InlineData("The final answer is $x^2$. I hope it is correct.", "x^2")]
    [InlineData("Therefore the answer is -3", "-3")]
    [InlineData("The largest $n$ is 34.", "34")]
    [InlineData("So $a=1$ and hence $b=2$.", "b=2")]
    [InlineData("We have 3 and then 12 apples", "12")]
    public void The_final_answer_is_found(string response, string answer) =>
        Assert.Equal(answer, AnswerExtraction.Extract(response).Answer);

    [Theory]
    [InlineData("<think>The answer is \\boxed{5}")]
    [InlineData("\\boxed{5} but no: \\boxed{6")]
    [InlineData("\\boxed{}")]
    [InlineData("</think>")]
    [InlineData("nothing here")]
    public void A_cut_empty_or_missing_answer_is_no_answer(string response)
    {
        Assert.Null(AnswerExtraction.Extract(response).Answer);
        Assert.Equal(Outcome.Incorrect, Grader.Grade(response, "5").Outcome);
    }

    [Theory]
    [InlineData("(C)", "C")]
    [InlineData("**C**", "C")]
    [InlineData("\\boxed{\\text{D}}", "D")]
    [InlineData("C) 42", "C")]
    [InlineData("I choose option (d).", "D")]
    [InlineData("It is not A, so it is B", "B")]
    [InlineData("A triangle has three sides. The answer is C.", "C")]
    [InlineData("I think a careful look shows that the answer is B", "B")]
    [InlineData("a careful reading says nothing", null)]
    public void A_choice_is_found_and_the_article_is_none(string response, string? letter) =>
        Assert.Equal(letter, ChoiceExtraction.Extract(response, 4).Answer);

    [Theory]
    [InlineData("\\boxed{B}", Outcome.Correct)]
    [InlineData("\\boxed{12}", Outcome.Correct)]
    [InlineData("\\boxed{A}", Outcome.Incorrect)]
    [InlineData("\\boxed{11}", Outcome.Incorrect)]
    public void With_choices_the_letter_and_the_value_both_count(string response, Outcome outcome)
    {
        Assert.Equal(outcome, Grader.Grade(response, "12", ["11", "12", "13", "14"]).Outcome);
        Assert.Equal(outcome, Grader.Grade(response, "B", ["11", "12", "13", "14"]).Outcome);
    }

    // The short way must never differ from the long way.
    [Fact]
    public void The_fast_path_agrees_with_the_slow_one()
    {
        string[] golds = ["44", "-7", "0", "1000", "007", "+5"];
        string[] endings = ["\\boxed{44}", "\\boxed{-7}", "\\boxed{0}.", "\\boxed{1000}", "\\boxed{7}", "\\boxed{5}",
            "\\boxed{44}\\%", "\\boxed{44", "\\boxed{ 44 }", "\\boxed{1} and \\boxed{44}", "\\boxed{44} percent",
            "\\boxed{44} \\boxed{}"];
        foreach (var gold in golds)
        {
            foreach (var ending in endings)
            {
                foreach (var response in (string[])["<think>1+1</think>" + ending, ending, "<think>" + ending])
                {
                    var slow = AnswerExtraction.Extract(response).Answer is { } answer
                        ? Equivalence.Compare(gold, answer, new VerifierConfig()).Outcome
                        : Outcome.Incorrect;
                    Assert.True(slow == Grader.Grade(response, gold).Outcome, $"{gold} :: {response}");
                }
            }
        }
    }
}
