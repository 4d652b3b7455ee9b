using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>A right and a wrong answer to the same prompt.</summary>
/// <param name="ProblemId">The problem.</param>
/// <param name="Prompt">Ids of the prompt.</param>
/// <param name="Chosen">Ids of the right answer.</param>
/// <param name="Rejected">Ids of the wrong one.</param>
public sealed record PreferencePair(string ProblemId, int[] Prompt, int[] Chosen, int[] Rejected);

/// <summary>Makes preference pairs from verified answers.</summary>
public static class Pairing
{
    /// <summary>
    /// Pairs right with wrong answers of each prompt, the most alike first. Answers that were truncated or could not be
    /// judged are in no pair, and counted.
    /// </summary>
    public static (IReadOnlyList<PreferencePair> Pairs, PairingReport Report) Pair(
        IEnumerable<RolloutGroup> groups, PairingConfig config)
    {
        List<PreferencePair> pairs = [];
        var report = new PairingReport
        {
            Prompts = 0,
            AllRight = 0,
            AllWrong = 0,
            TooEasy = 0,
            NoneOfLikeLength = 0,
            Paired = 0,
            Pairs = 0,
            TruncatedAnswers = 0,
        };
        foreach (var group in groups)
        {
            var answers = group.Completions;
            var right = group.Judged.Where(answer => answer.IsCorrect).Select(answer => answer.Completion).ToList();
            var wrong = group.Judged.Select(answer => (answer.Completion, answer.IsCorrect))
                .Where(answer => answer is { IsCorrect: false, Completion.IsTruncated: false })
                .Select(answer => answer.Completion).ToList();
            var accuracy = right.Count / (double)group.Judged.Count; // What nobody could judge says nothing of it.
            report = report with
            {
                Prompts = report.Prompts + 1,
                TruncatedAnswers = report.TruncatedAnswers + answers.Count(answer => answer.Completion.IsTruncated),
                UnverifiableAnswers = report.UnverifiableAnswers + answers.Count - group.Judged.Count
                    - answers.Count(answer => answer.Completion.Finish == FinishReason.Failed),
            };
            if (answers.Count == 0)
            {
                report = report with { Unanswered = report.Unanswered + 1 };
                continue;
            }

            if (right.Count == 0)
            {
                report = report with { AllWrong = report.AllWrong + 1 };
                continue;
            }

            if (wrong.Count == 0)
            {
                report = report with { AllRight = report.AllRight + 1 };
                continue;
            }

            if (accuracy > config.MaxPromptAccuracy)
            {
                report = report with { TooEasy = report.TooEasy + 1 };
                continue;
            }

            var before = pairs.Count;
            var candidates = right
                .SelectMany((chosen, i) => wrong.Select((rejected, j) =>
                    (i, j, chosen, rejected, Distance: Distance(chosen.TokenIds, rejected.TokenIds, config.Distance))))
                .Where(
                    candidate =>
                        Math.Abs(candidate.chosen.TokenIds.Length - candidate.rejected.TokenIds.Length)
                            <= config.MaxLengthDifference)
                .OrderBy(candidate => candidate.Distance);
            HashSet<int> usedRight = [], usedWrong = [];
            foreach (var (i, j, chosen, rejected, _) in candidates)
            {
                if (pairs.Count - before < config.PairsPerPrompt && !usedRight.Contains(i) && !usedWrong.Contains(j))
                {
                    usedRight.Add(i);
                    usedWrong.Add(j);
                    pairs.Add(
                        new PreferencePair(group.Problem.Id, group.PromptIds, chosen.TokenIds, rejected.TokenIds));
                }
            }

            report = pairs.Count > before
                ? report with { Paired = report.Paired + 1 }
                : report with { NoneOfLikeLength = report.NoneOfLikeLength + 1 };
        }

        return (pairs, report with { Pairs = pairs.Count });
    }

    /// <summary>
    /// Pairs whose lengths tell nothing: of those with the right answer longer by some tokens as many are kept as of
    /// those with it shorter by as many, sampled at random. Pairs of equal length are all kept. Order is kept.
    /// </summary>
    /// <param name="binWidth">
    /// Differences of so many tokens count as one; 1 matches exactly, more keeps more pairs.
    /// </param>
    /// <param name="stream">Draws those that are left out.</param>
    /// <returns>What is kept, and how many were left out.</returns>
    public static (IReadOnlyList<PreferencePair> Kept, int LeftOut) MatchLengths(
        IReadOnlyList<PreferencePair> pairs, int binWidth, RandomStream stream)
    {
        Require.Positive(binWidth, nameof(binWidth));
        HashSet<int> kept = [];
        foreach (var bin in Enumerable.Range(0, pairs.Count)
            .GroupBy(i => (Math.Abs(Longer(i)) + binWidth - 1) / binWidth).OrderBy(bin => bin.Key))
        {
            var (longer, shorter) = (bin.Where(i => Longer(i) > 0).ToList(), bin.Where(i => Longer(i) < 0).ToList());
            kept.UnionWith(bin.Where(i => Longer(i) == 0));
            stream.Shuffle(longer);
            stream.Shuffle(shorter);
            kept.UnionWith(longer.Take(shorter.Count));
            kept.UnionWith(shorter.Take(longer.Count));
        }

        return ([.. kept.Order().Select(i => pairs[i])], pairs.Count - kept.Count);

        int Longer(int i) => pairs[i].Chosen.Length - pairs[i].Rejected.Length;
    }

    private static double Distance(int[] a, int[] b, PairDistance kind)
    {
        var (common, all) = (Math.Min(a.Length, b.Length), Math.Max(a.Length, b.Length));
        var different = all - common;
        for (var i = 0; i < common; i++)
        {
            different += a[i] == b[i] ? 0 : 1;
        }

        return kind == PairDistance.Places ? different : different / (double)all;
    }
}
