using System.Text.Json.Nodes;
using Phi4R.Verification;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Responses to multiple-choice questions, written by hand in the ways that models write them, with the letter that a
/// reader sees.
/// </summary>
public sealed class ChoiceTests
{
    private static readonly string[] Options = ["1 eV", "2 eV", "3 eV", "4 eV"];

    public static IEnumerable<object?[]> Responses() =>
        File.ReadLines(Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Verification", "Responses", "choices.jsonl"))
            .Select(line => JsonNode.Parse(line)!)
            .Select(row => new object?[] { (string)row["response"]!, (int)row["options"]!, (string?)row["letter"] });

    [Theory]
    [MemberData(nameof(Responses))]
    public void The_letter_is_the_one_that_a_reader_sees(string response, int options, string? letter) =>
        Assert.Equal(letter, ChoiceExtraction.Extract(response, options).Answer);

    [Fact]
    public void Responses_whose_letter_is_not_seen_yet_are_counted()
    {
        var open = File.ReadLines(Path.Combine(
            Project.Root, "tests", "Phi4R.Tests", "Verification", "Responses", "open.jsonl"))
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.InRange(open.Count, 0, 1);
        Assert.All(open, row => Assert.NotEqual((string?)row["letter"],
            ChoiceExtraction.Extract((string)row["response"]!, (int)row["options"]!).Answer));
    }

    [Theory]
    [InlineData("\\boxed{C}", Outcome.Correct)]
    [InlineData("The answer is C.", Outcome.Incorrect)]
    [InlineData("\\boxed{C} and \\boxed{D}", Outcome.Incorrect)]
    [InlineData("\\boxed{C}. Wait, the answer is D.", Outcome.Incorrect)]
    [InlineData("\\boxed{3 eV}", Outcome.Correct)]
    [InlineData("<think>\\boxed{C}</think>", Outcome.Incorrect)]
    public void A_reward_asks_for_one_letter_in_one_box(string response, Outcome outcome) =>
        Assert.Equal(outcome, Grader.GradeStrictly(response, "C", Options).Outcome);

    [Theory]
    [InlineData("\\boxed{42}", Outcome.Correct)]
    [InlineData("So \\boxed{42}. I hope that helps.", Outcome.Correct)]
    [InlineData("The answer is 42.", Outcome.Incorrect)]
    [InlineData("\\boxed{42} or \\boxed{43}", Outcome.Incorrect)]
    [InlineData("\\boxed{41} no, \\boxed{42}", Outcome.Incorrect)]
    [InlineData("\\boxed{42}. The final answer is 43.", Outcome.Incorrect)]
    [InlineData("\\boxed{42} and \\boxed{4", Outcome.Incorrect)]
    [InlineData("\\boxed{\\frac{84}{2}}", Outcome.Correct)]
    public void A_reward_asks_for_one_number_in_one_box(string response, Outcome outcome) =>
        Assert.Equal(outcome, Grader.GradeStrictly(response, "42").Outcome);
}
