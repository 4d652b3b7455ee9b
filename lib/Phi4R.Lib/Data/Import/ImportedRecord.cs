using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Text;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Data.Import;

/// <summary>A record of a public set as the recipe keeps it, and what of it was left out.</summary>
/// <param name="Problem">Null where the record is none; with an empty answer where the set has no references.</param>
/// <param name="Faults">Why the record, or completions of it, were left out; one for each.</param>
/// <param name="Where">The file and the record.</param>
internal sealed record ImportedRecord(
    Problem? Problem, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<string> Faults, string Where)
{
    private const int LongestQuestion = 1 << 20;

    /// <summary>Whether the set names the problem; else its id is a hash of the question.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>Reads a record; whatever it holds, this does not throw.</summary>
    /// <param name="tokenizer">Counts tokens; null where nobody will look at the completions' labels.</param>
    public static ImportedRecord Of(
        PublicSet set, JsonObject? record, string? fault, ITokenizer? tokenizer, string where)
    {
        List<string> faults = [];
        if (record is null)
        {
            return Left(fault ?? "no record");
        }

        SetRecord read;
        try
        {
            read = set.Of(record);

            // A copy of a set often has the usual names in the place of the set's own.
            read = read.Question is null ? OwnRows.Of(record) : read;
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentException)
        {
            return Left("fields of another kind than the set has");
        }

        faults.AddRange(read.Faults);
        var question = read.Question?.Trim();
        var reference = read.Reference?.Trim();
        if (string.IsNullOrEmpty(question))
        {
            return Left("no question");
        }

        if (question.Length > LongestQuestion)
        {
            return Left($"a question of more than {LongestQuestion:N0} signs");
        }

        if (read.Unusable is { } why)
        {
            return Left(why);
        }

        if (string.IsNullOrEmpty(reference))
        {
            reference = null;
            if (!read.IsUsableWithoutReference)
            {
                return Left("no reference answer");
            }
        }
        else if (References.Fault(reference) is { } nothing)
        {
            return Left(nothing.Contains(" words", StringComparison.Ordinal) && nothing.Any(char.IsDigit)
                ? "the reference is no answer: it is a whole text"
                : $"the reference is no answer: {nothing}");
        }

        var problem = new Problem
        {
            Id = read.Id is { Length: > 0 } id ? id : $"{set.Name}/{StableHash.Of(question):x16}",
            Question = question,
            Answer = reference ?? "",
            Domain = read.Domain?.Trim() is { Length: > 0 } domain ? domain : Problem.UnknownDomain,
            Level = read.Level ?? (read.SolveRate is { } rate ? 5 - (int)Math.Min(4, rate * 5) : 0),
            SolveRate = read.SolveRate,
        };
        List<Rollout> rollouts = [];
        foreach (var answer in read.Answers)
        {
            if (string.IsNullOrWhiteSpace(answer.Text))
            {
                faults.Add("a completion without text");
                continue;
            }

            rollouts.Add(Rollout(set, problem, read.Source, answer, tokenizer));
        }

        return reference is null && rollouts.Count == 0
            ? Left("neither a reference answer nor a completion")
            : new(problem, rollouts, faults, where) { HasOwnId = read.Id is { Length: > 0 } };

        ImportedRecord Left(string reason) => new(null, [], [.. faults, reason], where);
    }

    private static Rollout Rollout(
        PublicSet set, Problem problem, string? source, SetAnswer answer, ITokenizer? tokenizer)
    {
        var text = ThoughtMarks.Recipe(answer.Text!);
        var isFinished = answer.Finished ?? true;
        return new Rollout
        {
            ProblemId = problem.Id,
            Prompt = problem.Question,
            Text = text,
            Answer = problem.Answer.Length > 0 ? problem.Answer : null,
            Style = answer.Style,
            Source = source is null ? set.Name : $"{set.Name}: {source}",
            SolveRate = problem.SolveRate,
            Finished = isFinished,
            Verdict = GradedCompletion.ByFinish(isFinished ? FinishReason.Stop : FinishReason.Length)
                ?? answer.Verdict(set.Name),
            Repetitive = tokenizer is not null && Repetition.IsRepetitive(text, RepetitionConfig.LongThought),
            Domain = problem.Domain,
            Level = problem.Level,
            Tokens = (tokenizer?.Encode(text).Length ?? 0) + (isFinished ? 1 : 0),
        };
    }
}
