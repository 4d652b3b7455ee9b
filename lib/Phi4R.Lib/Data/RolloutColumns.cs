using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet.Schema;
using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>A rollout as a row of a table: the names of its fields, in parquet parts and in JSON lines alike.</summary>
/// <remarks>
/// What nobody stated is null: a level that is none of 1 to 5 too, so that no reader takes 0 for one.
/// </remarks>
internal static class RolloutColumns
{
    private static readonly (DataField Field, Func<Rollout, object?> Value)[] Table =
    [
        (new DataField<string>("problem_id"), rollout => rollout.ProblemId),
        (new DataField<string>("question"), rollout => rollout.Prompt),
        (new DataField<string>("answer"), rollout => rollout.Answer),
        (new DataField<string>("text"), rollout => rollout.Text),
        (new DataField<string>("finish_reason"), rollout => Word(rollout.Finish)),
        (new DataField<string>("verdict"), rollout => rollout.Outcome is { } outcome ? Word(outcome) : null),
        (new DataField<string>("verdict_answer"), rollout => rollout.Verdict?.Answer),
        (new DataField<string>("reason"), rollout => rollout.Verdict?.Reason),
        (new DataField<string>("judged_by"), rollout => rollout.Verdict?.JudgedBy),
        (new DataField<string>("domain"), rollout => rollout.Domain),
        (new DataField<int?>("level"), rollout => rollout.Level is >= 1 and <= 5 ? rollout.Level : null),
        (new DataField<int?>("tokens"), rollout => rollout.Tokens),
        (new DataField<bool?>("repetitive"), rollout => rollout.Repetitive),
        (new DataField<string>("style"), rollout => rollout.Style),
        (new DataField<string>("source"), rollout => rollout.Source),
        (new DataField<double?>("solve_rate"), rollout => rollout.SolveRate),
    ];

    /// <summary>The columns of a parquet part, in order.</summary>
    public static IReadOnlyList<DataField> Fields { get; } = [.. Table.Select(column => column.Field)];

    /// <summary>Whether a column's values are texts without a limit.</summary>
    public static bool IsLong(string name) => name is "question" or "text" or "reason" or "answer" or "verdict_answer";

    /// <summary>The value of a column, null where nobody stated it.</summary>
    public static object? Value(Rollout rollout, int column) => Table[column].Value(rollout);

    /// <summary>The row as JSON, with all fields.</summary>
    public static JsonObject ToJson(Rollout rollout)
    {
        JsonObject row = [];
        foreach (var (field, value) in Table)
        {
            row[field.Name] = value(rollout) switch
            {
                string text => JsonValue.Create(text),
                int number => JsonValue.Create(number),
                double number => JsonValue.Create(number),
                bool flag => JsonValue.Create(flag),
                _ => null,
            };
        }

        return row;
    }

    /// <summary>The rollout of a row.</summary>
    /// <param name="where">What messages call it.</param>
    /// <exception cref="InvalidDataException">
    /// A field is missing or holds something else; the message names row and field.
    /// </exception>
    public static Rollout FromJson(JsonObject row, string where)
    {
        var finish = Named<FinishReason>("finish_reason")
            ?? throw new InvalidDataException($"{where} has no \"finish_reason\".");
        return new Rollout
        {
            ProblemId = Needed("problem_id"),
            Prompt = Needed("question"),
            Answer = Text("answer"),
            Text = Needed("text"),
            Finished = finish == FinishReason.Stop,
            Failed = finish == FinishReason.Failed,
            Verdict = Named<Outcome>("verdict") is { } outcome
                ? new Verdict(outcome, Text("verdict_answer"), Text("reason") ?? "") { JudgedBy = Text("judged_by") }
                : null,
            Domain = Text("domain") ?? Problem.UnknownDomain,
            Level = Number("level") is { } level ? (int)level : 0,
            Tokens = Number("tokens") is { } tokens ? (int)tokens : 0,
            Repetitive = row["repetitive"]?.GetValueKind() == JsonValueKind.True,
            Style = Text("style"),
            Source = Text("source"),
            SolveRate = Number("solve_rate"),
        };

        string? Text(string name) => row[name] switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            var other => throw Wrong(name, "a text", other),
        };

        string Needed(string name) => Text(name)
            ?? throw new InvalidDataException($"{where} has no \"{name}\"; a row of rollouts has: "
                + $"{string.Join(", ", Fields.Select(field => field.Name))}.");

        double? Number(string name) => row[name] switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.Number =>
                double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
            var other => throw Wrong(name, "a number", other),
        };

        T? Named<T>(string name)
            where T : struct, Enum => Text(name) is not { } word ? null
            : Enum.GetValues<T>().Where(value => Word(value) == word).Select(value => (T?)value).FirstOrDefault()
                ?? throw Wrong(name, string.Join(", ", Enum.GetValues<T>().Select(Word)), row[name]!);

        InvalidDataException Wrong(string name, string expected, JsonNode found) =>
            new($"{where}: the field \"{name}\" is {Listing.Shortened(found.ToJsonString())}; expected was "
                + $"{expected}.");
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
