namespace Phi4R.Evaluation;

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
