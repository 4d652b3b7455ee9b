using System.Text.Json;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>What the completions of an evaluation say, one by one and together.</summary>
internal static class EvaluationResults
{
    /// <summary>The results of counted completions.</summary>
    public static EvaluationReport Of(EvaluationSettings settings, IReadOnlyList<EvaluationScores> scores) =>
        new()
        {
            Model = settings.Model,
            Engine = settings.Engine,
            Protocol = settings.Described(),
            Benchmarks = [.. scores.Select(score => score.Score())],
            Complete = settings.Benchmarks.Zip(scores, (benchmark, score) => score.Had == benchmark.Completions)
                .All(whole => whole),
        };

    /// <summary>Writes results into a folder, as a whole or not at all.</summary>
    public static void Write(string folder, EvaluationReport report) => AtomicFile.WriteText(
        Path.Combine(folder, EvaluationFolder.ResultsFile),
        JsonSerializer.Serialize(report, JsonFormat.Indented) + "\n");

    /// <summary>The line of a completion that was judged.</summary>
    public static EvaluatedCompletion Judged(EvaluatedCompletion completion, Problem problem, FinishReason finish)
    {
        var verdict = GradedCompletion.Of(
            problem, new Completion { TokenIds = [], Text = completion.Text, Finish = finish }, Verifiers.FinalAnswer)
            .Verdict;
        return completion with
        {
            Verdict = verdict.Outcome.ToString().ToLowerInvariant(),
            Reason = verdict.Reason,
            Answer = verdict.Answer,
            JudgedBy = verdict.JudgedBy,
        };
    }
}
