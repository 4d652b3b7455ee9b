using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Stages;

/// <summary>What came of a distillation by servers, in numbers; the file report.json holds it.</summary>
public sealed record DistillReport
{
    internal static JsonSerializerOptions Json { get; } = new(JsonFormat.Indented)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Problems that were asked.</summary>
    public long Problems { get; init; }

    /// <summary>Completions that were received; those that failed are not among them.</summary>
    public long Completions { get; init; }

    /// <summary>Completions whose verdict is correct.</summary>
    public long Correct { get; init; }

    /// <summary>Completions whose verdict is incorrect, the truncated ones among them.</summary>
    public long Incorrect { get; init; }

    /// <summary>Completions that nobody could judge.</summary>
    public long Unverifiable { get; init; }

    /// <summary>Completions that could not be had; the next start asks for them again.</summary>
    public long Failed { get; init; }

    /// <summary>Completions that the length limit truncated; no judge was asked about them.</summary>
    public long Truncated { get; init; }

    /// <summary>Completions whose verdict a judge gave.</summary>
    public long Judged { get; init; }

    /// <summary>Completions that the verifier called incorrect and the judge correct.</summary>
    public long JudgeOverruled { get; init; }

    /// <summary>Answers of the judge that could not be read; the verifier's verdict stands.</summary>
    public long JudgeUnparsed { get; init; }

    /// <summary>Answers of the judge that could not be had; the next start asks for them again.</summary>
    public long JudgeFailed { get; init; }

    /// <summary>Problems whose labels a model gave.</summary>
    public long Labeled { get; init; }

    /// <summary>Answers to a question for labels that could not be read; what was unknown stays so.</summary>
    public long LabelUnparsed { get; init; }

    /// <summary>Answers to a question for labels that could not be had; the next start asks for them again.</summary>
    public long LabelFailed { get; init; }

    /// <summary>Problems that were sampled again since no completion was correct.</summary>
    public long Resampled { get; init; }

    /// <summary>Problems without a correct completion in the end.</summary>
    public long Rejected { get; init; }

    /// <summary>Completions whose text repeats itself.</summary>
    public long Repetitive { get; init; }

    /// <summary>Tokens of the completions.</summary>
    public long Tokens { get; init; }

    /// <summary>What the completions' tokens cost; null where no price was named.</summary>
    public double? Cost { get; init; }

    /// <summary>Tokens of the judge's answers.</summary>
    public long JudgeTokens { get; init; }

    /// <summary>Tokens of the answers with labels.</summary>
    public long LabelTokens { get; init; }

    /// <summary>Lines of the journal that a stop had torn; their texts were asked for again.</summary>
    public long TornLines { get; init; }

    /// <summary>Problems by level: 1 to 5, and unknown.</summary>
    public IReadOnlyDictionary<string, long> Levels { get; init; } = new SortedDictionary<string, long>();

    /// <summary>Problems by domain, unknown among them.</summary>
    public IReadOnlyDictionary<string, long> Domains { get; init; } = new SortedDictionary<string, long>();

    /// <summary>Whether all that was asked for came; else the same command again asks for what is missing.</summary>
    [JsonIgnore]
    public bool IsWhole => Failed + JudgeFailed + LabelFailed == 0;

    /// <summary>Counts one problem and its completions.</summary>
    internal static DistillReport Of(ProblemInFlight asked)
    {
        var there = asked.Completions.Where(one => one.Graded is not null).ToList();
        return new DistillReport
        {
            Problems = 1,
            Completions = there.Count,
            Correct = Said(Outcome.Correct),
            Incorrect = Said(Outcome.Incorrect),
            Unverifiable = Said(Outcome.Unverifiable),
            Failed = asked.Completions.Count - there.Count,
            Truncated = there.Count(one => one.Graded!.Completion.IsTruncated),
            Judged = Judge(Reply.Read),
            JudgeOverruled = there.Count(one => one.IsOverruled),
            JudgeUnparsed = Judge(Reply.Unparsed),
            JudgeFailed = Judge(Reply.Failed),
            Labeled = asked.Labels == Reply.Read ? 1 : 0,
            LabelUnparsed = asked.Labels == Reply.Unparsed ? 1 : 0,
            LabelFailed = asked.Labels == Reply.Failed ? 1 : 0,
            Resampled = asked.Resampled > 0 ? 1 : 0,
            Rejected = there.Any(one => one.Graded!.IsCorrect) ? 0 : 1,
            Tokens = there.Sum(one => (long)one.Graded!.Completion.TokenCount),
            JudgeTokens = there.Sum(one => one.JudgeTokens),
            LabelTokens = asked.LabelTokens,
            Levels = One(asked.Problem.Level is >= 1 and <= 5 and var level ? $"{level}" : Labeling.Unknown),
            Domains = One(asked.Problem.Domain),
        };

        long Said(Outcome outcome) => there.Count(one => one.Graded!.Verdict.Outcome == outcome);

        long Judge(Reply reply) => there.Count(one => one.Judge == reply);

        static SortedDictionary<string, long> One(string name) => new(StringComparer.Ordinal) { [name] = 1 };
    }

    /// <summary>Counts of two together.</summary>
    internal DistillReport Plus(DistillReport other) => new()
    {
        Problems = Problems + other.Problems,
        Completions = Completions + other.Completions,
        Correct = Correct + other.Correct,
        Incorrect = Incorrect + other.Incorrect,
        Unverifiable = Unverifiable + other.Unverifiable,
        Failed = Failed + other.Failed,
        Truncated = Truncated + other.Truncated,
        Judged = Judged + other.Judged,
        JudgeOverruled = JudgeOverruled + other.JudgeOverruled,
        JudgeUnparsed = JudgeUnparsed + other.JudgeUnparsed,
        JudgeFailed = JudgeFailed + other.JudgeFailed,
        Labeled = Labeled + other.Labeled,
        LabelUnparsed = LabelUnparsed + other.LabelUnparsed,
        LabelFailed = LabelFailed + other.LabelFailed,
        Resampled = Resampled + other.Resampled,
        Rejected = Rejected + other.Rejected,
        Repetitive = Repetitive + other.Repetitive,
        Tokens = Tokens + other.Tokens,
        JudgeTokens = JudgeTokens + other.JudgeTokens,
        LabelTokens = LabelTokens + other.LabelTokens,
        TornLines = TornLines + other.TornLines,
        Levels = Together(Levels, other.Levels),
        Domains = Together(Domains, other.Domains),
    };

    private static SortedDictionary<string, long> Together(
        IReadOnlyDictionary<string, long> one, IReadOnlyDictionary<string, long> other)
    {
        SortedDictionary<string, long> both = new(StringComparer.Ordinal);
        foreach (var (name, count) in one.Concat(other))
        {
            both[name] = both.GetValueOrDefault(name) + count;
        }

        return both;
    }
}
