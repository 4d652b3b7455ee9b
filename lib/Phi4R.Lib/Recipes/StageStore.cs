using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>The finished result of a stage: a folder, and what it was made from.</summary>
/// <param name="Fingerprint">Of the stage's settings and of all that went into it.</param>
/// <param name="Seconds">That making it took, in all tries together.</param>
public sealed record StageRecord(string Stage, string Fingerprint, string Folder, double Seconds)
{
    /// <summary>What the stage left out, cut or skipped.</summary>
    public IReadOnlyList<LedgerLine> Ledger => ReadLines<LedgerLine>(StageStore.LedgerFile);

    internal T Read<T>(string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(Folder, file)), StageStore.Json)!;

    internal IReadOnlyList<T> ReadLines<T>(string file)
        where T : class => [.. JsonLines.Read<T>(Path.Combine(Folder, file))];
}

/// <summary>What making a stage's result works with.</summary>
/// <param name="Folder">Where the result's files go.</param>
/// <param name="Checkpoints">Where what was done so far is kept.</param>
/// <param name="Ledger">What was left out; kept as ledger.jsonl beside the result.</param>
internal sealed record StageWork(string Folder, Checkpoints Checkpoints, Ledger Ledger)
{
    /// <summary>The file of a stage's steps.</summary>
    public const string StepsFile = Checkpoints.StepsFile;

    /// <summary>The file of a stage's weights.</summary>
    public const string WeightsFile = "model.safetensors";

    public void Write<T>(string file, T value) => AtomicFile.WriteText(Path.Combine(Folder, file), JsonSerializer.Serialize(value, StageStore.Json));

    public void WriteLines<T>(string file, IEnumerable<T> records)
        where T : class => JsonLines.Write(Path.Combine(Folder, file), records);

    /// <summary>A stage's steps; those that were skipped stand in the ledger too.</summary>
    public void WriteSteps<TReport>(IReadOnlyList<TReport> reports)
        where TReport : class, IStepReport
    {
        WriteLines(StepsFile, reports);
        Ledger.Add("updates", reports.Sum(report => (long)report.Skipped), "their gradient was not finite; they changed nothing");
    }

    /// <summary>The weights, and beside them the sizes, the rope policy, and where it is Phi-4-mini's the tokenizer and the chat template that they were trained with; adapters are kept in a folder of their own and merged.</summary>
    public void WriteModel(LanguageModel model, ITokenizer tokenizer)
    {
        model.Adapters?.Save(Path.Combine(Folder, "adapter"));
        model.Adapters?.Merge();
        Weights.Save(model, Path.Combine(Folder, WeightsFile));
        var held = model.Masters is null ? model.HeadWeight.dtype : ScalarType.Float32;
        ModelExport.WriteConfig(model.Config, Folder, tokenizer.EndOfText, tokenizer.StopIds, held);
        if (tokenizer is Phi4MiniTokenizer)
        {
            TokenizerExport.Write(Folder, tokenizer.System == ChatTemplate.Reasoning.System ? ChatTemplate.Reasoning : ChatTemplate.Instruct);
        }
    }
}

/// <summary>Finished stages in a folder, each under a fingerprint of its settings and inputs, so that nothing is made twice or taken for something else.</summary>
internal sealed class StageStore(string root, Action<string> say)
{
    /// <summary>The file in each stage's folder that tells what was left out.</summary>
    public const string LedgerFile = "ledger.jsonl";

    /// <summary>The folder of an unfinished stage in which its checkpoints stand.</summary>
    public const string CheckpointsFolder = "checkpoints";

    // What opening a file that another process holds gives: EWOULDBLOCK on Linux, and Windows' own code.
    private const int WouldBlock = 11;
    private const int SharingViolation = unchecked((int)0x80070020);
    private readonly Dictionary<string, StageRecord> _known = new(StringComparer.Ordinal);

    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        Converters = { new NamedEnum() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Takes a finished stage, or makes it.</summary>
    /// <param name="settings">Everything that the result depends on besides the inputs; written down as JSON.</param>
    /// <param name="make">Makes the result's files.</param>
    /// <param name="retention">Which checkpoints stay, where the stage writes any.</param>
    public StageRecord Take(string stage, object settings, IReadOnlyList<StageRecord> inputs, Action<StageWork> make, Retention? retention = null)
    {
        var written = JsonSerializer.Serialize(settings, Json);
        var fingerprint = Fingerprint(stage, written, inputs);
        if (_known.TryGetValue(fingerprint, out var known))
        {
            return known;
        }

        var folder = Path.Combine(root, $"{stage}-{fingerprint[..10]}");
        if (Finished(folder, fingerprint) is { } manifest)
        {
            return Taken(manifest);
        }

        // Two processes may want the same stage, such as a run that was started again while the old one still works.
        using var alone = Alone(stage, folder + ".lock");
        if (Finished(folder, fingerprint) is { } meanwhile)
        {
            return Taken(meanwhile);
        }

        var work = folder + ".part";
        Directory.CreateDirectory(work);
        var checkpoints = new Checkpoints(Path.Combine(work, CheckpointsFolder), fingerprint, CheckpointInterval(), text => say($"{stage}: {text}"), retention);
        var ledger = new Ledger(stage);
        double seconds;
        using (var spent = new SpentTime(Path.Combine(work, "seconds")))
        {
            make(new StageWork(work, checkpoints, ledger));
            seconds = spent.Finish();
        }

        ledger.Add("answers", checkpoints.Samples.Dropped, "kept from before a stop and not whole; drawn again");
        ledger.Add("checkpoints", checkpoints.Damaged, "damaged when the stage was gone on with; the one before was used");
        JsonLines.Write(Path.Combine(work, LedgerFile), ledger.Lines);
        checkpoints.Clear();
        var hashes = Results(work).ToDictionary(name => name, name => Hash(Path.Combine(work, name)), StringComparer.Ordinal);
        var record = new StageManifest(stage, fingerprint, JsonDocument.Parse(written).RootElement, [.. inputs.Select(input => $"{input.Stage} {input.Fingerprint}")], seconds, hashes, RunFacts.Here);
        AtomicFile.WriteText(Path.Combine(work, StageManifest.File), JsonSerializer.Serialize(record, Json));
        Directory.Move(work, folder);
        return _known[fingerprint] = new StageRecord(stage, fingerprint, folder, record.Seconds);

        StageRecord Taken(StageManifest finished)
        {
            say($"{stage}: settings and inputs have not changed; taken from {Path.GetFileName(folder)} (it took {finished.Seconds:F1} s to make).");
            return _known[fingerprint] = new StageRecord(stage, fingerprint, folder, finished.Seconds);
        }
    }

    private FileStream Alone(string stage, string path)
    {
        Directory.CreateDirectory(root);
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException exception) when (exception.HResult is WouldBlock or SharingViolation)
            {
                if (!told)
                {
                    say($"{stage}: another process is at it; waiting until it is done ({Path.GetFileName(path)} is held).");
                }

                Thread.Sleep(200);
            }
        }
    }

    // Two seconds, unless PHI4R_CHECKPOINT_SECONDS says otherwise; when a checkpoint is written changes nothing but what a kill can cost.
    private static TimeSpan CheckpointInterval()
    {
        var set = Environment.GetEnvironmentVariable("PHI4R_CHECKPOINT_SECONDS");
        return string.IsNullOrEmpty(set) ? TimeSpan.FromSeconds(2)
            : double.TryParse(set, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6 ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException($"PHI4R_CHECKPOINT_SECONDS is '{set}'; it must be seconds of 0 or more.");
    }

    /// <summary>Hash of a stage's name, settings and inputs.</summary>
    private static string Fingerprint(string stage, string settings, IReadOnlyList<StageRecord> inputs)
    {
        var all = string.Join("\n", [stage, settings, .. inputs.Select(input => input.Fingerprint)]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    // A folder whose files are not those that were written is set aside, named, and made again.
    private StageManifest? Finished(string folder, string fingerprint)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        string fault;
        try
        {
            var record = JsonSerializer.Deserialize<StageManifest>(File.ReadAllBytes(Path.Combine(folder, StageManifest.File)), Json);
            if (record?.Hashes is null)
            {
                throw new JsonException($"{StageManifest.File} has no hashes.");
            }

            var wrong = record.Hashes.Where(pair => !File.Exists(Path.Combine(folder, pair.Key)) || Hash(Path.Combine(folder, pair.Key)) != pair.Value).Select(pair => pair.Key).ToList();
            if (record.Fingerprint == fingerprint && wrong.Count == 0)
            {
                return record;
            }

            fault = record.Fingerprint == fingerprint ? $"{string.Join(", ", wrong)} is missing or not what was written" : $"{StageManifest.File} is of another stage";
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            fault = exception.Message;
        }

        var aside = folder;
        for (var i = 1; Directory.Exists(aside); i++)
        {
            aside = $"{folder}.damaged-{i}";
        }

        Directory.Move(folder, aside);
        say($"{Path.GetFileName(folder)}: {fault}. It was set aside as {Path.GetFileName(aside)} and is made again.");
        return null;
    }

    // Names of the result's files, those in folders too; checkpoints that are kept vouch for themselves.
    private static IEnumerable<string> Results(string work) => Directory.GetFiles(work, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(work, path).Replace(Path.DirectorySeparatorChar, '/'))
        .Where(name => name != StageManifest.File && !name.StartsWith(CheckpointsFolder + "/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
