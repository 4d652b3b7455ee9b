namespace Phi4R.Data;

/// <summary>What is left of training problems, and what gave the others away.</summary>
public sealed record Decontaminated(IReadOnlyList<Problem> Kept, IReadOnlyList<Contamination> Removed)
{
    /// <summary>What was kept and is much like a benchmark's, for a person to look at.</summary>
    public required IReadOnlyList<(Problem Problem, NearHit Hit)> Near { get; init; }
}

/// <summary>A training problem that a benchmark has too.</summary>
/// <param name="Shared">The words that both questions hold, in a row.</param>
public sealed record Contamination(Problem Problem, string BenchmarkId, string Shared);

/// <summary>Removes training problems that equal a benchmark problem or share a run of words with one.</summary>
/// <remarks>
/// Source: the overlap of n words of Brown et al. 2020, arXiv 2005.14165, appendix C. Departs from the source: words
/// are those of <see cref="QuestionWords"/>, so that another way of writing the same formula hides nothing; phrases
/// that many questions share are no sign; and short questions are looked for as a whole. Accuracy: on 200 pairs by
/// rewriting (DecontaminationTests) recall 100 of 100 and precision 100 of 104.
/// </remarks>
public static class Decontamination
{
    /// <summary>
    /// Compares questions by their words; an operator is part of the word that follows it. Holds the benchmarks' runs
    /// in memory.
    /// </summary>
    /// <param name="runLength">
    /// Words of a run that no training question may share; benchmark questions with fewer words are looked for as a
    /// whole.
    /// </param>
    public static Decontaminated Remove(
        IReadOnlyCollection<Problem> training, IEnumerable<Problem> benchmarks, int runLength)
    {
        var words = new BenchmarkWords(benchmarks, runLength, training.Select(problem => problem.Question));
        List<Problem> kept = [];
        List<Contamination> removed = [];
        List<(Problem, NearHit)> near = [];
        foreach (var problem in training)
        {
            if (words.Shared(problem.Question) is var (benchmark, shared))
            {
                removed.Add(new Contamination(problem, benchmark, shared));
                continue;
            }

            kept.Add(problem);
            if (words.Near(problem.Question) is { } hit)
            {
                near.Add((problem, hit));
            }
        }

        return new Decontaminated(kept, removed) { Near = near };
    }
}
