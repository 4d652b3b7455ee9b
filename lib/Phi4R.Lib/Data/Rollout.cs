using System.Text.Json.Serialization;
using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>One completion of one problem as it is kept in a file, with its labels.</summary>
public sealed record Rollout
{
    /// <summary>The id of the problem that it answers.</summary>
    public required string ProblemId { get; init; }

    /// <summary>The question, without chat marks.</summary>
    public required string Prompt { get; init; }

    /// <summary>The completion's text, without chat marks.</summary>
    public required string Text { get; init; }

    /// <summary>The problem's reference answer; null where there is none, or the file does not carry it.</summary>
    public string? Answer { get; init; }

    /// <summary>How it is written, a word of the teacher's own; null where nobody said.</summary>
    public string? Style { get; init; }

    /// <summary>The data set that it comes from; null where it was made here.</summary>
    public string? Source { get; init; }

    /// <summary>The share of some model's answers to the problem that were right; null where nobody counted.</summary>
    public double? SolveRate { get; init; }

    /// <summary>Whether the completion came to its end.</summary>
    public required bool Finished { get; init; }

    /// <summary>Whether there is no completion, since asking for it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Failed { get; init; }

    /// <summary>Why the completion is over.</summary>
    [JsonIgnore]
    public FinishReason Finish => Finished ? FinishReason.Stop : Failed ? FinishReason.Failed : FinishReason.Length;

    /// <summary>
    /// What was said of it, why and by whom; null where nobody was asked. Unverifiable is never taken for wrong.
    /// </summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Label: whether the text repeats itself, see <see cref="Repetition"/>.</summary>
    public required bool Repetitive { get; init; }

    /// <summary>Label: the problem's field of mathematics.</summary>
    public required string Domain { get; init; }

    /// <summary>Label: the problem's difficulty, 1 (easiest) to 5; any other number where nobody stated it.</summary>
    public required int Level { get; init; }

    /// <summary>Tokens of the completion, the one that ends its turn included.</summary>
    public required int Tokens { get; init; }

    /// <summary>What the verdict says; null where nobody was asked.</summary>
    [JsonIgnore]
    public Outcome? Outcome => Verdict?.Outcome;

    // Files of people, and of before verdicts were kept whole, say "correct": true or false, and leave it out where
    // nobody could tell. It is read as the file's own word, and never written.
    [JsonInclude]
    [JsonPropertyName("correct")]
    internal bool? Correct
    {
        get => null;
        init => Verdict ??= value is { } right
            ? OfFile(right ? Verification.Outcome.Correct : Verification.Outcome.Incorrect)
            : null;
    }

    /// <summary>The rollout of a completion that was judged.</summary>
    public static Rollout Of(Problem problem, GradedCompletion graded, RepetitionConfig repetition) => new()
    {
        ProblemId = problem.Id,
        Prompt = problem.Question,
        Text = graded.Completion.Text,
        Answer = problem.Answer,
        Style = graded.Completion.Style,
        Finished = graded.Completion.Finish == FinishReason.Stop,
        Failed = graded.Completion.Finish == FinishReason.Failed,
        Verdict = graded.Verdict,
        Repetitive = Repetition.IsRepetitive(graded.Completion.Text, repetition),
        Domain = problem.Domain,
        Level = problem.Level,
        Tokens = graded.Completion.TokenCount,
    };

    /// <summary>The verdict of a file that says no more than whether a completion is right.</summary>
    internal static Verdict OfFile(Outcome outcome) => new(outcome, null, "As the file says.") { JudgedBy = "file" };
}
