using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Verification;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Pairs with their questions, by an author who had not seen the verifier; what it does not yet know is not among them.
/// </summary>
public sealed class QuestionPairsTests
{
    [Fact]
    public void Each_answer_in_a_box_is_judged_as_its_author_did()
    {
        var rows =
            File.ReadLines(Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Maths", "Pairs", "questions.jsonl"))
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.True(rows.Count > 500, $"Only {rows.Count} pairs.");
        Assert.Equal("", string.Join('\n', rows
            .Where(
                row => Verifiers.IsCorrect(Asked(row), $"\\boxed{{{(string)row["answer"]!}}}") != (bool)row["equal"]!)
            .Select(row => row.ToJsonString())));
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
