using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;

namespace Phi4R.Stages;

/// <summary>How many answers are looked at, and how many problems are kept.</summary>
public sealed record PromptSelectionConfig
{
    /// <summary>Problems looked at for each one kept.</summary>
    public required double CandidatesPerPrompt { get; init => field = value >= 1 ? value : throw new ArgumentException($"CandidatesPerPrompt is {value}; it must be 1 or more."); }

    /// <summary>Answers drawn to each.</summary>
    public required int Answers { get; init => field = value >= 2 ? value : throw new ArgumentException($"Answers is {value}; the spread of lengths needs 2 or more."); }

    /// <summary>Temperature that they are drawn at.</summary>
    public required double Temperature { get; init => field = Require.Positive(value); }
}

/// <summary>What was kept and what was left out.</summary>
/// <param name="KeptSpread">Mean relative spread of answer lengths among the kept.</param>
/// <param name="DroppedSpread">The same among those left out.</param>
/// <param name="Cut">Candidates with an answer that the length limit cut, so that its length is not known; kept only where there are too few others.</param>
public sealed record PromptSelectionReport(int Candidates, int Kept, double KeptSpread, double DroppedSpread, int Cut = 0);

/// <summary>The first stabilizer of reinforcement: problems whose answers are of like length.</summary>
/// <remarks>Source: arXiv 2504.21233, stage 4, which gives no threshold; here the most uniform are kept until the count is reached.</remarks>
public static class PromptSelection
{
    /// <summary>Draws answers to all candidates and keeps those with the smallest spread of lengths, in their first order.</summary>
    /// <param name="keep">Problems to keep.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <param name="journal">Keeps answers as they are finished, and has those that were finished before a stop.</param>
    public static (IReadOnlyList<Problem> Kept, PromptSelectionReport Report) Run(
        LanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> candidates,
        int keep,
        PromptSelectionConfig config,
        int maxTokens,
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
        var order = Enumerable.Range(0, candidates.Count).OrderBy(i => cut[i]).ThenBy(i => spreads[i]).ToList();
        var (kept, dropped) = (order.Take(keep).Order().ToList(), order.Skip(keep).ToList());
        return (
            [.. kept.Select(i => candidates[i])],
            new PromptSelectionReport(candidates.Count, kept.Count, Mean(kept), Mean(dropped), cut.Count(any => any)));

        double Mean(List<int> indexes) => indexes.Count == 0 ? 0 : indexes.Average(i => spreads[i]);
    }

    // Standard deviation over mean.
    private static double RelativeSpread(Sample[] answers)
    {
        var mean = answers.Average(answer => answer.Tokens.Length);
        return Math.Sqrt(answers.Average(answer => (answer.Tokens.Length - mean) * (answer.Tokens.Length - mean))) / mean;
    }
}
