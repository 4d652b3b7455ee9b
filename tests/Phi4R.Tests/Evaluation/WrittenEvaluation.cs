using System.Text.Json;
using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

/// <summary>Folders as an evaluation leaves them, written for a test.</summary>
internal static class WrittenEvaluation
{
    /// <summary>A folder of completions.</summary>
    /// <param name="verdicts">
    /// A word for each problem: a letter for each completion, c correct, i incorrect, u unverifiable, f failed, t
    /// truncated.
    /// </param>
    public static string Of(string model, string benchmark, params IEnumerable<string> verdicts) =>
        Add(Project.Scratch(), model, benchmark, verdicts);

    /// <summary>Adds a benchmark to such a folder.</summary>
    public static string Add(string folder, string model, string benchmark, params IEnumerable<string> verdicts)
    {
        File.AppendAllLines(Path.Combine(folder, EvaluationFolder.CompletionsFile),
            verdicts.SelectMany((word, problem) => word.Select((letter, sample) => JsonSerializer.Serialize(
                Completion(benchmark, $"p{problem}", sample, letter)))));
        File.WriteAllText(Path.Combine(folder, EvaluationFolder.ResultsFile), JsonSerializer.Serialize(
            new EvaluationReport
            {
                Model = model,
                Engine = "a test",
                Protocol = new Dictionary<string, string> { ["temperature"] = "0.6" },
                Benchmarks = [],
                Complete = true,
            }));
        return folder;
    }

    /// <summary>One completion of a letter's verdict.</summary>
    public static EvaluatedCompletion Completion(string benchmark, string problem, int sample, char letter,
        string? text = null) => new()
        {
            Benchmark = benchmark,
            Problem = problem,
            Sample = sample,
            Text = text ?? $"It is \\boxed{{{(letter == 'c' ? 1 : 2)}}}.",
            FinishReason = letter switch { 't' => "length", 'f' => "failed", _ => "stop" },
            Tokens = letter == 'f' ? 0 : 10 + sample,
            Verdict = letter switch { 'c' => "correct", 'u' => "unverifiable", 'f' => "failed", _ => "incorrect" },
            Reason = "as the test wants it",
            JudgedBy = "verifier",
            Answer = letter switch { 'c' => "1", 'i' => "2", _ => null },
        };
}
