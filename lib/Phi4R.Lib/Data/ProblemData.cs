using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Foundation;
using Phi4R.Maths;

namespace Phi4R.Data;

/// <summary>Problems out of a file, and which file that was.</summary>
/// <param name="Set">The problems in the file's order.</param>
/// <param name="File">Where it lay.</param>
/// <param name="Sha256">Of the whole file, in small hexadecimal digits.</param>
/// <param name="License">As the source states it; null where it states none.</param>
public sealed record LoadedProblems(ProblemSet Set, string File, string Sha256, string? License);

/// <summary>Reads problems as the public benchmarks write them: MATH, MATH-500, GSM8K, AIME, AMC, OlympiadBench, GPQA-Diamond, and this project's own files.</summary>
/// <remarks>
/// The fields are found by their names: "problem" or "question"; "answer", "final_answer" or "expected_answer", or else the last box of "solution"; of GSM8K's
/// answer what stands behind ####. GPQA's four answers become options in an order that a hash of the question fixes, so that it is the same on every machine and
/// says nothing about which is right. A level that the file does not state is 0.
/// </remarks>
public static partial class ProblemData
{
    private static readonly string[] Wrong = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"];

    /// <summary>Reads a file, or a data set in the local hub cache.</summary>
    /// <param name="source">A path, or "owner/name" or "owner/name:file" as the hub names it.</param>
    /// <exception cref="InvalidDataException">A record has no question or no answer, or repeats an id; the message names the file, the record and the field.</exception>
    /// <exception cref="FileNotFoundException">There is no such file, nor such a data set in the cache.</exception>
    public static LoadedProblems Read(string source)
    {
        var (path, license) = File.Exists(source) ? (source, null) : HubCache.Find(source);
        using var stream = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        return new LoadedProblems(new ProblemSet(Path.GetFileNameWithoutExtension(path), [.. Problems(path)]), path, hash, license);
    }

    private static IEnumerable<Problem> Problems(string path)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        var name = Path.GetFileNameWithoutExtension(path);
        foreach (var (number, record) in RecordFile.Read(path))
        {
            var problem = OfRecord(record, $"{path}, record {number}", $"{name}/{number}");
            yield return seen.Add(problem.Id)
                ? problem
                : throw new InvalidDataException($"{path}, record {number}: id {problem.Id} was there before; ids are unique within a file. Deduplicate first.");
        }

        if (seen.Count == 0)
        {
            throw new InvalidDataException($"{path} holds no problem.");
        }
    }

    private static Problem OfRecord(JsonObject record, string where, string unnamed)
    {
        var question = Text(record, "problem", "Problem", "question", "Question")?.Trim();
        if (string.IsNullOrEmpty(question))
        {
            throw new InvalidDataException($"{where} has no question; expected was a field \"problem\" or \"question\" with text. It has: {string.Join(", ", record.Select(field => field.Key))}.");
        }

        IReadOnlyList<string>? choices = record.ContainsKey("Correct Answer") ? Options(record, question, where) : Listed(record);
        var answer = record.ContainsKey("Correct Answer") ? Text(record, "Correct Answer")!.Trim() : Answer(record, where);
        return new Problem
        {
            Id = Text(record, "id", "unique_id", "ID", "Record ID", "problem_id") ?? unnamed,
            Question = record.ContainsKey("Correct Answer") ? Asked(question, choices!) : question,
            Answer = answer,
            Domain = Text(record, "domain", "subject", "type", "subfield", "Subdomain", "High-level domain") ?? "mathematics",
            Level = Level(Text(record, "level", "Level", "difficulty")),
            Choices = choices,
        };
    }

    private static string Answer(JsonObject record, string where)
    {
        var answer = Text(record, "answer", "Answer", "final_answer", "expected_answer")?.Trim();
        if (answer is not null && Hashes().Match(answer) is { Success: true } last)
        {
            answer = last.Groups[1].Value.Trim().Replace(",", "", StringComparison.Ordinal); // GSM8K: the working, ####, the number
        }

        answer ??= Text(record, "solution", "Solution") is { } solution ? Boxes.Find(solution)?.Answer : null;
        return string.IsNullOrWhiteSpace(answer)
            ? throw new InvalidDataException($"{where} has no answer; expected was a field \"answer\" or \"final_answer\", or a \"solution\" with a box. It has: {string.Join(", ", record.Select(field => field.Key))}.")
            : answer;
    }

    private static string[] Options(JsonObject record, string question, string where)
    {
        string[] names = ["Correct Answer", .. Wrong];
        var options = names.Select(name => Text(record, name)?.Trim() is { Length: > 0 } option ? option : throw new InvalidDataException($"{where}: the field \"{name}\" is missing or empty.")).ToList();
        return options.Distinct(StringComparer.Ordinal).Count() == options.Count
            ? [.. options.OrderBy(option => StableHash.Of(question + "\n" + option))]
            : throw new InvalidDataException($"{where}: two of the options are the same text, so that no letter names just one.");
    }

    private static string[]? Listed(JsonObject record) => record["choices"] is JsonArray { Count: > 0 } list ? [.. list.Select(item => item?.ToString() ?? "")] : null;

    private static string Asked(string question, IReadOnlyList<string> choices) =>
        question + "\n\n" + string.Join('\n', choices.Select((choice, i) => $"({(char)('A' + i)}) {choice}"));

    private static int Level(string? text) => text is not null && LevelNumber().Match(text) is { Success: true } number && double.TryParse(number.Value, CultureInfo.InvariantCulture, out var level) ? (int)level : 0;

    private static string? Text(JsonObject record, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            switch (record[name])
            {
                case JsonArray { Count: > 0 } several:
                    return string.Join(", ", several.Select(item => item?.ToString()));
                case JsonValue value when value.ToString() is { Length: > 0 } text:
                    return text;
            }
        }

        return null;
    }

    [GeneratedRegex(@"####\s*([^\n]+)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex LevelNumber();
}
