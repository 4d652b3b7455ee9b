using System.Text.Json.Nodes;
using Phi4R.Verification.Extraction;

namespace Phi4R.Data.Import;

/// <summary>Reads a row of a person's own file by the names that are usual on the hub.</summary>
/// <remarks>
/// The question: "problem", "question" or "prompt" (a text, or turns), or the user's first turn of "messages". The
/// reference: "answer", "final_answer", "expected_answer" or "gold", or else the last box of "solution". A completion:
/// "completion" (a text, or turns) or "response", or the model's last turn; or several in "completions" or
/// "generations". What is known of it: "correct" or "verdict", "finish_reason". Labels: "id", "domain", "level",
/// "solve_rate". All but the question is optional. A completion may be "text" where "finish_reason" is beside it: so
/// this project writes rollouts itself.
/// </remarks>
internal static class OwnRows
{
    /// <summary>The name by which an import asks for it.</summary>
    public const string Name = "own";

    /// <summary>What a row says.</summary>
    public static SetRecord Of(JsonObject record)
    {
        var answers = Answers(record);
        return new()
        {
            Id = record.Text("problem_id", "id", "unique_id", "uuid"),
            Question = record.Text("problem", "question") ?? Said(record, "prompt", ofUser: true)
                ?? record.Turn(ofUser: true),
            Reference = record.Text("answer", "final_answer", "expected_answer", "gold")
                ?? (record.Text("solution") is { } solution ? Boxes.Find(solution)?.Answer : null),
            IsUsableWithoutReference = answers.Count > 0,
            Domain = record.Text("domain", "subject", "type"),
            Level = record.Number("level") is >= 1 and <= 5 and var level ? (int)level : null,
            SolveRate = record.Number("solve_rate") is >= 0 and <= 1 and var rate ? rate : null,
            Source = record.Text("source"),
            Answers = answers,
            Faults = record.NoLists("completions", "generations"),
        };
    }

    private static IReadOnlyList<SetAnswer> Answers(JsonObject record)
    {
        List<string?> several = [.. record.Texts("completions"), .. record.Texts("generations")];
        var one = Said(record, "completion", ofUser: false) ?? record.Text("response")
            ?? record.Turn(ofUser: false) ?? (record.ContainsKey("finish_reason") ? record.Text("text") : null);
        return several.Count > 0
            ? [.. several.Select(text => new SetAnswer(text))]
            : one is null ? record["completion"] is JsonObject or JsonArray { Count: > 0 } ? [new SetAnswer(null)] : []
            : [new SetAnswer(one)
            {
                Finished = record.Text("finish_reason") is { } reason ? reason == "stop" : null,
                IsCorrect = record["correct"].Flag() ?? record.Text("verdict")?.ToLowerInvariant() switch
                {
                    "correct" => true,
                    "incorrect" => false,
                    _ => null,
                },
            }];
    }

    // A text, or a conversation that stands where TRL has one.
    private static string? Said(JsonObject record, string field, bool ofUser) => record[field] is JsonArray turns
        ? new JsonObject { ["messages"] = turns.DeepClone() }.Turn(ofUser)
        : record.Text(field);
}
