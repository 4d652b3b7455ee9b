using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Foundation;
using Phi4R.Verification.Extraction;

namespace Phi4R.Data.Import;

/// <summary>
/// Reads problems as the public sets write them: MATH, MATH-500, GSM8K, AIME, AMC, OlympiadBench, GPQA-Diamond, MMLU,
/// ARC, OpenR1, OpenThoughts, s1K, and this project's own files.
/// </summary>
/// <remarks>
/// The fields are found by their names: "problem" or "question", or else the first turn of "messages" or
/// "conversations" that a user has; "answer", "final_answer", "expected_answer" or "answerKey", or else the last box of
/// "solution" or of the last turn, or a solution that is a line of its own; of GSM8K's answer what stands behind ####.
/// GPQA's four answers become options in an order that a hash of the question fixes, so that it is the same on every
/// machine and says nothing about which is right; options in a list keep their order, and are shown where the question
/// does not show them. A level that the file does not state is 0.
/// </remarks>
public static partial class ProblemData
{
    // A solution of a line is the answer itself, as s1K has it.
    private const int LongestBareAnswer = 200;

    private static readonly string[] Wrong = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"];

    /// <summary>Reads a file, or a data set in the local hub cache.</summary>
    /// <param name="source">A path, or "owner/name" or "owner/name:file" as the hub names it.</param>
    /// <exception cref="InvalidDataException">
    /// A record has no question or no answer, or repeats an id; the message names the file, the record and the field.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file, nor such a data set in the cache.</exception>
    public static LoadedProblems Read(string source) => Read(source, leaveOut: false);

    /// <summary>
    /// The same of a file to learn from: a record without a question or an answer is left out and counted.
    /// </summary>
    /// <inheritdoc cref="Read(string)"/>
    /// <exception cref="InvalidDataException">
    /// The file cannot be read, none of its records is a problem, or an id is repeated.
    /// </exception>
    public static LoadedProblems ReadUsable(string source) => Read(source, leaveOut: true);

    private static LoadedProblems Read(string source, bool leaveOut)
    {
        var (path, license) = File.Exists(source) ? (source, null) : HubCache.Find(source);
        using var stream = File.OpenRead(OrdinaryFile.Checked(path));
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        Dictionary<string, (long Count, string First)> left = new(StringComparer.Ordinal);
        List<Problem> problems = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        var name = Path.GetFileNameWithoutExtension(path);
        foreach (var (number, record) in RecordFile.Read(path))
        {
            var where = $"{path}, record {number}";
            var (problem, fault) = OfRecord(record, where, $"{name}/{number}");
            if (problem is null)
            {
                left[fault] = leaveOut
                    ? (left.GetValueOrDefault(fault).Count + 1, left.GetValueOrDefault(fault).First ?? where)
                    : throw new InvalidDataException($"{where} has {fault}. It has: "
                        + $"{Listing.Few([.. record.Select(field => field.Key)])}.");
                continue;
            }

            problems.Add(seen.Add(problem.Id)
                ? problem
                : throw new InvalidDataException($"{where}: id {Listing.Shortened(problem.Id)} was there before; ids "
                    + "are unique within a file. Deduplicate first."));
        }

        return problems.Count > 0
            ? new LoadedProblems(new ProblemSet(name, problems), path, hash, license)
            {
                LeftOut = [.. left.Select(pair => (pair.Key, pair.Value.Count, pair.Value.First))],
            }
            : throw new InvalidDataException(
                $"{path} holds no problem{string.Concat(left.Select(pair => $"; {pair.Value.Count:N0} of its records "
                    + $"have {pair.Key}"))}.");
    }

    // A problem, or what the record lacks.
    private static (Problem? Problem, string Fault) OfRecord(JsonObject record, string where, string unnamed)
    {
        var question = (record.Text("problem", "Problem", "question", "Question")
            ?? record.Turn(ofUser: true))?.Trim();
        if (string.IsNullOrEmpty(question))
        {
            return (null, "no question; expected was a field \"problem\" or \"question\" with text, or a user's turn "
                + "in \"messages\" or \"conversations\"");
        }

        var isGpqa = record.ContainsKey("Correct Answer");
        var choices = isGpqa ? Options(record, question, where) : ListedChoices.Of(record);
        var answer = isGpqa ? record.Text("Correct Answer")!.Trim() : Answer(record);
        if (string.IsNullOrWhiteSpace(answer))
        {
            return (null, "no answer; expected was a field \"answer\" or \"final_answer\", or a \"solution\" "
                + "with a box");
        }

        return (new Problem
        {
            Id = record.Text("id", "unique_id", "ID", "Record ID", "problem_id", "uuid") ?? unnamed,
            Question = choices is null || ListedChoices.AreShown(question, choices)
                ? question
                : Asked(question, choices),
            Answer = choices is null || isGpqa ? answer : ListedChoices.Right(record, answer, choices),
            Domain = record.Text("domain", "subject", "type", "problem_type", "subfield", "Subdomain",
                "High-level domain") ?? "mathematics",
            Level = Level(record.Text("level", "Level", "difficulty")),
            Choices = choices,
        }, "");
    }

    private static string? Answer(JsonObject record)
    {
        var answer = record.Text("answer", "Answer", "final_answer", "expected_answer", "answerKey")?.Trim();
        if (answer is not null && Hashes().Match(answer) is { Success: true } last)
        {
            // GSM8K: the working, ####, the number
            return last.Groups[1].Value.Trim().Replace(",", "", StringComparison.Ordinal);
        }

        var solution = record.Text("solution", "Solution")?.Trim();
        return answer
            ?? new[]
            {
                solution,
                record.Text("attempt"),
                record.Turn(ofUser: false),
            }.Select(text => text is null ? null : Boxes.Find(text)?.Answer).FirstOrDefault(boxed => boxed is not null)
            ?? (solution is { Length: > 0 and <= LongestBareAnswer } && !solution.Contains('\n') ? solution : null);
    }

    private static string[] Options(JsonObject record, string question, string where)
    {
        string[] names = ["Correct Answer", .. Wrong];
        var options = names.Select(name => record.Text(name)?.Trim() is { Length: > 0 } option
            ? option
            : throw new InvalidDataException($"{where}: the field \"{name}\" is missing or empty.")).ToList();
        return options.Distinct(StringComparer.Ordinal).Count() == options.Count
            ? [.. options.OrderBy(option => StableHash.Of(question + "\n" + option))]
            : throw new InvalidDataException($"{where}: two of the options are the same text, so that no letter "
                + "names just one.");
    }

    private static string Asked(string question, IReadOnlyList<string> choices) => question + Shown(choices);

    /// <summary>The options behind a question that does not show them, each behind its letter.</summary>
    internal static string Shown(IReadOnlyList<string> choices) =>
        "\n\n" + string.Join('\n', choices.Select((choice, i) => $"({(char)('A' + i)}) {choice}"));

    private static int Level(string? text) =>
        text is not null && LevelNumber().Match(text) is { Success: true } number
            && double.TryParse(number.Value, CultureInfo.InvariantCulture, out var level) ? (int)level : 0;

    [GeneratedRegex(@"####\s*([^\n]+)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex LevelNumber();
}
