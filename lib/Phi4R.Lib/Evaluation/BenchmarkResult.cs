namespace Phi4R.Evaluation;

/// <summary>A model's answers to a benchmark.</summary>
public sealed record BenchmarkResult(string Benchmark, IReadOnlyList<ProblemResult> Problems)
{
    /// <summary>Each problem's score, in the benchmark's order.</summary>
    public IReadOnlyList<double> Scores => [.. Problems.Select(problem => problem.Score)];

    /// <summary>Answers to each problem; null where some have more than others.</summary>
    public int? AnswersPerProblem =>
        Problems.Select(problem => problem.Answers).Distinct().Count() == 1 ? Problems[0].Answers : null;

    /// <summary>pass@1 with its errors over problems and over answers.</summary>
    public Estimate Accuracy => Estimate.Of(Scores, Counts);

    /// <summary>The gain over another model on the same problems.</summary>
    public Estimate GainOver(BenchmarkResult before) => Estimate.Paired(
        (Scores, Counts), (before.Scores, before.Counts));

    /// <summary>maj@n: the mean over problems of how right the most frequent answer is; null without votes.</summary>
    public double? Majority => Problems.All(problem => problem.Majority is not null)
        ? Problems.Average(problem => problem.Majority!.Value)
        : null;

    private IReadOnlyList<int> Counts => [.. Problems.Select(problem => problem.Answers)];

    /// <summary>Share of answers that the length limit truncated.</summary>
    public double TruncatedShare =>
        Problems.Sum(problem => (double)problem.Truncated) / Problems.Sum(problem => (long)problem.Answers);

    /// <summary>Share of answers that the verifier could not judge.</summary>
    public double UnverifiableShare =>
        Problems.Sum(problem => (double)problem.Unverifiable) / Problems.Sum(problem => (long)problem.Answers);

    /// <summary>Mean tokens of an answer.</summary>
    public double MeanTokens =>
        Problems.Sum(problem => (double)problem.Tokens) / Problems.Sum(problem => (long)problem.Answers);
}
