using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>How imports are put together.</summary>
public sealed record CleaningConfig
{
    /// <summary>Words in a row that no question may share with a benchmark's, and no rollout quote of one.</summary>
    public int SharedWords { get; init => field = Require.Positive(value); } = 13;

    /// <summary>The share of common runs of words from which on two questions are one.</summary>
    public double Similarity { get; init => field = Require.Fraction(value); } = 0.8;
}

/// <summary>
/// Puts imports together: without what a benchmark asks, and each problem once however many sets have it.
/// </summary>
/// <remarks>
/// The rollouts of a problem that stood there before go to that problem. What was removed stands side by side with why
/// in removed.jsonl, and the first of it in report.md, for a person to look over. One that was killed or stopped goes
/// on at its next start: the texts of rollouts that whole parts hold are not looked at again.
/// </remarks>
public static class SetCleaning
{
    private const int SampledQuestions = 50_000;
    private const int ChunkRollouts = 256;

    /// <summary>Reads imports and leaves one in the folder, with report.md and removed.jsonl.</summary>
    /// <param name="imports">Folders that imports left.</param>
    /// <param name="benchmarks">Files of problems that none may be learned from.</param>
    /// <param name="progress">Is called with how many problems and rollouts were looked at.</param>
    /// <exception cref="InvalidDataException">A file cannot be read; the message names it.</exception>
    /// <exception cref="IOException">A file is missing, the disk is full, or the folder has an import.</exception>
    public static ImportSummary Run(IReadOnlyList<string> imports, IReadOnlyList<string> benchmarks, string directory,
        CleaningConfig config, IProgress<long>? progress = null, CancellationToken cancel = default) =>
        Run(imports, benchmarks, directory, config, RolloutWriter.UsualPart, progress, cancel);

    /// <inheritdoc cref="Run(IReadOnlyList{string}, IReadOnlyList{string}, string, CleaningConfig, IProgress{long}?,
    /// CancellationToken)"/>
    /// <param name="partSigns">Signs of text from which on a part is whole.</param>
    internal static ImportSummary Run(IReadOnlyList<string> imports, IReadOnlyList<string> benchmarks, string directory,
        CleaningConfig config, long partSigns, IProgress<long>? progress, CancellationToken cancel)
    {
        var asked = benchmarks.SelectMany(file => ProblemData.Read(file).Set.Problems).ToList();
        var cleaner = new Cleaner(imports, asked, config, progress, cancel);
        return ImportFolder.Fill(
            directory, [ImportFolder.ProblemsName, "rollouts", CleaningReport.Pairs, CleaningReport.Page],
            ImportFolder.Origin(config, [.. imports.SelectMany(FilesOf), .. benchmarks]),
            made =>
        {
            using var rollouts = new ResumedRollouts(made, partSigns);
            JsonLines.Write(Path.Combine(made, ImportFolder.ProblemsName), cleaner.Problems());
            foreach (var rollout in cleaner.Rollouts(RolloutsOf(made)))
            {
                rollouts.Add(rollout);
            }

            rollouts.Complete();
            (cleaner.Tally.Rollouts, cleaner.Tally.Kept) = (rollouts.Count, rollouts.Kept);
            CleaningReport.Write(made, cleaner.Removed, cleaner.Near, cleaner.Tally.Summary);
            return cleaner.Tally.Summary;
        });
    }

    private static IEnumerable<string> FilesOf(string import) =>
        [Path.Combine(import, ImportFolder.ProblemsName), .. RolloutParts.Files(import)];

    private static IEnumerable<Problem> ProblemsOf(string import) =>
        JsonLines.Read<Problem>(Path.Combine(import, ImportFolder.ProblemsName));

    private static IEnumerable<Rollout> RolloutsOf(string import) =>
        RolloutParts.Files(import).Count > 0 ? RolloutParts.Read(import) : [];

    private sealed class Cleaner
    {
        private const string Asked = "a benchmark has the question";

        private readonly IReadOnlyList<string> _imports;
        private readonly BenchmarkWords _words;
        private readonly Dictionary<string, string> _benchmarks = new(StringComparer.Ordinal);
        private readonly NearDuplicates _before;
        private readonly IProgress<long>? _progress;
        private readonly CancellationToken _cancel;

        // What became of each problem: its own id, the one it is a copy of, or null for removed.
        private readonly Dictionary<ulong, string?> _ids = [];
        private long _looked;

        public Cleaner(IReadOnlyList<string> imports, List<Problem> benchmarks, CleaningConfig config,
            IProgress<long>? progress, CancellationToken cancel)
        {
            (_imports, _progress, _cancel) = (imports, progress, cancel);
            _words = new(benchmarks, config.SharedWords, imports.SelectMany(import => ProblemsOf(import)
                .Select(problem => problem.Question)).Take(SampledQuestions));
            _before = new(config.Similarity);
            benchmarks.ForEach(problem => _benchmarks.TryAdd(problem.Id, problem.Question));
        }

        public Tally Tally { get; } = new();

        public List<RemovedPair> Removed { get; } = [];

        public List<RemovedPair> Near { get; } = [];

        public IEnumerable<Problem> Problems()
        {
            foreach (var import in _imports)
            {
                foreach (var problem in ProblemsOf(import))
                {
                    if (Keep(problem.Id, problem.Question, import) == problem.Id)
                    {
                        Tally.Problems++;
                        yield return problem;
                    }
                }
            }
        }

        /// <param name="kept">What an earlier start took, from the first on.</param>
        public IEnumerable<Rollout> Rollouts(IEnumerable<Rollout> kept)
        {
            foreach (var (rollout, quotes) in Looked(Unasked(), kept))
            {
                if (quotes)
                {
                    Tally.Leave("rollouts: the text quotes a benchmark's question", rollout.ProblemId);
                }
                else
                {
                    yield return rollout;
                }
            }
        }

        // Those of problems that go on, under the ids by which they do.
        private IEnumerable<Rollout> Unasked()
        {
            foreach (var import in _imports)
            {
                foreach (var rollout in RolloutsOf(import))
                {
                    var known = _ids.TryGetValue(StableHash.Of(rollout.ProblemId), out var id);
                    if (!known)
                    {
                        id = Keep(rollout.ProblemId, rollout.Prompt, import);
                        Tally.WithoutReference += id == rollout.ProblemId ? 1 : 0;
                    }

                    Look();
                    if (id is null)
                    {
                        Tally.Leave($"rollouts: {Asked}", rollout.ProblemId);
                    }
                    else
                    {
                        yield return rollout with { ProblemId = id };
                    }
                }
            }
        }

        private IEnumerable<(Rollout Rollout, bool Quotes)> Looked(
            IEnumerable<Rollout> rollouts, IEnumerable<Rollout> kept)
        {
            using var taken = kept.GetEnumerator();
            var isMore = taken.MoveNext();
            foreach (var chunk in rollouts.Chunk(ChunkRollouts))
            {
                // An earlier start took the next of what it kept, and left out, for a quote, what stands before that.
                var at = 0;
                for (; isMore && at < chunk.Length; at++)
                {
                    var next = taken.Current;
                    var isTaken = (chunk[at].ProblemId, chunk[at].Text) == (next.ProblemId, next.Text);
                    yield return (chunk[at], !isTaken);
                    isMore = !isTaken || taken.MoveNext();
                }

                foreach (var looked in chunk[at..].AsParallel().AsOrdered().WithCancellation(_cancel)
                    .Select(rollout => (rollout, _words.Quoted(rollout.Text))))
                {
                    yield return looked;
                }
            }
        }

        // The id under which a problem goes on; null where it does not.
        private string? Keep(string id, string question, string import)
        {
            Look();
            var hash = StableHash.Of(id);
            if (_ids.TryGetValue(hash, out var known))
            {
                Tally.Leave("problems: the same id was there before", $"{import}, {id}");
                return known is null ? null : "";
            }

            if (_words.Shared(question) is var (benchmark, run))
            {
                Tally.Leave($"problems: {Asked}", $"{import}, {id}");
                Removed.Add(new(id, question, benchmark, _benchmarks[benchmark], $"shares: {run}"));
                return _ids[hash] = null;
            }

            if (_before.Find(id, question) is { } copy)
            {
                Tally.Leave(copy.Question == question
                    ? "problems: the same question was there before"
                    : "problems: nearly the same question was there before", $"{import}, {id}");
                Removed.Add(new(id, question, copy.Id, copy.Question, $"copy, {copy.Similarity:P0} alike"));
                return _ids[hash] = copy.Id;
            }

            if (_words.Near(question) is { } near)
            {
                Near.Add(new(id, question, near.BenchmarkId, _benchmarks[near.BenchmarkId], $"{near.Share:P0} alike"));
            }

            return _ids[hash] = id;
        }

        private void Look()
        {
            _cancel.ThrowIfCancellationRequested();
            if (++_looked % 1000 == 0)
            {
                _progress?.Report(_looked);
            }
        }
    }
}
