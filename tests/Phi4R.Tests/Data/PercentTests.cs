using Phi4R.Data;

namespace Phi4R.Tests.Data;

/// <summary>The percent sign where the question asks for percent.</summary>
public sealed class PercentTests
{
    [Theory]
    [InlineData("What percent of 80 is 60?", "75", "75\\%", true)]
    [InlineData("What percent of 80 is 60?", "75\\%", "75", true)]
    [InlineData("By what percentage does the price rise?", "20", "20\\text{ percent}", true)]
    [InlineData("Express the probability as a percent.", "12.5", "12.5\\%", true)]
    [InlineData("What is the percentage change? Answer in percent.", "-5", "-5\\%", true)]
    [InlineData("What percent of 80 is 60?", "75", "76\\%", false)]
    [InlineData("What percent of 80 is 60?", "75", "0.75", false)]
    [InlineData("What is 20 percent of 50?", "10", "10\\%", false)]
    [InlineData("How many apples are left?", "75", "75\\%", false)]
    [InlineData("A price rises by 20%. What is it now?", "60", "60\\%", false)]
    public void A_percent_sign_may_be_missing_only_where_the_question_asks_for_percent(
        string question, string reference, string answer, bool right) => Assert.Equal(
        right,
        Verifiers.IsCorrect(new Problem
        {
            Id = "p",
            Question = question,
            Answer = reference,
            Domain = "arithmetic",
            Level = 1,
        }, $"\\boxed{{{answer}}}"));
}
