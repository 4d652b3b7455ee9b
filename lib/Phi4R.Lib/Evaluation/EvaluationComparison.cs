namespace Phi4R.Evaluation;

/// <summary>Compares two evaluations of the same problems.</summary>
public static class EvaluationComparison
{
    /// <summary>The benchmarks that both were asked, in the order of the second.</summary>
    /// <exception cref="InvalidDataException">
    /// They have no benchmark in common, or were asked other problems of one; the message names the first.
    /// </exception>
    public static IReadOnlyList<BenchmarkComparison> Of(EvaluationFolder before, EvaluationFolder after)
    {
        var pairs = after.Benchmarks.Join(before.Benchmarks, result => result.Benchmark, result => result.Benchmark,
            (second, first) => (First: first, Second: second), StringComparer.Ordinal).ToList();
        if (pairs.Count == 0)
        {
            throw new InvalidDataException($"{before.Path} and {after.Path} have no benchmark in common: the one has "
                + $"{Names(before)}, the other {Names(after)}. Evaluate both on the same.");
        }

        var compared = pairs.Select(pair => Of(pair.First, pair.Second, before, after)).ToList();
        var adjusted = Estimate.Holm([.. compared.Select(one => one.PValue)]);
        return [.. compared.Select((one, i) => one with { AdjustedPValue = adjusted[i] })];
    }

    private static BenchmarkComparison Of(
        BenchmarkResult first, BenchmarkResult second, EvaluationFolder before, EvaluationFolder after)
    {
        var name = second.Benchmark;
        var (absentFirst, absentSecond) = (Unanswered(before, name), Unanswered(after, name));
        Missing(first.Problems, second.Problems, absentSecond, before, after, name);
        Missing(second.Problems, first.Problems, absentFirst, after, before, name);
        var firsts = first.Problems.ToDictionary(problem => problem.Id, StringComparer.Ordinal);
        var pairs = second.Problems.Where(problem => firsts.ContainsKey(problem.Id))
            .Select(problem => (First: firsts[problem.Id], Second: problem)).ToList();
        if (pairs.Count < 2)
        {
            throw new InvalidDataException($"Benchmark {name} has {pairs.Count} problems that both answered; a gain "
                + "with its interval needs two or more.");
        }

        return new BenchmarkComparison
        {
            Benchmark = name,
            Problems = pairs.Count,
            BothRight = pairs.Count(pair => IsRight(pair.First) && IsRight(pair.Second)),
            Gain = Estimate.Paired(Scores(pairs.Select(pair => pair.Second)), Scores(pairs.Select(pair => pair.First))),
            Fixed = [.. pairs.Where(pair => IsRight(pair.Second) && !IsRight(pair.First))
                .Select(pair => pair.First.Id)],
            Broken = [.. pairs.Where(pair => IsRight(pair.First) && !IsRight(pair.Second))
                .Select(pair => pair.First.Id)],
            PValue = PairedTest.PValue([.. pairs.Select(pair => pair.Second.Score - pair.First.Score)],
                PairedTest.Unit(pairs.SelectMany(pair => (int[])[pair.First.Answers, pair.Second.Answers]))),
            AdjustedPValue = 1,
            LeftOut = absentFirst.Union(absentSecond, StringComparer.Ordinal).Count(),
        };
    }

    private static (IReadOnlyList<double>, IReadOnlyList<int>?) Scores(IEnumerable<ProblemResult> problems) =>
        ([.. problems.Select(problem => problem.Score)], [.. problems.Select(problem => problem.Answers)]);

    private static bool IsRight(ProblemResult problem) => 2 * problem.Right > problem.Answers;

    private static IReadOnlyList<string> Unanswered(EvaluationFolder folder, string benchmark) =>
        folder.Unanswered.GetValueOrDefault(benchmark, []);

    private static void Missing(IReadOnlyList<ProblemResult> asked, IReadOnlyList<ProblemResult> others,
        IReadOnlyList<string> absent, EvaluationFolder folder, EvaluationFolder other, string name)
    {
        var known = others.Select(problem => problem.Id).Concat(absent).ToHashSet(StringComparer.Ordinal);
        var missing = asked.Where(problem => !known.Contains(problem.Id)).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidDataException($"{missing.Count} of the {asked.Count} problems of {name} in {folder.Path} "
                + $"are not in {other.Path}, such as '{missing[0].Id}'. A comparison needs the same problems: "
                + "evaluate both with the same benchmark and the same --limit.");
        }
    }

    private static string Names(EvaluationFolder folder) => folder.Benchmarks.Count == 0
        ? "none"
        : string.Join(", ", folder.Benchmarks.Select(result => result.Benchmark));
}
