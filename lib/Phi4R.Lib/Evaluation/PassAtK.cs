namespace Phi4R.Evaluation;

/// <summary>The chance that of k completions at least one is right.</summary>
public static class PassAtK
{
    /// <summary>One problem's estimate of pass@k from its completions, without bias.</summary>
    /// <remarks>
    /// One less the share of choices of k among the completions that hold no right one. Source: Chen et al. 2021, arXiv
    /// 2107.03374, equation 1, as a product that does not overflow.
    /// </remarks>
    /// <param name="completions">How many there are.</param>
    /// <param name="right">How many of them are right.</param>
    /// <exception cref="ArgumentException">There are fewer than k completions, or k is not above zero.</exception>
    public static double Of(int completions, int right, int k)
    {
        if (k < 1 || k > completions || right < 0 || right > completions)
        {
            throw new ArgumentException($"pass@{k} of {right} right ones among {completions} completions cannot be "
                + "estimated; it needs at least k completions, and k of 1 or more.");
        }

        var none = 1.0;
        for (var i = completions - right + 1; i <= completions; i++)
        {
            none *= Math.Max(0, 1 - ((double)k / i));
        }

        return 1 - none;
    }

    /// <summary>The mean over a benchmark's problems, with its interval; null where one has fewer than k.</summary>
    public static Estimate? Over(BenchmarkResult result, int k) => result.Problems.All(problem => problem.Answers >= k)
        ? Estimate.Of([.. result.Problems.Select(problem => Of(problem.Answers, problem.Right, k))])
        : null;

    /// <summary>pass@k for k of 1, 2, 4 and so on, as far as every problem has completions, the last one too.</summary>
    public static IReadOnlyList<(int K, Estimate Share)> Curve(BenchmarkResult result)
    {
        var most = result.Problems.Min(problem => problem.Answers);
        List<int> counts = [];
        for (var k = 1; k < most; k *= 2)
        {
            counts.Add(k);
        }

        return [.. counts.Append(most).Where(k => k > 0).Select(k => (k, Over(result, k)!))];
    }
}
