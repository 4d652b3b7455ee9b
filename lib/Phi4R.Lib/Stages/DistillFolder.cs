using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Stages;

/// <summary>
/// The folder of a distillation: journals of parts that are under way, parts that are whole, and what they were asked
/// with.
/// </summary>
/// <remarks>
/// journal/00000.jsonl holds what was received for a part. When nothing more is waited for, the part's file of
/// rollouts, parts/00000.problems.jsonl and at last parts/00000.json are made of it; the journal goes after them, and
/// only where nothing failed. So whatever is killed between, what was received is in one of the two.
/// </remarks>
internal sealed class DistillFolder : IDisposable
{
    private const string Making = ".making";
    private const string LockFile = ".lock";
    private const string SettingsFile = "distill.json";
    private const string WholeReport = "report.json";

    private readonly string _folder;
    private readonly FileStream _lock;

    /// <param name="settings">All that the completions depend on.</param>
    /// <exception cref="InvalidDataException">
    /// The folder was begun with other settings; the message names them.
    /// </exception>
    /// <exception cref="IOException">Another process is at it.</exception>
    public DistillFolder(string folder, object settings)
    {
        _folder = folder;
        Directory.CreateDirectory(Parts);
        try
        {
            _lock = new FileStream(
                Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException problem)
        {
            throw new IOException($"{folder} is held by another distillation: {problem.Message} Wait until it is done, "
                + "or name another folder.", problem);
        }

        try
        {
            Check(JsonSerializer.SerializeToNode(settings, DistillReport.Json)!.AsObject());
            foreach (var left in Directory.GetDirectories(Parts, $"*{Making}"))
            {
                Directory.Delete(left, recursive: true);
            }
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    private string Parts => Path.Combine(_folder, "parts");

    public void Dispose() => _lock.Dispose();

    /// <summary>Whether what a folder was begun for is not all there, or another process is at it.</summary>
    public static bool IsUnderWay(string folder) => File.Exists(Path.Combine(folder, SettingsFile))
        && (!File.Exists(Path.Combine(folder, WholeReport)) || IsHeld(Path.Combine(folder, LockFile)));

    /// <summary>What a part holds; null where it was not made yet.</summary>
    /// <exception cref="InvalidDataException">Its file was damaged since.</exception>
    public DistillReport? Report(int part) => Read<DistillReport>(ReportFile(part));

    /// <summary>What was received for a part.</summary>
    public ChatJournal Journal(int part) => new(Path.Combine(_folder, "journal", $"{Name(part)}.jsonl"));

    /// <summary>Makes the files of a part, each whole or not there, the report at last.</summary>
    public void Write(int part, IEnumerable<Rollout> rollouts, IEnumerable<Problem> problems,
        Func<DistillReport> report)
    {
        var making = Path.Combine(Parts, $"{Name(part)}{Making}");
        using (var writer = new RolloutWriter(making, long.MaxValue))
        {
            foreach (var rollout in rollouts)
            {
                writer.Add(rollout);
            }

            writer.Complete();
        }

        var file = Path.Combine(RolloutParts.Folder(_folder), $"part-{Name(part)}.parquet");
        Directory.CreateDirectory(RolloutParts.Folder(_folder));
        if (PartManifest.Of(making) is [var made])
        {
            File.Move(Path.Combine(RolloutParts.Folder(making), made.File), file, overwrite: true);
            PartManifest.Add(RolloutParts.Folder(_folder), made with { File = Path.GetFileName(file) });
        }

        Directory.Delete(making, recursive: true);
        JsonLines.Write(ProblemsFile(part), problems);
        AtomicFile.WriteText(ReportFile(part), JsonSerializer.Serialize(report(), DistillReport.Json) + "\n");
    }

    /// <summary>Writes problems.jsonl and report.json from the parts.</summary>
    public DistillReport Finish(int parts, JsonObject beside, double? pricePerMillion)
    {
        var report = Enumerable.Range(0, parts).Select(Report).OfType<DistillReport>()
            .Aggregate(new DistillReport(), (sum, part) => sum.Plus(part));
        report = report with { Cost = report.Tokens / 1e6 * pricePerMillion };
        AtomicFile.Write(Path.Combine(_folder, "problems.jsonl"), stream =>
        {
            foreach (var file in Enumerable.Range(0, parts).Select(ProblemsFile).Where(File.Exists))
            {
                using var lines = File.OpenRead(file);
                lines.CopyTo(stream);
            }
        });
        var written = JsonSerializer.SerializeToNode(report, DistillReport.Json)!.AsObject();
        foreach (var (name, value) in beside)
        {
            written[name] = value?.DeepClone();
        }

        AtomicFile.WriteText(
            Path.Combine(_folder, WholeReport), written.ToJsonString(DistillReport.Json) + "\n");
        return report;
    }

    private static bool IsHeld(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private void Check(JsonObject settings)
    {
        var path = Path.Combine(_folder, SettingsFile);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, settings.ToJsonString(DistillReport.Json) + "\n");
            return;
        }

        var before = Read<JsonObject>(path)!;
        List<string> changed = [];
        Compare("", before, settings, changed);
        if (changed.Count > 0)
        {
            throw new InvalidDataException($"{_folder} was begun with other settings, whose completions are of no use "
                + $"to these: {Listing.Few(changed, "; ")}. Say the same again to go on, or name another folder.");
        }
    }

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return !File.Exists(path) ? null
                : JsonSerializer.Deserialize<T>(File.ReadAllText(path), DistillReport.Json)
                    ?? throw new JsonException("null is none.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"{path} is damaged: {problem.Message} Restore it; where it is deleted, "
                + "what it counts is asked for again.", problem);
        }
    }

    private static void Compare(string name, JsonNode? before, JsonNode? now, List<string> changed)
    {
        if (before is JsonObject first && now is JsonObject second)
        {
            foreach (var field in first.Concat(second).Select(pair => pair.Key).Distinct())
            {
                Compare(name.Length > 0 ? $"{name}.{field}" : field, first[field], second[field], changed);
            }
        }
        else if (!JsonNode.DeepEquals(before, now))
        {
            changed.Add($"{name} was {Word(before)} and is {Word(now)}");
        }

        static string Word(JsonNode? node) => Listing.Shortened(node?.ToJsonString(DistillReport.Json) ?? "none");
    }

    private string ReportFile(int part) => Path.Combine(Parts, $"{Name(part)}.json");

    private string ProblemsFile(int part) => Path.Combine(Parts, $"{Name(part)}.problems.jsonl");

    private static string Name(int part) => part.ToString("00000", CultureInfo.InvariantCulture);
}
