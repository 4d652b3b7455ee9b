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
        var folder = Directory.Exists(Folder(directory)) ? Folder(directory) : directory;
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.parquet").Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Reads all rollouts in order, a row group in memory at a time.</summary>
    /// <exception cref="FileNotFoundException">
    /// There are no parts, and the folder is not one that an import or a distillation left without any.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// A part is damaged, or is no table of rollouts; the message names it and the record.
    /// </exception>
    public static IEnumerable<Rollout> Read(string directory)
    {
        var files = Files(directory);
        if (files.Count == 0 && !Marks.Any(name => File.Exists(Path.Combine(directory, name))))
        {
            throw new FileNotFoundException($"{directory} has no rollouts: there is no file in {Folder(directory)} "
                + "that ends in .parquet. Rollouts are made with phi4r distill or phi4r import.");
        }

        foreach (var file in files)
        {
            foreach (var (i, record) in ParquetRecords.Read(file).Index())
            {
                yield return RolloutColumns.FromJson(record, $"{file}, record {i + 1}");
            }
        }
    }

    /// <summary>
    /// A rollout as commands print it: problem_id, question, answer, text, finish_reason, verdict, judged_by, domain,
    /// level, tokens and the rest of the columns, null where nobody stated a value.
    /// </summary>
    public static JsonObject Row(Rollout rollout) => RolloutColumns.ToJson(rollout);
}
