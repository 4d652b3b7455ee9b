using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How many answers are looked at, and how many problems are kept.</summary>
public sealed record PromptSelectionConfig
{
    /// <summary>
    /// Problems looked at for each one kept. Where there are fewer than asked for, the same share of them is kept.
    /// </summary>
    public required double CandidatesPerPrompt { get; init => field = value >= 1 ? value : throw new ArgumentException($"CandidatesPerPrompt is {value}; it must be 1 or more."); }

    /// <summary>Answers drawn to each.</summary>
    public required int Answers { get; init => field = value >= 2 ? value : throw new ArgumentException($"Answers is {value}; the spread of lengths needs 2 or more."); }

    /// <summary>Temperature that they are drawn at.</summary>
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
    /// Whether answers decide anything; where all candidates are kept whatever they say, none need be drawn.
    /// </summary>
    public bool Decides(int candidates, int most) => Learnable || Keeps(candidates, most) < candidates;
}

/// <summary>What was kept and what was left out.</summary>
/// <param name="KeptSpread">Mean relative spread of answer lengths among the kept.</param>
/// <param name="DroppedSpread">The same among those left out.</param>
/// <param name="Cut">Candidates with an answer that the length limit cut, so that its length is not known; kept only where there are too few others.</param>
/// <param name="Unsolved">Candidates left out because no answer that could be judged was right.</param>
/// <param name="TooEasy">Candidates left out because a larger share was right than reinforcement learns from.</param>
public sealed record PromptSelectionReport(
    int Candidates, int Kept, double KeptSpread, double DroppedSpread, int Cut = 0, int Unsolved = 0, int TooEasy = 0);

/// <summary>The first stabilizer of reinforcement: problems whose answers are of like length.</summary>
/// <remarks>Source: arXiv 2504.21233, stage 4, which gives no threshold; here the most uniform share is kept.</remarks>
public static class PromptSelection
{
    /// <summary>Draws answers to all candidates and keeps those with the smallest spread of lengths, in their first order.</summary>
    /// <param name="verify">Judges the answers where <see cref="PromptSelectionConfig.Learnable"/> asks for it.</param>
    /// <param name="keep">Problems to keep at the most; see <see cref="PromptSelectionConfig.Keeps"/>.</param>
    /// <param name="maxAccuracy">The largest share of right answers that reinforcement learns from; 1 for any but
    /// all.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <param name="journal">Keeps answers as they are finished, and has those that were finished before a stop.</param>
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
        SampleJournal? journal = null,
        CancellationToken cancel = default)
    {
        var chat = new ChatFormat(tokenizer);
        var requests = candidates.Select((problem, i) => new SampleRequest(
            chat.Prompt(problem.Question),
            [.. Enumerable.Range(0, config.Answers).Select(j => Randomness.For(seed, "prompt selection", i, j))])).ToList();
        var sampling = new SamplingConfig { Temperature = config.Temperature, TopP = 1, MaxTokens = maxTokens };
        var drawn = Sampler.Draw(model, requests, sampling, tokenizer.StopIds, journal, cancel: cancel);
        var spreads = drawn.Select(RelativeSpread).ToArray();

        // Answers that were all cut are of one length, and say nothing of how even the problem's are.
        bool[] cut = [.. drawn.Select(answers => answers.Any(answer => answer.Cut))];
        GroupFate[] fates = [.. candidates.Zip(drawn, (problem, answers) => Fate(problem, answers))];
        var unsolved = fates.Count(fate => fate == GroupFate.AllWrong);
        var tooEasy = fates.Count(fate => fate is GroupFate.AllRight or GroupFate.TooEasy);
        if (candidates.Count > 0 && unsolved + tooEasy == candidates.Count)
        {
            throw new InvalidOperationException(
                $"None of {candidates.Count} problems is one to learn from: of {config.Answers} answers to each, "
                + $"{unsolved} have none that was judged right, and {tooEasy} have more than "
                + $"MaxAccuracy {maxAccuracy:0.##} of them right. "
                + "Choose harder or easier problems, or draw more answers to each (PromptSelection.Answers).");
        }

        var order = Enumerable.Range(0, candidates.Count).OrderBy(i => cut[i]).ThenBy(i => spreads[i]).ToList();
        var fit = order.Where(i => fates[i] == GroupFate.Used);
        var kept = fit.Take(config.Keeps(candidates.Count, keep)).Order().ToList();
        var dropped = order.Except(kept).ToList();
        var report = new PromptSelectionReport(
            candidates.Count, kept.Count, Mean(kept), Mean(dropped), cut.Count(any => any), unsolved, tooEasy);
        return ([.. kept.Select(i => candidates[i])], report);

        // As reinforcement would judge the group: what cannot be judged is not in it, and what was cut is wrong.
        GroupFate Fate(Problem problem, Sample[] answers)
        {
            if (!config.Learnable)
            {
                return GroupFate.Used;
            }

            var all = answers.Select(answer => Judge(problem, answer));
            var judged = all.Where(outcome => outcome != Outcome.Unverifiable);
            return Rebalancing.FateOf([.. judged.Select(outcome => outcome == Outcome.Correct)], maxAccuracy);
        }

        Outcome Judge(Problem problem, Sample answer) =>
            answer.Cut ? Outcome.Incorrect : verify(problem, tokenizer.Decode(answer.Tokens)).Outcome;

        double Mean(List<int> indexes) => indexes.Count == 0 ? 0 : indexes.Average(i => spreads[i]);
    }

    // Standard deviation over mean.
    private static double RelativeSpread(Sample[] answers)
    {
        var mean = answers.Average(answer => answer.Tokens.Length);
        return Math.Sqrt(answers.Average(answer => (answer.Tokens.Length - mean) * (answer.Tokens.Length - mean))) / mean;
    }
}
