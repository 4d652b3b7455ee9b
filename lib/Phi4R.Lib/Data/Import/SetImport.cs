using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Data.Import;

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
/// several records of one question are completions of one problem; an id that another problem had gets a sign behind
/// it. Tokens are those of Phi-4-mini's vocabulary.
/// <para>
/// An import that was killed or stopped goes on at its next start: the parts that were whole stay, and the records
/// whose completions they hold are only read again. What tells one import from another is the set, the files with
/// their lengths and times, and this code.
/// </para>
/// </remarks>
public static class SetImport
{
    private const int ChunkRecords = 256;
    private const int ChunkSigns = 4 << 20;

    private static readonly Phi4MiniTokenizer Tokenizer = new();

    /// <summary>The sets that can be read, by the names that an import takes.</summary>
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
        IProgress<ImportProgress>? progress = null, CancellationToken cancel = default) =>
        Run(name, sources, directory, RolloutWriter.UsualPart, progress, cancel);

    /// <inheritdoc cref="Run(string, IReadOnlyList{string}, string, IProgress{ImportProgress}?, CancellationToken)"/>
    /// <param name="partSigns">Signs of text from which on a part is whole.</param>
    internal static ImportSummary Run(string name, IReadOnlyList<string> sources, string directory, long partSigns,
        IProgress<ImportProgress>? progress, CancellationToken cancel)
    {
        var set = PublicSet.Named(name);
        var files = sources.SelectMany(HubCache.FilesOf).ToList();
        var origin = ImportFolder.Origin(set.Name, files);
        return ImportFolder.Fill(directory, [ImportFolder.ProblemsName, "rollouts"], origin, made =>
        {
            Tally tally = new();
            using (var rollouts = new ResumedRollouts(made, partSigns))
            {
                JsonLines.Write(Path.Combine(made, ImportFolder.ProblemsName),
                    Problems(set, files, rollouts, tally, progress, cancel));
                rollouts.Complete();
                (tally.Rollouts, tally.Kept) = (rollouts.Count, rollouts.Kept);
            }

            if (tally.Records == 0)
            {
                throw new InvalidDataException(files.Count == 1
                    ? $"{files[0]} is empty; it holds no record."
                    : $"{Listing.Few(files)} are empty; they hold no record.");
            }

            return tally.Problems + tally.WithoutReference > 0
                ? tally.Summary
                : throw new InvalidDataException($"None of the {tally.Records:N0} records is a problem of "
                    + $"{set.Name}: {Listing.Few([.. tally.Summary.LeftOut.Select(left =>
                        $"{left.Count:N0}: {left.Why} (first: {left.First})")], "; ")}. Are these its files?");
        });
    }

    // Each problem once; the completions go to the parts on the way.
    private static IEnumerable<Problem> Problems(PublicSet set, List<string> files, ResumedRollouts rollouts,
        Tally tally, IProgress<ImportProgress>? progress, CancellationToken cancel)
    {
        SeenProblems seen = new();
        foreach (var (file, path) in files.Index())
        {
            foreach (var chunk in Chunks(path))
            {
                foreach (var (read, isNew, completes) in Read(chunk, path).Select(seen.Place))
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

                    tally.WithoutReference -= completes ? 1 : 0;
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

        // Where the parts have all that a chunk holds, its texts need not be looked at again.
        List<ImportedRecord> Read(List<(int, JsonObject?, string?)> chunk, string path)
        {
            var unmeasured = rollouts.Missing > 0 ? Records(null) : [];
            return unmeasured.Count > 0 && unmeasured.Sum(read => read.Rollouts.Count) <= rollouts.Missing
                ? unmeasured
                : Records(Tokenizer);

            List<ImportedRecord> Records(ITokenizer? tokenizer) =>
            [
                .. chunk.AsParallel().AsOrdered().WithCancellation(cancel).Select(((int Number, JsonObject? Record,
                    string? Fault) record) => ImportedRecord.Of(set, record.Record, record.Fault, tokenizer,
                        $"{path}, record {record.Number}")),
            ];
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
}
