using Phi4R.Maths;

namespace Phi4R.Data;

/// <summary>One answer to one problem, by a teacher or a model, with its labels.</summary>
public sealed record Rollout
{
    public required string ProblemId { get; init; }

    /// <summary>The question, without chat marks.</summary>
    public required string Prompt { get; init; }

    /// <summary>The answer, without chat marks.</summary>
    public required string Text { get; init; }

    /// <summary>How it is written, a word of the teacher's own; null where nobody said.</summary>
    public string? Style { get; init; }

    /// <summary>Whether the answer came to its end.</summary>
    public required bool Finished { get; init; }

    /// <summary>What the verifier said: right, wrong, or null where it could not judge or was not asked. Null is never taken for wrong.</summary>
    public bool? Correct { get; init; }

    /// <summary>Label: whether the text runs in circles, see <see cref="Repetition"/>.</summary>
    public required bool Repetitive { get; init; }

    /// <summary>Label: the problem's field of mathematics.</summary>
    public required string Domain { get; init; }

    /// <summary>Label: the problem's difficulty, 1 (easiest) to 5; any other number where nobody stated it.</summary>
    public required int Level { get; init; }

    /// <summary>Tokens of the answer, the one that ends its turn included.</summary>
    public required int Tokens { get; init; }

    /// <summary>A verdict as <see cref="Correct"/> keeps it.</summary>
    public static bool? Kept(Outcome outcome) => outcome switch { Outcome.Correct => true, Outcome.Incorrect => false, _ => null };

    /// <summary>The rollout of a teacher's answer, labeled but not yet verified.</summary>
    /// <param name="tokens">Tokens of the answer.</param>
    public static Rollout Of(Problem problem, TeacherAnswer answer, int tokens, RepetitionConfig repetition) => new()
    {
        ProblemId = problem.Id,
        Prompt = problem.Question,
        Text = answer.Text,
        Style = answer.Style,
        Finished = answer.Finished,
        Repetitive = Repetition.IsRepetitive(answer.Text, repetition),
        Domain = problem.Domain,
        Level = problem.Level,
        Tokens = tokens,
    };
}
