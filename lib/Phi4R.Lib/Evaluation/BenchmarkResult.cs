using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>What a model answered to one problem.</summary>
public sealed record ProblemResult
{
    /// <summary>The problem's id in the benchmark.</summary>
    public required string Id { get; init; }

    /// <summary>The field of mathematics that the problem is of.</summary>
    public required string Domain { get; init; }

    /// <summary>How hard the problem is, by the benchmark's own scale.</summary>
    public required int Level { get; init; }

    /// <summary>How many were drawn.</summary>
    public required int Answers { get; init; }

    /// <summary>Of them right.</summary>
    public required int Right { get; init; }

    /// <summary>Of them cut by the length limit; a truncated answer is wrong.</summary>
    public required int Truncated { get; init; }

    /// <summary>Of them such that the verifier could not tell; they count as wrong, and are shown.</summary>
    public required int Unverifiable { get; init; }

    /// <summary>Completions that were asked for and could not be had; they are in none of the other counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Failed { get; init; }

    /// <summary>
    /// How right the most frequent answer is, as <see cref="MajorityVote"/> counts; null where nobody counted votes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Majority { get; init; }

    /// <summary>Of all answers together.</summary>
    public required long Tokens { get; init; }

    /// <summary>The text of the first answer.</summary>
    public required string Example { get; init; }

    /// <summary>Share of right answers: this problem's estimate of pass@1.</summary>
    public double Score => (double)Right / Answers;
}

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

/// <summary>A model's answers to several benchmarks.</summary>
public sealed record ModelResults(string Model, IReadOnlyList<BenchmarkResult> Benchmarks)
{
    /// <summary>What evaluations of the same benchmarks say, model by model.</summary>
    /// <returns>Only benchmarks of which each model has a completion, in the order of the first.</returns>
    public static IReadOnlyList<ModelResults> Of(IReadOnlyList<EvaluationFolder> evaluations)
    {
        var all = evaluations.Select(folder => folder.Benchmarks.ToDictionary(result => result.Benchmark)).ToList();
        var common = evaluations[0].Benchmarks.Select(result => result.Benchmark)
            .Where(name => all.TrueForAll(own => own.ContainsKey(name))).ToList();
        return [.. evaluations.Zip(all, (folder, own) =>
            new ModelResults(folder.Model, [.. common.Select(name => own[name])]))];
    }

    /// <summary>The scores of all problems of all benchmarks, in order.</summary>
    public IReadOnlyList<double> PooledScores => [.. Benchmarks.SelectMany(benchmark => benchmark.Scores)];

    /// <summary>pass@1 over all problems together, each benchmark with a spread of its own.</summary>
    public Estimate Pooled => Estimate.Pooled([.. Benchmarks.Select(benchmark => benchmark.Accuracy)]);

    /// <summary>The benchmarks' names.</summary>
    public IReadOnlyList<string> Names => [.. Benchmarks.Select(benchmark => benchmark.Benchmark)];

    /// <summary>pass@1 on each benchmark, in percent.</summary>
    public IReadOnlyList<double> Percents => [.. Benchmarks.Select(benchmark => 100 * benchmark.Accuracy.Mean)];

    /// <summary>Half the length of each one's 95 % interval, in points.</summary>
    public IReadOnlyList<double> HalfIntervals =>
        [.. Benchmarks.Select(benchmark => 50 * (benchmark.Accuracy.High - benchmark.Accuracy.Low))];

    /// <summary>The fields of mathematics that problems are of, in order; none where nobody says.</summary>
    public IReadOnlyList<string> Domains => [.. Benchmarks.SelectMany(benchmark => benchmark.Problems)
        .Select(problem => problem.Domain).Where(domain => domain.Length > 0).Distinct()
        .Order(StringComparer.Ordinal)];

    /// <summary>pass@1 in percent over the problems that fit.</summary>
    public double PercentOf(Predicate<ProblemResult> fits) =>
        100 * Benchmarks.SelectMany(benchmark => benchmark.Problems).Where(problem => fits(problem))
            .Average(problem => problem.Score);

    /// <summary>The gain over another model on the same problems, all benchmarks together.</summary>
    public Estimate GainOver(ModelResults before) => Benchmarks.Count == before.Benchmarks.Count
        ? Estimate.Pooled([.. Benchmarks.Zip(before.Benchmarks, (after, first) => after.GainOver(first))])
        : throw new ArgumentException(
            $"Pairs need the same benchmarks; the one model was asked {Benchmarks.Count}, the other "
                + $"{before.Benchmarks.Count}.");
}
