using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Evaluation;

/// <summary>A folder that an evaluation was written into: what one model answered to several benchmarks.</summary>
/// <remarks>
/// Only <see cref="CompletionsFile"/> is needed. Its texts are not kept in memory but for the first of each problem.
/// A line that repeats a completion takes the place of the earlier one, as where a failed one was asked for again.
/// </remarks>
public sealed record EvaluationFolder
{
    private static readonly JsonSerializerOptions Strict = new() { RespectNullableAnnotations = true };

    /// <summary>The file of completions, a line each.</summary>
    public const string CompletionsFile = "completions.jsonl";

    /// <summary>The file of the results.</summary>
    public const string ResultsFile = "results.json";

    /// <summary>The file of the problems that were asked, a line each.</summary>
    public const string ProblemsFile = "problems.jsonl";

    /// <summary>Where it lies.</summary>
    public required string Path { get; init; }

    /// <summary>The model's name; the folder's where the results are missing.</summary>
    public required string Model { get; init; }

    /// <summary>The results, or null where the evaluation was stopped before it wrote any.</summary>
    public required EvaluationReport? Report { get; init; }

    /// <summary>The problems that were asked, by benchmark and id; empty where the file is missing.</summary>
    public required IReadOnlyDictionary<(string Benchmark, string Id), AskedProblem> Asked { get; init; }

    /// <summary>What became of each completion, in the order of the file.</summary>
    public required IReadOnlyList<CompletionMark> Marks { get; init; }

    /// <summary>The counts of each benchmark, those in which nothing could be had left out.</summary>
    public required IReadOnlyList<BenchmarkResult> Benchmarks { get; init; }

    /// <summary>Problems of which no completion could be had, so that they are in no count, by benchmark.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Unanswered { get; init; }

    /// <summary>Lines that a later one took the place of.</summary>
    public required int Replaced { get; init; }

    /// <summary>Whether a folder holds an evaluation.</summary>
    public static bool Is(string folder) => File.Exists(System.IO.Path.Combine(folder, CompletionsFile));

    /// <summary>Reads a folder.</summary>
    /// <exception cref="InvalidDataException">
    /// A line is no completion, or there is none; the message names file, line and what to do.
    /// </exception>
    public static EvaluationFolder Read(string folder)
    {
        if (!Is(folder))
        {
            throw new InvalidDataException($"{folder} holds no {CompletionsFile}; expected was a folder that "
                + "phi4r eval wrote.");
        }

        var tallies = new EvaluationTally();
        foreach (var completion in Completions(folder))
        {
            tallies.Add(completion);
        }

        if (tallies.Marks.Count == 0)
        {
            throw new InvalidDataException($"{System.IO.Path.Combine(folder, CompletionsFile)} holds no completion "
                + "yet; let phi4r eval go on first.");
        }

        var report = ReadReport(folder);
        var asked = ReadAsked(folder);
        return new EvaluationFolder
        {
            Path = folder,
            Model = report?.Model ?? System.IO.Path.GetFileName(System.IO.Path.GetFullPath(folder).TrimEnd('/', '\\')),
            Report = report,
            Asked = asked,
            Marks = tallies.Marks,
            Benchmarks = tallies.Results(asked),
            Unanswered = tallies.Unanswered(),
            Replaced = tallies.Replaced,
        };
    }

    /// <summary>The completions of a folder in the order of its file, one in memory at a time.</summary>
    /// <remarks>A last line that was not written to its end is no completion yet, and is passed over.</remarks>
    /// <exception cref="InvalidDataException">A line is no completion; the message names it.</exception>
    public static IEnumerable<EvaluatedCompletion> Completions(string folder)
    {
        var path = System.IO.Path.Combine(folder, CompletionsFile);
        (int Number, Exception Error)? broken = null;
        foreach (var (index, line) in TextLines.Read(path).Index())
        {
            if (broken is var (number, error))
            {
                throw new InvalidDataException($"{path}, line {number} is no completion of an evaluation: "
                    + $"{error.Message} phi4r judge writes the file anew from what it can read.", error);
            }

            EvaluatedCompletion? completion = null;
            try
            {
                completion = string.IsNullOrWhiteSpace(line) ? null
                    : JsonSerializer.Deserialize<EvaluatedCompletion>(line, Strict) ?? throw new JsonException("null.");
            }
            catch (Exception error2) when (error2 is JsonException or InvalidOperationException)
            {
                broken = (index + 1, error2);
            }

            if (completion is not null)
            {
                yield return completion;
            }
        }
    }

    private static EvaluationReport? ReadReport(string folder)
    {
        var path = System.IO.Path.Combine(folder, ResultsFile);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<EvaluationReport>(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is no result of an evaluation: {error.Message} phi4r judge writes "
                + "it anew.", error);
        }
    }

    // What a page shows beside the completions: a line that cannot be read is a question that is not shown.
    private static Dictionary<(string, string), AskedProblem> ReadAsked(string folder)
    {
        var path = System.IO.Path.Combine(folder, ProblemsFile);
        Dictionary<(string, string), AskedProblem> asked = [];
        foreach (var line in File.Exists(path) ? TextLines.Read(path) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<AskedProblem>(line) is { } problem)
                {
                    asked[(problem.Benchmark, problem.Id)] = problem;
                }
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                continue;
            }
        }

        return asked;
    }
}
