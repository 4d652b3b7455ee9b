using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Data.Import;

/// <summary>Records that an import left out for one reason.</summary>
/// <param name="Why">In words.</param>
/// <param name="Count">How many.</param>
/// <param name="First">The file and the record where it was found first.</param>
public sealed record LeftOutRecords(string Why, long Count, string First);

/// <summary>What an import made, and what it left out.</summary>
public sealed record ImportSummary
{
    /// <summary>Problems with a reference answer, in problems.jsonl.</summary>
    public required long Problems { get; init; }

    /// <summary>Completions, in the parts.</summary>
    public required long Rollouts { get; init; }

    /// <summary>Problems whose completions are there although the set has no reference answer for them.</summary>
    public required long WithoutReference { get; init; }

    /// <summary>All else that was in the files, by its reason.</summary>
    public required IReadOnlyList<LeftOutRecords> LeftOut { get; init; }
}

/// <summary>How far an import has come.</summary>
/// <param name="File">The file that is read, counted from 1.</param>
/// <param name="Files">How many there are.</param>
/// <param name="Records">Records read so far, of all files.</param>
public sealed record ImportProgress(int File, int Files, long Records);

/// <summary>
/// Brings a public set into the form that recipes learn from: rollouts as parquet parts and problems.jsonl.
/// </summary>
/// <remarks>
/// A record is in memory only while it is looked at, so the size of a set does not matter. What cannot be used is
/// counted by its reason and never ends a file. A problem's id is the set's own, or a hash of its question, so that
/// several records of one question are completions of one problem. Tokens are those of Phi-4-mini's vocabulary.
/// </remarks>
public static class SetImport
{
    private const string Unfinished = "import.unfinished";
    private const int ChunkRecords = 256;
    private const int ChunkSigns = 16 << 20;

    private static readonly Phi4MiniTokenizer Tokenizer = new();

    /// <summary>The sets that can be read, by the names that <see cref="Run"/> takes.</summary>
    public static IReadOnlyList<string> Names => [.. PublicSet.All.Select(set => set.Name)];

    /// <summary>Reads the files of a set; the folder gets what they hold when all of it is there.</summary>
    /// <param name="name">One of <see cref="Names"/>, or the set's name on the hub.</param>
    /// <param name="sources">
    /// Files, folders of files, or data sets in the hub cache: owner/name, or owner/name:FILE or owner/name:FOLDER.
    /// </param>
    /// <param name="directory">Where "rollouts" and "problems.jsonl" are put.</param>
    /// <exception cref="ArgumentException">There is no reader for such a set.</exception>
    /// <exception cref="InvalidDataException">
    /// A file cannot be read at all; the message names it, and nothing is left in the folder.
    /// </exception>
    /// <exception cref="IOException">A file is missing, the disk is full, or the folder has an import.</exception>
    public static ImportSummary Run(string name, IReadOnlyList<string> sources, string directory,
        IProgress<ImportProgress>? progress = null, CancellationToken cancel = default)
    {
        var set = PublicSet.Named(name);
        var files = sources.SelectMany(HubCache.FilesOf).ToList();
        var (problems, parts) = (Path.Combine(directory, "problems.jsonl"), RolloutParts.Folder(directory));
        if (new[] { problems, parts }.FirstOrDefault(Path.Exists) is { } there)
        {
            throw new IOException($"{there} is there already; import into another folder, or remove it.");
        }

        var made = Path.Combine(directory, Unfinished);
        if (Directory.Exists(made))
        {
            Directory.Delete(made, recursive: true);
        }

        Directory.CreateDirectory(made);
        try
        {
            Tally tally = new();
            using (var rollouts = new RolloutWriter(made))
            {
                JsonLines.Write(Path.Combine(made, "problems.jsonl"),
                    Problems(set, files, rollouts, tally, progress, cancel));
                rollouts.Complete();
                tally.Rollouts = rollouts.Count;
            }

            if (tally.Problems + tally.WithoutReference == 0)
            {
                throw new InvalidDataException($"None of the {tally.Records:N0} records is a problem of "
                    + $"{set.Name}: {Listing.Few([.. tally.LeftOut.Select(left =>
                        $"{left.Count:N0}: {left.Why} (first: {left.First})")], "; ")}. Are these its files?");
            }

            Directory.Move(RolloutParts.Folder(made), parts);
            File.Move(Path.Combine(made, "problems.jsonl"), problems);
            return new ImportSummary
            {
                Problems = tally.Problems,
                Rollouts = tally.Rollouts,
                WithoutReference = tally.WithoutReference,
                LeftOut = tally.LeftOut,
            };
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    // Each problem once; the completions go to the parts on the way.
    private static IEnumerable<Problem> Problems(PublicSet set, List<string> files, RolloutWriter rollouts,
        Tally tally, IProgress<ImportProgress>? progress, CancellationToken cancel)
    {
        HashSet<ulong> before = [];
        foreach (var (file, path) in files.Index())
        {
            foreach (var chunk in Chunks(path))
            {
                foreach (var read in chunk.AsParallel().AsOrdered().WithCancellation(cancel)
                    .Select(record => ImportedRecord.Of(set, record.Record, record.Fault, Tokenizer,
                        $"{path}, record {record.Number}")))
                {
                    tally.Records++;
                    foreach (var fault in read.Faults)
                    {
                        tally.Leave(fault, read.Where);
                    }

                    foreach (var rollout in read.Rollouts)
                    {
                        rollouts.Add(rollout);
                    }

                    if (read.Problem is not { } problem)
                    {
                        continue;
                    }

                    var isNew = before.Add(StableHash.Of(problem.Id));
                    if (!isNew && read.Rollouts.Count == 0)
                    {
                        tally.Leave("the same problem was there before", read.Where);
                    }
                    else if (isNew && problem.Answer.Length == 0)
                    {
                        tally.WithoutReference++;
                    }
                    else if (isNew)
                    {
                        tally.Problems++;
                        yield return problem;
                    }
                }

                progress?.Report(new(file + 1, files.Count, tally.Records));
            }
        }
    }

    // As many records as are worked on together, and no more signs than memory bears.
    private static IEnumerable<List<(int Number, JsonObject? Record, string? Fault)>> Chunks(
        string path)
    {
        List<(int, JsonObject?, string?)> chunk = [];
        var signs = 0L;
        foreach (var (number, record, fault) in RecordFile.ReadAll(path))
        {
            chunk.Add((number, record, fault));
            signs += record is null ? 0 : Signs(record);
            if (chunk.Count == ChunkRecords || signs > ChunkSigns)
            {
                yield return chunk;
                (chunk, signs) = ([], 0);
            }
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }

    private static long Signs(JsonNode? node) => node switch
    {
        JsonObject record => record.Sum(field => Signs(field.Value)),
        JsonArray list => list.Sum(Signs),
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length,
        _ => 8,
    };

    private sealed class Tally
    {
        private readonly Dictionary<string, (long Count, string First)> _left = new(StringComparer.Ordinal);

        public long Records { get; set; }

        public long Problems { get; set; }

        public long Rollouts { get; set; }

        public long WithoutReference { get; set; }

        public IReadOnlyList<LeftOutRecords> LeftOut =>
            [.. _left.OrderByDescending(left => left.Value.Count).ThenBy(left => left.Key, StringComparer.Ordinal)
                .Select(left => new LeftOutRecords(left.Key, left.Value.Count, left.Value.First))];

        public void Leave(string why, string where)
        {
            var (count, first) = _left.GetValueOrDefault(why, (0, where));
            _left[why] = (count + 1, first);
        }
    }
}
