using System.Globalization;
using Phi4R.Text;
using Phi4R.Verification;
using Phi4R.Verification.Extraction;

namespace Phi4R.Data;

/// <summary>
/// What preference pairs would teach besides right and wrong, told before anything is learned from them.
/// </summary>
public sealed record PairAudit
{
    /// <summary>How many pairs were looked at.</summary>
    public required int Pairs { get; init; }

    /// <summary>Mean tokens of the right answers.</summary>
    public required double ChosenLength { get; init; }

    /// <summary>Mean tokens of the wrong ones.</summary>
    public required double RejectedLength { get; init; }

    /// <summary>
    /// Share of pairs whose right answer is the longer one; of pairs of equal length half counts. 0.5 tells nothing by
    /// length.
    /// </summary>
    public required double ChosenLonger { get; init; }

    /// <summary>
    /// Pairs whose sides share nine in ten of their runs of tokens, or more: little but the slip tells them apart.
    /// </summary>
    public required int NearlyAlike { get; init; }

    /// <summary>Pairs whose two sides nearly are those of an earlier pair of the same prompt.</summary>
    public required int Repeated { get; init; }

    /// <summary>
    /// Pairs whose rejected side ends in the answer of the chosen one: one of the two verdicts is wrong.
    /// </summary>
    public required int SameAnswer { get; init; }

    /// <summary>
    /// Pairs whose rejected side has no final answer at all: the format would be taught, not the mathematics.
    /// </summary>
    public required int RejectedWithoutAnswer { get; init; }

    /// <summary>
    /// Mean of log-probability of the right answer less that of the wrong one under the reference, in nats; null before
    /// it is known.
    /// </summary>
    public required double? Margin { get; init; }

    /// <summary>Share of pairs that the reference has in the right order already; null before it is known.</summary>
    public required double? InOrder { get; init; }

    private const int RunLength = 4;
    private const double Alike = 0.9;

    /// <summary>Looks at pairs.</summary>
    /// <param name="reference">For each pair the log-probabilities under the reference, where they are known.</param>
    public static PairAudit Of(IReadOnlyList<PreferencePair> pairs, ITokenizer tokenizer,
        IReadOnlyList<(double Chosen, double Rejected)>? reference = null)
    {
        if (pairs.Count == 0)
        {
            return new PairAudit
            {
                Pairs = 0,
                ChosenLength = 0,
                RejectedLength = 0,
                ChosenLonger = 0.5,
                NearlyAlike = 0,
                Repeated = 0,
                SameAnswer = 0,
                RejectedWithoutAnswer = 0,
                Margin = null,
                InOrder = null,
            };
        }

        var (alike, repeated, same, without) = (0, 0, 0, 0);
        Dictionary<string, List<(HashSet<long> Chosen, HashSet<long> Rejected)>> seen = new(StringComparer.Ordinal);
        var toCome = pairs.CountBy(pair => pair.ProblemId, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var (chosen, rejected) = (Runs(pair.Chosen), Runs(pair.Rejected));
            alike += Overlap(chosen, rejected) >= Alike ? 1 : 0;
            var earlier = seen.TryGetValue(pair.ProblemId, out var known) ? known : seen[pair.ProblemId] = [];
            repeated += earlier.Any(other => Overlap(other.Chosen, chosen) >= Alike
                && Overlap(other.Rejected, rejected) >= Alike) ? 1 : 0;
            earlier.Add((chosen, rejected));
            if (--toCome[pair.ProblemId] == 0)
            {
                // The runs of all pairs together would take more memory than the model that learns from them.
                seen.Remove(pair.ProblemId);
            }

            var (right, wrong) = (AnswerExtraction.Extract(tokenizer.Decode(pair.Chosen)).Answer,
                AnswerExtraction.Extract(tokenizer.Decode(pair.Rejected)).Answer);
            without += wrong is null ? 1 : 0;
            same += right is not null && wrong is not null && Grader.Compare(right, wrong).Outcome == Outcome.Correct
                ? 1
                : 0;
        }

        return new PairAudit
        {
            Pairs = pairs.Count,
            ChosenLength = pairs.Average(pair => pair.Chosen.Length),
            RejectedLength =
                pairs.Average(pair => pair.Rejected.Length),
            ChosenLonger = pairs.Average(pair => (1 + Math.Sign(pair.Chosen.Length - pair.Rejected.Length)) / 2.0),
            NearlyAlike = alike,
            Repeated = repeated,
            SameAnswer = same,
            RejectedWithoutAnswer = without,
            Margin = reference?.Average(pair => pair.Chosen - pair.Rejected),
            InOrder =
                reference?.Average(pair => pair.Chosen > pair.Rejected ? 1.0 : 0)
        };
    }

    /// <summary>What a person should look at before training; empty for sound pairs.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            List<string> warnings = [];

            // Under no bias the share of longer right answers has a standard error of half the root of the count.
            if (Pairs > 0 && Math.Abs(ChosenLonger - 0.5) > Math.Max(0.05, 1.5 / Math.Sqrt(Pairs)))
            {
                warnings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"In {100 * ChosenLonger:0} % of the pairs the right answer is the longer one "
                    + $"({ChosenLength:0.0} tokens against {RejectedLength:0.0}): the model would learn length. "
                    + $"Match the lengths (PreferenceData.MatchLengths, or a smaller MaxLengthDifference)."));
            }

            AddShare(SameAnswer, "pairs reject the very answer that they prefer. One of the two verdicts is wrong; "
                + "look at the verifier.", 0);
            AddShare(Repeated, "pairs nearly repeat an earlier one of the same prompt.", 0.05);
            AddShare(RejectedWithoutAnswer, "pairs reject an answer without a final answer: the format would be "
                + "taught, not the mathematics.", 0.2);
            if (InOrder > 0.9)
            {
                warnings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The reference has {100 * InOrder.Value:0} % of the pairs in the right order "
                    + $"already: little is left to learn from them."));
            }

            return warnings;

            void AddShare(int count, string what, double above)
            {
                if (count > above * Pairs)
                {
                    warnings.Add(string.Create(CultureInfo.InvariantCulture, $"{count} of {Pairs} {what}"));
                }
            }
        }
    }

    // Hashes of all runs of a few tokens; of the whole where it is shorter.
    private static HashSet<long> Runs(int[] tokens)
    {
        HashSet<long> runs = [];
        for (var i = 0; i <= Math.Max(0, tokens.Length - RunLength); i++)
        {
            long run = 17;
            for (var j = i; j < Math.Min(tokens.Length, i + RunLength); j++)
            {
                run = unchecked((run * 1_000_003) + tokens[j]);
            }

            runs.Add(run);
        }

        return runs;
    }

    // Shared over all, 0 to 1.
    private static double Overlap(HashSet<long> a, HashSet<long> b)
    {
        var shared = a.Count(b.Contains);
        return shared / (double)(a.Count + b.Count - shared);
    }
}
