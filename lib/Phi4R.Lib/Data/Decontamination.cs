using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>What is left of training problems, and what gave the others away.</summary>
public sealed record Decontaminated(IReadOnlyList<Problem> Kept, IReadOnlyList<Contamination> Removed);

/// <summary>A training problem that a benchmark has too.</summary>
/// <param name="Shared">The words that both questions hold, in a row.</param>
public sealed record Contamination(Problem Problem, string BenchmarkId, string Shared);

/// <summary>Removes training problems that equal a benchmark problem or share a run of words with one.</summary>
/// <remarks>Source: the overlap of n words of Brown et al. 2020, arXiv 2005.14165, appendix C. Departs from the source: signs are words too, since they are the question in mathematics.</remarks>
public static partial class Decontamination
{
    /// <summary>Compares words in lower case, without spaces; a run of digits is a word and so is each sign. Holds the benchmarks' runs in memory.</summary>
    /// <param name="runLength">Words of a run that no training question may share; questions with fewer words are compared as a whole.</param>
    public static Decontaminated Remove(IEnumerable<Problem> training, IEnumerable<Problem> benchmarks, int runLength)
    {
        var words = new BenchmarkWords(benchmarks, runLength);
        List<Problem> kept = [];
        List<Contamination> removed = [];
        foreach (var problem in training)
        {
            if (words.Shared(problem.Question) is var (benchmark, shared))
            {
                removed.Add(new Contamination(problem, benchmark, shared));
            }
            else
            {
                kept.Add(problem);
            }
        }

        return new Decontaminated(kept, removed);
    }

    internal static IEnumerable<string> Runs(string question, int length)
    {
        string[] words = [.. WordPattern().Matches(question.ToLowerInvariant()).Select(match => match.Value)];
        return words.Length <= length
            ? [string.Join(' ', words)]
            : Enumerable.Range(0, words.Length - length + 1).Select(start => string.Join(' ', words, start, length));
    }

    [GeneratedRegex(@"\p{L}+|[0-9]+|[^\s]")]
    private static partial Regex WordPattern();
}

/// <summary>The runs of words of benchmarks, to be looked for in what is learned from.</summary>
public sealed class BenchmarkWords
{
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly int _runLength;

    /// <param name="runLength">As in <see cref="Decontamination.Remove"/>.</param>
    public BenchmarkWords(IEnumerable<Problem> benchmarks, int runLength)
    {
        _runLength = Require.Positive(runLength, nameof(runLength));
        foreach (var problem in benchmarks)
        {
            foreach (var run in Decontamination.Runs(problem.Question, runLength))
            {
                _ids.TryAdd(run, problem.Id);
            }
        }
    }

    /// <summary>The benchmark problem that a question shares a run with, and the run; null where it shares none.</summary>
    public (string BenchmarkId, string Run)? Shared(string question) =>
        Decontamination.Runs(question, _runLength).FirstOrDefault(_ids.ContainsKey) is { } run ? (_ids[run], run) : null;
}
