using Phi4R.Data;

namespace Phi4R.Evaluation;

/// <summary>Counts the completions of a benchmark as they come; a few numbers for each problem, and no text.</summary>
internal sealed class EvaluationScores(AskedBenchmark benchmark)
{
    private const string Right = "correct";

    private readonly Problem[] _problems = [.. benchmark.Problems];
    private readonly Tally[] _tallies = [.. benchmark.Problems.Select(_ => new Tally())];

    /// <summary>Completions that were had.</summary>
    public int Had => _tallies.Sum(tally => tally.Had);

    /// <summary>Tokens of those whose writer counted them.</summary>
    public long Tokens => _tallies.Sum(tally => tally.Tokens);

    /// <summary>Mean tokens of those; 0 where nobody counted.</summary>
    public double MeanTokens => (double)Tokens / Math.Max(1, _tallies.Sum(tally => tally.Counted));

    /// <summary>Adds a completion that was had; one that failed is in no count.</summary>
    /// <param name="place">Of its problem in the benchmark.</param>
    public void Add(int place, EvaluatedCompletion completion)
    {
        if (completion.Verdict == EvaluatedCompletion.Failed)
        {
            return;
        }

        var tally = _tallies[place];
        tally.Had++;
        tally.Tokens += completion.Tokens;
        tally.Counted += completion.Tokens > 0 ? 1 : 0;
        tally.Right += completion.Verdict == Right ? 1 : 0;
        tally.Unverifiable += completion.Verdict == "unverifiable" ? 1 : 0;
        tally.Truncated += completion.FinishReason == "length" ? 1 : 0;
        if (completion.FinishReason == "stop")
        {
            tally.Vote.Add(completion.Answer, completion.Verdict == Right);
        }
    }

    /// <summary>The row of the results; problems without a completion are in no mean.</summary>
    public BenchmarkScore Score()
    {
        var known = _tallies.Where(tally => tally.Had > 0).ToList();
        var had = Math.Max(1, Had);
        List<double> shares = [.. known.Select(tally => (double)tally.Right / tally.Had)];
        List<int> counts = [.. known.Select(tally => tally.Had)];
        var estimate = shares.Count < 2 ? null : Estimate.Of(shares, counts);
        return new BenchmarkScore
        {
            Name = benchmark.Name,
            Problems = _problems.Length,
            Samples = benchmark.Samples,
            Pass1 = shares.DefaultIfEmpty(0).Average(),
            ErrorOverProblems = estimate?.ProblemError,
            ErrorOverSamples = counts.Count > 0 ? Spread.Within(shares, counts) : null,
            Interval = estimate is null ? [0, 1] : [estimate.Low, estimate.High], // Of one problem nothing is known.
            Truncated = (double)known.Sum(tally => tally.Truncated) / had,
            Unverifiable = (double)known.Sum(tally => tally.Unverifiable) / had,
            Failed = (double)(benchmark.Completions - Had) / Math.Max(1, benchmark.Completions),
            MeanTokens = MeanTokens,
            Majority = benchmark.Samples > 1 && known.Count > 0 ? known.Average(tally => tally.Vote.Share) : null,
        };
    }

    private sealed class Tally
    {
        public int Had { get; set; }

        public int Right { get; set; }

        public int Truncated { get; set; }

        public int Unverifiable { get; set; }

        public long Tokens { get; set; }

        public int Counted { get; set; }

        public MajorityVote Vote { get; } = new();
    }
}
