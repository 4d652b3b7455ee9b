using Phi4R.Evaluation;

namespace Phi4R.Show;

/// <summary>Pictures of evaluations.</summary>
public static class EvaluationCharts
{
    private const int MostBins = 10;
    private const int LeastInBin = 5;

    /// <summary>How many of the completions of a length are right, for each benchmark of an evaluation.</summary>
    /// <remarks>
    /// A benchmark's completions are sorted by length and taken in up to ten parts of equally many; each part stands at
    /// its mean length. Failed ones are not among them.
    /// </remarks>
    public static Chart AccuracyAgainstLength(EvaluationFolder evaluation, int width = 620) => Chart.Lines(
        "Right completions by length", "tokens", "% right, with 95 % intervals over completions",
        [.. evaluation.Benchmarks.Select(result => ByLength(result.Benchmark, evaluation.Marks))], width: width);

    /// <summary>pass@k of each benchmark of an evaluation, with its interval over problems.</summary>
    public static Chart PassAtKCurves(EvaluationFolder evaluation, int width = 620) => Chart.Lines(
        "pass@k: the chance that one of k completions is right", "k", "%, with 95 % intervals over problems",
        [.. evaluation.Benchmarks.Where(result => result.Problems.Count > 1).Select(Curve)], width: width);

    /// <summary>How many problems both models have right, one alone, and neither, for each benchmark.</summary>
    /// <param name="first">What the model is called that the comparison begins with.</param>
    /// <param name="second">What the other is called.</param>
    public static Chart PairedItems(
        IReadOnlyList<BenchmarkComparison> comparisons, string first, string second, int width = 620) => Chart.Bars(
        "Problems, item by item", "problems",
        ["both right", $"only {second}: fixed", $"only {first}: broken", "neither"],
        comparisons.Select(one => (one.Benchmark,
            (IEnumerable<double>)
            [
                one.BothRight, one.Fixed.Count, one.Broken.Count,
                one.Problems - one.BothRight - one.Fixed.Count - one.Broken.Count,
            ],
            (IEnumerable<double>?)null)), width: width);

    /// <summary>How long completions are, by what was said of them: a row for each benchmark and verdict.</summary>
    public static Table LengthByVerdict(EvaluationFolder evaluation) => Table.Of(
        "Length by verdict", ["benchmark", "verdict", "completions", "mean tokens", "median", "longest"],
        evaluation.Marks.Where(mark => mark.Verdict != EvaluatedCompletion.Failed)
            .GroupBy(mark => (mark.Benchmark, mark.Verdict))
            .Select(group => (group.Key, Tokens: group.Select(mark => mark.Tokens).Order().ToList()))
            .Select(group => new object?[]
            {
                group.Key.Benchmark, group.Key.Verdict, group.Tokens.Count, Math.Round(group.Tokens.Average(), 1),
                Median(group.Tokens), group.Tokens[^1],
            }));

    private static double Median(List<int> sorted) =>
        (sorted[(sorted.Count - 1) / 2] + (double)sorted[sorted.Count / 2]) / 2;

    private static Series Curve(BenchmarkResult result)
    {
        var curve = PassAtK.Curve(result);
        return new Series
        {
            Name = result.Benchmark,
            X = [.. curve.Select(point => (double)point.K)],
            Y = [.. curve.Select(point => 100 * point.Share.Mean)],
            Low = [.. curve.Select(point => 100 * point.Share.Low)],
            High = [.. curve.Select(point => 100 * point.Share.High)],
        };
    }

    private static Series ByLength(string benchmark, IReadOnlyList<CompletionMark> marks)
    {
        var own = marks.Where(mark => mark.Benchmark == benchmark && mark.Verdict != EvaluatedCompletion.Failed)
            .OrderBy(mark => mark.Tokens).ToArray();
        var bins = Math.Clamp(own.Length / LeastInBin, 1, MostBins);
        var parts = Enumerable.Range(0, bins)
            .Select(bin => own[(bin * own.Length / bins)..((bin + 1) * own.Length / bins)])
            .Where(part => part.Length > 1).ToList();
        var shares = parts.Select(part =>
            Estimate.Of([.. part.Select(mark => mark.Verdict == "correct" ? 1.0 : 0)])).ToList();
        return new Series
        {
            Name = benchmark,
            X = [.. parts.Select(part => part.Average(mark => (double)mark.Tokens))],
            Y = [.. shares.Select(share => 100 * share.Mean)],
            Low = [.. shares.Select(share => 100 * share.Low)],
            High = [.. shares.Select(share => 100 * share.High)],
        };
    }
}
