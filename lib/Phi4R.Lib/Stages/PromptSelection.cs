using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How many answers are looked at, and how many problems are kept.</summary>
public sealed record PromptSelectionConfig
{
    /// <summary>
    /// Problems looked at for each one kept. Where there are fewer than asked for, the same share of them is kept.
    /// </summary>
    public required double CandidatesPerPrompt
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentException($"CandidatesPerPrompt is {value}; it must be 1 or more.");
    }

    /// <summary>Answers sampled to each.</summary>
    public required int GroupSize
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentException($"Answers is {value}; the spread of lengths needs 2 or more.");
    }

    /// <summary>Temperature that they are sampled at.</summary>
    public required double Temperature { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Whether a problem must be one that reinforcement would learn from: solved by some of the answers that can be
    /// judged, and by no larger a share than it keeps.
    /// </summary>
    /// <remarks>The evenest lengths are those of problems that are always solved, or never.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Learnable { get; init; }

    /// <summary>How many problems are kept.</summary>
    /// <param name="candidates">Problems looked at.</param>
    /// <param name="most">Kept at the most.</param>
    public int Keeps(int candidates, int most) =>
        Math.Min(most, (int)Math.Ceiling((candidates / CandidatesPerPrompt) - 1e-9));

    /// <summary>
    /// Whether answers decide anything; where all candidates are kept whatever they say, none need be sampled.
    /// </summary>
    public bool Decides(int candidates, int most) => Learnable || Keeps(candidates, most) < candidates;
}

/// <summary>What was kept and what was left out.</summary>
public sealed record PromptSelectionReport
{
    /// <summary>Problems that were looked at.</summary>
    public required int Candidates { get; init; }

    /// <summary>Problems that were kept.</summary>
    public required int Kept { get; init; }

    /// <summary>Mean relative spread of answer lengths among the kept.</summary>
    public required double KeptSpread { get; init; }

    /// <summary>The same among those left out.</summary>
    public required double DroppedSpread { get; init; }

    /// <summary>
    /// Candidates with an answer that the length limit truncated, so that its length is not known; kept only where
    /// there are too few others.
    /// </summary>
    public int Truncated { get; init; }

    /// <summary>Candidates left out because no answer that could be judged was right.</summary>
    public int Unsolved { get; init; }

    /// <summary>Candidates left out because a larger share was right than reinforcement learns from.</summary>
    public int TooEasy { get; init; }
}

/// <summary>The first stabilizer of reinforcement: problems whose answers are of similar length.</summary>
/// <remarks>Source: arXiv 2504.21233, stage 4, which gives no threshold; here the most uniform share is kept.</remarks>
public static class PromptSelection
{
    /// <summary>
    /// Samples answers to all candidates and keeps those with the smallest spread of lengths, in their first order.
    /// </summary>
    /// <param name="verify">Judges the answers where <see cref="PromptSelectionConfig.Learnable"/> asks for it.</param>
    /// <param name="keep">Problems to keep at the most; see <see cref="PromptSelectionConfig.Keeps"/>.</param>
    /// <param name="maxAccuracy">The largest share of right answers that reinforcement learns from; 1 for any but
    /// all.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <param name="journal">
    /// Keeps answers as they are finished, and has those that were finished before a stop.
    /// </param>
    /// <param name="generator">Who samples the completions; null: the engine of this process.</param>
    /// <exception cref="InvalidOperationException">No candidate is one to learn from; the message says why.</exception>
    public static (IReadOnlyList<Problem> Kept, PromptSelectionReport Report) Run(
        LanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> candidates,
        Verifier verify,
        int keep,
        PromptSelectionConfig config,
        int maxTokens,
        double maxAccuracy,
        long seed,
        CompletionJournal? journal = null,
        IPolicyGenerator? generator = null,
        CancellationToken cancel = default)
    {
        var options = new GroupOptions
        {
            GroupSize = config.GroupSize,
            Sampling = new SamplingConfig { Temperature = config.Temperature, TopP = 1, MaxTokens = maxTokens },
            Stream = (problem, answer) => Randomness.For(seed, "prompt selection", problem, answer),
            Journal = journal,
        };
        var sampled = RolloutCollector.Sample(generator ?? new LocalGenerator(), model, tokenizer, candidates,
            options, cancel);
        var spreads = sampled.Select(group => RelativeSpread(group.Completions)).ToArray();

        // Completions that were all truncated are of one length, and say nothing of how even the problem's are.
        bool[] cut =
            [.. sampled.Select(group => group.Completions.Any(completion => completion.Finish != FinishReason.Stop))];
        GroupOutcome[] fates = config.Learnable
            ? [.. RolloutCollector.Grade(candidates, sampled, verify)
                .Select(group => GroupFilter.OutcomeOf(group, maxAccuracy))]
            : [.. candidates.Select(_ => GroupOutcome.Used)];
        var unsolved = fates.Count(fate => fate == GroupOutcome.AllWrong);
        var tooEasy = fates.Count(fate => fate is GroupOutcome.AllRight or GroupOutcome.TooEasy);
        if (candidates.Count > 0 && unsolved + tooEasy == candidates.Count)
        {
            throw new InvalidOperationException(
                $"None of {candidates.Count} problems is one to learn from: of {config.GroupSize} answers to each, "
                + $"{unsolved} have none that was judged right, and {tooEasy} have more than "
                + $"MaxAccuracy {maxAccuracy:0.##} of them right. "
                + "Choose harder or easier problems, or sample more answers to each (PromptSelection.GroupSize).");
        }

        var order = Enumerable.Range(0, candidates.Count).OrderBy(i => cut[i]).ThenBy(i => spreads[i]).ToList();
        var fit = order.Where(i => fates[i] == GroupOutcome.Used);
        var kept = fit.Take(config.Keeps(candidates.Count, keep)).Order().ToList();
        var dropped = order.Except(kept).ToList();
        var report = new PromptSelectionReport
        {
            Candidates = candidates.Count,
            Kept = kept.Count,
            KeptSpread = Mean(kept),
            DroppedSpread =
                Mean(dropped),
            Truncated = cut.Count(any => any),
            Unsolved = unsolved,
            TooEasy = tooEasy
        };
        return ([.. kept.Select(i => candidates[i])], report);

        double Mean(List<int> indexes) => indexes.Count == 0 ? 0 : indexes.Average(i => spreads[i]);
    }

    // Standard deviation over mean, of the completions that there are.
    private static double RelativeSpread(IReadOnlyList<Completion> group)
    {
        double[] lengths = [.. group.Where(completion => completion.Finish != FinishReason.Failed)
            .Select(completion => completion.TokenIds.Length)];
        if (lengths.Length == 0)
        {
            return 0;
        }

        var mean = lengths.Average();
        return Math.Sqrt(lengths.Average(length => (length - mean) * (length - mean))) / mean;
    }
}
