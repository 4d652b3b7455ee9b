using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Phi4R.Data.Import;

namespace Phi4R.Data;

/// <summary>
/// Rollouts on disk as parquet parts, DIR/rollouts/part-00000.parquet and on: what distillation and imports leave, and
/// what is read from them a row group at a time, however many there are.
/// </summary>
public static class RolloutParts
{
    // What an import and a distillation have beside their parts, also where they made none.
    private static readonly string[] Marks = ["problems.jsonl", "distill.json"];

    /// <summary>The folder of the parts.</summary>
    /// <param name="directory">What the command was given as its place to write to.</param>
    public static string Folder(string directory) => Path.Combine(directory, "rollouts");

    /// <summary>
    /// The parts in order, those that are whole; none where there are none. A folder of parts may be named itself.
    /// </summary>
    public static IReadOnlyList<string> Files(string directory)
    {
        var folder = Place(directory);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.parquet").Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The folder that parts are in, where it may be named itself.</summary>
    internal static string Place(string directory) =>
        Directory.Exists(Folder(directory)) ? Folder(directory) : directory;

    /// <summary>Reads all rollouts in order, a row group in memory at a time.</summary>
    /// <exception cref="FileNotFoundException">
    /// There are no parts, and the folder is not one that an import or a distillation left without any.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// A part is damaged, is no table of rollouts, or is missing; the message names it and the record.
    /// </exception>
    public static async IAsyncEnumerable<Rollout> ReadAsync(
        string directory, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        _ = Count(directory);
        foreach (var file in Files(directory))
        {
            await foreach (var rollout in ReadPartAsync(file, null, cancel).ConfigureAwait(false))
            {
                yield return rollout;
            }
        }
    }

    /// <summary>The same for who waits.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static IEnumerable<Rollout> Read(string directory) => ReadAsync(directory).ToBlockingEnumerable();

    /// <summary>The rollouts of one part.</summary>
    /// <param name="groups">The row groups that are read; all by default.</param>
    internal static async IAsyncEnumerable<Rollout> ReadPartAsync(
        string file, Range? groups = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var number = 0;
        await foreach (var record in ParquetRecords.ReadAsync(file, null, groups, cancel).ConfigureAwait(false))
        {
            number++;
            yield return RolloutColumns.FromJson(record, $"{file}, record {number}");
        }
    }

    /// <summary>All rollouts without their long texts: question, text, and reason are empty.</summary>
    internal static IEnumerable<Rollout> ReadLabels(string directory)
    {
        foreach (var file in Files(directory))
        {
            foreach (var (i, record) in ParquetRecords.ReadAsync(file, name => !RolloutColumns.IsLong(name))
                .ToBlockingEnumerable().Index())
            {
                record["question"] = "";
                record["text"] = "";
                yield return RolloutColumns.FromJson(record, $"{file}, record {i + 1}");
            }
        }
    }

    /// <summary>How many rollouts there are, from what stands beside the parts, or in their last lines.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static long Count(string directory) =>
        Files(directory).Count > 0 || Marks.Any(name => File.Exists(Path.Combine(directory, name)))
            ? PartManifest.Count(directory)
            : throw new FileNotFoundException($"{directory} has no rollouts: there is no file in {Folder(directory)} "
                + "that ends in .parquet. Rollouts are made with phi4r distill or phi4r import.");

    /// <summary>
    /// A rollout as commands print it: problem_id, question, answer, text, finish_reason, verdict, judged_by, domain,
    /// level, tokens and the rest of the columns, null where nobody stated a value.
    /// </summary>
    public static JsonObject Row(Rollout rollout) => RolloutColumns.ToJson(rollout);
}
