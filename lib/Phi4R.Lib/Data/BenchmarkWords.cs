using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>A question that is kept although it is much like one of a benchmark, for a person to look at.</summary>
/// <param name="Share">
/// Of the benchmark question's runs of four words, those that the question holds too; 1 for all.
/// </param>
public sealed record NearHit(string BenchmarkId, double Share);

/// <summary>The runs of words of benchmarks, to be looked for in what is learned from.</summary>
/// <remarks>
/// Words are those of a question without the marks of its writing, and a benchmark's options are no part of its
/// question. A run that stands in several questions of the benchmarks, or in many that are learned from and have little
/// else of the benchmark's question, is a phrase of the trade and gives nothing away.
/// </remarks>
public sealed class BenchmarkWords
{
    private const int StockBenchmarks = 3;
    private const int StockQuestions = 10;
    private const int LeastContained = 6;
    private const int LongestWrapping = 30;
    private const int Shingle = 4;
    private const double NearShare = 0.4;
    private const int LeastShingles = 4;
    private const int LeastSigns = 20;

    private static readonly string[] Joints = ["then", "and", "or", "of", "by", "than", "if", "when", "where", "with"];

    private readonly int _runLength;
    private readonly Lazy<HashSet<ulong>> _signs;

    // A run, and the questions that hold it.
    private readonly Dictionary<string, List<int>> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _shingles = new(StringComparer.Ordinal);

    // What has no run of the length, by its number of words: to be found as a whole in another question.
    private readonly SortedDictionary<int, Dictionary<string, int>> _short = [];
    private readonly List<(string Id, int Runs, int Shingles)> _questions = [];

    // Whole questions without spaces and points: where a text lost its commas, words have run together.
    private readonly Dictionary<string, int> _squeezed = new(StringComparer.Ordinal);

    /// <param name="runLength">As in <see cref="Decontamination.Remove"/>.</param>
    /// <param name="training">
    /// Questions that are learned from, or a sample of them: a run in many of them is a phrase of the trade. None: only
    /// the benchmarks say.
    /// </param>
    public BenchmarkWords(IEnumerable<Problem> benchmarks, int runLength, IEnumerable<string>? training = null)
    {
        (_runLength, _signs) = (Require.Positive(runLength, nameof(runLength)), new(Signs));
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var problem in benchmarks)
        {
            var words = QuestionWords.Of(QuestionWords.Stem(problem.Question));
            if (words.Length > 0 && seen.Add(string.Join(' ', words)))
            {
                Add(problem.Id, words);
            }
        }

        foreach (var (run, _) in _runs.Where(pair => pair.Value.Count >= StockBenchmarks).ToList())
        {
            _runs.Remove(run);
        }

        if (training is not null)
        {
            Forget(training);
        }
    }

    /// <summary>
    /// The benchmark problem that a question shares a run with, and the run; null where it shares none.
    /// </summary>
    public (string BenchmarkId, string Run)? Shared(string question)
    {
        var words = QuestionWords.Of(question);
        if (Runs(words, _runLength).FirstOrDefault(_runs.ContainsKey) is { } run)
        {
            return (_questions[_runs[run][0]].Id, run);
        }

        var stem = QuestionWords.Of(QuestionWords.Stem(question));
        return Contained(words) ?? Contained(stem)
            ?? (_squeezed.TryGetValue(Squeezed(stem), out var whole)
                ? (_questions[whole].Id, string.Join(' ', stem))
                : null);
    }

    /// <summary>Whether a text of any kind, such as an answer, quotes a run of a benchmark question.</summary>
    public bool Quoted(string text)
    {
        foreach (var part in QuestionWords.WithoutStock(QuestionWords.Of(text)))
        {
            // A text has as many runs as words. Their hashes roll on from word to word, and only where one is that of a
            // benchmark's run are the words put together.
            var (hash, leaving) = (0ul, Power(_runLength));
            for (var end = 0; end < part.Length; end++)
            {
                hash = (hash * Base) + WordHash(part[end]);
                hash -= end >= _runLength ? leaving * WordHash(part[end - _runLength]) : 0;
                if (end >= _runLength - 1 && _signs.Value.Contains(hash)
                    && _runs.ContainsKey(string.Join(' ', part, end - _runLength + 1, _runLength)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private const ulong Base = 0x9E3779B97F4A7C15;

    private static ulong Power(int exponent)
    {
        var power = 1ul;
        for (var i = 0; i < exponent; i++)
        {
            power *= Base;
        }

        return power;
    }

    // Of this process alone, as the runs' hashes are.
    private static ulong WordHash(string word) => (uint)word.GetHashCode(StringComparison.Ordinal);

    private HashSet<ulong> Signs() =>
    [
        .. _runs.Keys.Select(run => run.Split(' ').Aggregate(0ul, (hash, word) => (hash * Base) + WordHash(word))),
    ];

    /// <summary>
    /// The benchmark problem that a question is much like without sharing a run with it; null where there is none.
    /// </summary>
    public NearHit? Near(string question)
    {
        var counts = Runs(QuestionWords.Of(question), Shingle).Distinct(StringComparer.Ordinal)
            .SelectMany(run => _shingles.GetValueOrDefault(run, [])).GroupBy(id => id)
            .Select(group => (Id: group.Key, Count: group.Count()))
            .Where(found => found.Count >= LeastShingles && found.Count >= NearShare * _questions[found.Id].Shingles)
            .OrderByDescending(found => found.Count).ThenBy(found => found.Id).ToList();
        return counts is [var best, ..]
            ? new NearHit(_questions[best.Id].Id, (double)best.Count / _questions[best.Id].Shingles)
            : null;
    }

    private static string Squeezed(string[] words) => string.Concat(words).Replace(".", "", StringComparison.Ordinal);

    private static IEnumerable<string> Runs(string[] words, int length) =>
        QuestionWords.WithoutStock(words).SelectMany(part =>
        Enumerable.Range(0, Math.Max(0, part.Length - length + 1))
            .Select(start => string.Join(' ', part, start, length)));

    private void Add(string id, string[] words)
    {
        var number = _questions.Count;
        var (runs, shingles) = (Runs(words, _runLength).ToHashSet(StringComparer.Ordinal),
            Runs(words, Shingle).ToHashSet(StringComparer.Ordinal));
        _questions.Add((id, runs.Count, shingles.Count));
        Note(_runs, runs);
        Note(_shingles, shingles);
        if (Squeezed(words) is { Length: >= LeastSigns } squeezed)
        {
            _squeezed.TryAdd(squeezed, number);
        }

        if (runs.Count == 0)
        {
            // Without a phrase that ends many questions there may be too little left to know it by; then all of it is
            // looked for.
            var own = QuestionWords.WithoutStock(words).MaxBy(part => part.Length) is { Length: >= LeastContained } part
                ? part
                : words;
            if (!_short.TryGetValue(own.Length, out var wholes))
            {
                _short[own.Length] = wholes = new(StringComparer.Ordinal);
            }

            wholes.TryAdd(string.Join(' ', own), number);
        }

        void Note(Dictionary<string, List<int>> into, IEnumerable<string> found)
        {
            foreach (var run in found)
            {
                if (!into.TryGetValue(run, out var numbers))
                {
                    into[run] = numbers = [];
                }

                numbers.Add(number);
            }
        }
    }

    // A question that holds half of a benchmark's is that question in other words, and says nothing about what is
    // common.
    private void Forget(IEnumerable<string> training)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var question in training)
        {
            var words = QuestionWords.Of(question);
            if (!seen.Add(string.Join(' ', words)))
            {
                continue;
            }

            var shared = Runs(words, _runLength).Where(_runs.ContainsKey).Distinct(StringComparer.Ordinal).ToList();
            var most = shared.SelectMany(run => _runs[run]).GroupBy(id => id)
                .Select(group => (double)group.Count() / _questions[group.Key].Runs).DefaultIfEmpty().Max();
            foreach (var run in most < 0.5 ? shared : [])
            {
                counts[run] = counts.GetValueOrDefault(run) + 1;
            }
        }

        foreach (var (run, _) in counts.Where(pair => pair.Value >= StockQuestions))
        {
            _runs.Remove(run);
        }
    }

    // A formula or a sentence that goes on is another one. Of very few words, what stands around them must be mere
    // words: "please solve".
    private (string, string)? Contained(string[] words)
    {
        foreach (var (length, wholes) in _short)
        {
            for (var start = 0; start + length <= words.Length; start++)
            {
                var goesOn = start + length < words.Length && words[start + length] is var next
                    && (!char.IsLetterOrDigit(next[0]) || Joints.Contains(next));
                if (!goesOn && wholes.TryGetValue(string.Join(' ', words, start, length), out var number)
                    && (length >= LeastContained || IsWrapping([.. words[..start], .. words[(start + length)..]])))
                {
                    return (_questions[number].Id, string.Join(' ', words, start, length));
                }
            }
        }

        return null;
    }

    private static bool IsWrapping(string[] words) => words.Length <= LongestWrapping
        && words.All(word => word is "a" || (word.Length > 1 && word.All(char.IsLetter)));
}
