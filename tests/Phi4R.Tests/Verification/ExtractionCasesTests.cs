using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Responses written by hand in the ways that models write them, with what a reader takes for their answer.
/// </summary>
public sealed class ExtractionCasesTests
{
    [Theory]
    [InlineData("(D)", "D")]
    [InlineData("D.", "D")]
    [InlineData("d", "D")]
    [InlineData("Option d", "D")]
    [InlineData("Option (d)", "D")]
    [InlineData("option D", "D")]
    [InlineData("Answer: H", "H")]
    [InlineData("Answer: (H)", "H")]
    [InlineData("**Answer:** J", "J")]
    [InlineData("**J**", "J")]
    [InlineData("**J.** 17 meters", "J")]
    [InlineData("The answer is **(F)**.", "F")]
    [InlineData("The correct answer is G.", "G")]
    [InlineData("The correct option is E.", "E")]
    [InlineData("The answer is I.", "I")]
    [InlineData("The answer is (I).", "I")]
    [InlineData("The answer is A.", "A")]
    [InlineData("\\boxed{E}", "E")]
    [InlineData("\\boxed{e}", "E")]
    [InlineData("\\boxed{\\text{G}}", "G")]
    [InlineData("\\boxed{\\textbf{(C)}}", "C")]
    [InlineData("\\boxed{\\text{(B)}}", "B")]
    [InlineData("\\boxed{(A)}", "A")]
    [InlineData("\\boxed{\\mathrm{I}}", "I")]
    [InlineData("$\\boxed{J}$", "J")]
    [InlineData("So the answer is $\\boxed{\\textbf{D}}$.", "D")]
    [InlineData("<answer>F</answer>", "F")]
    [InlineData("<think>It may be A or B.</think>The answer is C.", "C")]
    [InlineData("<think>The answer is A.</think>\\boxed{B}", "B")]
    [InlineData("I compared A with B. The answer is B.", "B")]
    [InlineData("A and B are both close, but the answer is A.", "A")]
    [InlineData("Options A and C look alike. I choose C.", "C")]
    [InlineData("It is not B, so it is D.", "D")]
    [InlineData("A short proof shows this. I am sure that the answer is H.", "H")]
    [InlineData("I believe a triangle works. The answer is J.", "J")]
    [InlineData("The answer is A. Wait, I made an error. The answer is C.", "C")]
    [InlineData("\\boxed{A} No, that is wrong. \\boxed{D}", "D")]
    [InlineData("The answer is B) 42", "B")]
    [InlineData("C) the speed doubles", "C")]
    [InlineData("C: the speed doubles", "C")]
    [InlineData("Therefore, the answer is option (g).", "G")]
    public void The_chosen_one_of_ten_options_is_found(string response, string letter) =>
        Assert.Equal(letter, ChoiceExtraction.Extract(response, 10).Answer);

    [Theory]
    [InlineData("")]
    [InlineData("A long walk takes time.")]
    [InlineData("I think this needs more work.")]
    [InlineData("I am not sure. A careful look is needed.")]
    [InlineData("<think>The answer is A.")]
    [InlineData("<think>\\boxed{B}")]
    [InlineData("\\boxed{}")]
    [InlineData("\\boxed{C} and then \\boxed{")]
    [InlineData("The answer is K.")]
    public void Where_none_of_ten_options_is_chosen_there_is_no_letter(string response) =>
        Assert.Null(ChoiceExtraction.Extract(response, 10).Answer);

    [Theory]
    [InlineData("\\boxed{3} Hold on, that is wrong. \\boxed{4}", "4")]
    [InlineData("The answer is 3. Wait, no. The answer is 4.", "4")]
    [InlineData("First $x=1$. So the final answer is $x=2$.", "x=2")]
    [InlineData("\\boxed{1}, \\boxed{2}, \\boxed{3}", "1 , 2 , 3")]
    [InlineData("\\boxed{1} or \\boxed{-1}", "1 , -1")]
    [InlineData("\\boxed{7}. Later steps of the proof use other numbers. \\boxed{9}", "9")]
    [InlineData("\\fbox{12}", "12")]
    [InlineData("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}")]
    [InlineData("\\boxed{\\frac{\\sqrt{3}}{2}}", "\\frac{\\sqrt{3}}{2}")]
    [InlineData("<think>\\boxed{5}</think>\\boxed{6}<|end|>\\boxed{7}", "6")]
    [InlineData("<think>a</think><think>b</think>\\boxed{8}", "8")]
    [InlineData("**Answer:** 42", "42")]
    [InlineData("Answer: 1,000", "1,000")]
    [InlineData("#### 5\n#### 6", "6")]
    [InlineData("<answer>1</answer> no, <answer>2</answer>", "2")]
    public void The_last_word_on_a_number_counts(string response, string answer) =>
        Assert.Equal(answer, AnswerExtraction.Extract(response).Answer);

    [Theory]
    [InlineData("\\boxed{ }")]
    [InlineData("\\boxed{3} so \\boxed{}")]
    [InlineData("\\boxed{3} so \\boxed{\\frac{1}{2")]
    [InlineData("<think>so \\boxed{3}")]
    [InlineData("<think>a</think> b <think> \\boxed{3}")]
    [InlineData("<answer></answer>")]
    [InlineData("")]
    public void A_cut_or_empty_answer_of_any_form_is_none(string response) =>
        Assert.Null(AnswerExtraction.Extract(response).Answer);
}
