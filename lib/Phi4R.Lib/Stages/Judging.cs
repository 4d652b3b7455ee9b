using System.Text.RegularExpressions;
using Phi4R.Data;
using Phi4R.Verification;
using Phi4R.Verification.Extraction;

namespace Phi4R.Stages;

/// <summary>
/// What a judge's answer says. It is read strictly: one word on a line of its own, and nothing that contradicts it.
/// </summary>
internal static partial class Judging
{
    /// <summary>What a verdict of a judge is marked with.</summary>
    public const string Judge = "judge";

    /// <summary>
    /// Whether a judge is asked at all: about what came to its end and the verifier calls wrong or cannot judge.
    /// </summary>
    public static bool IsWanted(GradedCompletion graded) =>
        graded.Completion.Finish == FinishReason.Stop && graded.Verdict.Outcome != Outcome.Correct;

    /// <summary>The part of a completion that a judge reads: what follows the thinking.</summary>
    public static string Shown(string text) =>
        (AnswerExtraction.AfterThinking(text) ?? text).Trim() is { Length: > 0 } answer ? answer : "(no answer)";

    /// <summary>
    /// What the judge says; null where its answer was truncated, has no such line at its end, or has two that differ.
    /// </summary>
    public static Outcome? Said(Completion answer)
    {
        if (answer.Finish != FinishReason.Stop || AnswerExtraction.AfterThinking(answer.Text) is not { } text)
        {
            return null;
        }

        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        var said = lines.Select(Word).ToList();
        return said is [.., { } last] && said.All(word => word is null || word == last) ? last : null;
    }

    /// <summary>The verdict where a judge has answered.</summary>
    /// <param name="before">The verifier's.</param>
    public static Verdict After(Verdict before, Outcome said, string model) => before with
    {
        Outcome = said,
        JudgedBy = Judge,
        Reason = $"{model} says {said.ToString().ToLowerInvariant()}; the verifier said "
            + $"{before.Outcome.ToString().ToLowerInvariant()}: {before.Reason}",
    };

    private static Outcome? Word(string line) => Line().Match(line) is { Success: true } match
        ? match.Groups[1].Value.Equals("correct", StringComparison.OrdinalIgnoreCase)
            ? Outcome.Correct
            : Outcome.Incorrect
        : null;

    // The word alone, with marks around it that change nothing, or behind "Verdict:".
    [GeneratedRegex(@"^[*_`\s]*(?:(?:final )?verdict[*_`\s]*:[*_`\s]*)?(correct|incorrect)[*_`\s]*\.?[*_`\s]*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Line();
}
