using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Verification;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Pairs with their questions, by two authors who had not seen the verifier and wrote 1,200 of them: those that are
/// judged as their authors did stand in questions.jsonl, the others in open.jsonl, so that nothing is hidden.
/// </summary>
public sealed class QuestionPairsTests
{
    private const int WrittenAtLeast = 1_168; // the others are written twice
    private const int OpenAtMost = 5;

    [Fact]
    public void Each_answer_in_a_box_is_judged_as_its_author_did() =>
        Assert.Equal("", string.Join('\n', Rows("questions.jsonl").Where(row => !IsAsWritten(row))
            .Select(row => row.ToJsonString())));

    [Fact]
    public void The_pairs_that_are_not_judged_as_their_author_did_are_counted_and_none_passes_a_wrong_answer()
    {
        var open = Rows("open.jsonl");
        Assert.InRange(open.Count, 0, OpenAtMost);
        Assert.InRange(open.Count + Rows("questions.jsonl").Count, WrittenAtLeast, int.MaxValue);
        Assert.All(open, row => Assert.False(IsAsWritten(row), $"It is right now, so move it: {row.ToJsonString()}"));
        Assert.All(open, row => Assert.True((bool)row["equal"]!, $"A wrong answer passes: {row.ToJsonString()}"));
    }

    [Theory]
    [InlineData("1, 2, 3", "3, 2, 1", "List the solutions in increasing order.", Outcome.Incorrect)]
    [InlineData("1, 2, 3", "3, 2, 1", "Find all solutions, in order to factor the polynomial.", Outcome.Correct)]
    [InlineData("1, 2, 3", "3, 2, 1", "Find all solutions.", Outcome.Correct)]
    public void The_order_of_a_list_counts_where_the_question_asks_for_one(
        string reference, string answer, string question, Outcome outcome)
    {
        Problem problem = new() { Id = "1", Question = question, Answer = reference, Domain = "algebra", Level = 1 };
        Assert.Equal(outcome, Verifiers.FinalAnswer(problem, $"\\boxed{{{answer}}}").Outcome);
        Assert.Equal(outcome, Verifiers.Reward(problem, $"\\boxed{{{answer}}}").Outcome);
    }

    [Theory]
    [InlineData("By what percentage did it fall?", "12\\%", "\\boxed{12}", Outcome.Correct)]
    [InlineData("By what percentage did it fall?", "12\\%", "\\boxed{12} and \\boxed{13}", Outcome.Incorrect)]
    [InlineData("By what percentage did it fall?", "12\\%", "12", Outcome.Incorrect)]
    [InlineData("By what percentage did it fall?", "12\\%", "\\boxed{12} The final answer is 13.", Outcome.Incorrect)]
    [InlineData("How long is the race in meters?", "1500", "\\boxed{1.5\\text{ km}}", Outcome.Correct)]
    [InlineData("How long is the race in meters?", "1500", "\\boxed{1.4\\text{ km}}", Outcome.Incorrect)]
    public void A_reward_is_given_by_what_the_question_asks_for_as_well(
        string question, string reference, string response, Outcome outcome) =>
        Assert.Equal(outcome, Verifiers.Reward(new()
        {
            Id = "1",
            Question = question,
            Answer = reference,
            Domain = "algebra",
            Level = 1,
        }, response).Outcome);

    private static List<JsonNode> Rows(string file) =>
        [.. File.ReadLines(Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Verification", "Pairs", file))
            .Select(line => JsonNode.Parse(line)!)];

    private static bool IsAsWritten(JsonNode row) =>
        Verifiers.IsCorrect(Asked(row), $"\\boxed{{{(string)row["answer"]!}}}") == (bool)row["equal"]!;

    private static Problem Asked(JsonNode row) =>
        new()
        {
            Id = "1",
            Question = (string?)row["question"] ?? "",
            Answer = (string)row["reference"]!,
            Domain = "algebra",
            Level = 1,
        };
}
