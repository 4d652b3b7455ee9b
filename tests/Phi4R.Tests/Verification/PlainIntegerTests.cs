using System.Text;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

/// <summary>
/// The short way for one box with a whole number says what the long way says, on responses put together at random.
/// </summary>
public sealed class PlainIntegerTests
{
    private static readonly string[] Parts =
    [
        @"\boxed{5}", @"\boxed{6}", @"\boxed{5", " 5", "6", "-5", "007", "The final answer is 6.", "final answer: ",
        "FINAL ANSWER is 5", "so ",
        "<think>", "</think>", "%", @"\%", " percent", "(", "$", @"\", "}", "{", "<|end|>", " and ", " or ", ", ", "\n",
        "answer is 7",
        @"\fbox{5}", @"\boxed", "box", @"\text{", "#### 6", "<answer>6</answer>", @"\boxed {5}", "0", @"\boxed{-5}",
        @"\boxed{ 5 }", @"\boxed{}",
    ];

    private static readonly string[] References = ["5", "6", "-5", "0", "007", "-0", "5 ", @"\boxed{5}"];

    [Fact]
    public void The_short_way_agrees_with_the_long_way()
    {
        Random random = new(1);
        var decided = 0;
        for (var i = 0; i < 20_000; i++)
        {
            StringBuilder response = new();
            for (var parts = random.Next(1, 9); parts > 0; parts--)
            {
                response.Append(Parts[random.Next(Parts.Length)]);
            }

            var gold = References[random.Next(References.Length)];
            if (PlainInteger.Grade(response.ToString(), gold) is { } verdict)
            {
                decided++;
                var slow = Grader.GradeMath(response.ToString(), gold, default);
                Assert.True(verdict.Outcome == slow.Outcome,
                    $"{verdict.Outcome}, but {slow.Outcome} ({slow.Reason}): {gold} :: {response}");
            }
        }

        Assert.True(decided > 500, $"Only {decided} responses were decided the short way.");
    }

    [Fact]
    public void A_box_beyond_the_reach_of_extraction_is_not_taken_the_short_way() =>
        Assert.Null(PlainInteger.Grade(@"\boxed{5}" + new string(' ', AnswerExtraction.Reach), "5"));
}
