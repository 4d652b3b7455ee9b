using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>The finished result of a stage: a folder, and what it was made from.</summary>
/// <param name="Fingerprint">Of the stage's settings and of all that went into it.</param>
/// <param name="Seconds">That making it took, in all tries together.</param>
public sealed record StageRecord(string Stage, string Fingerprint, string Folder, double Seconds)
{
    /// <summary>Hash of the result's weights and data, by which the stages after it know it.</summary>
    public required string Content { get; init; }

    /// <summary>What the keys of the stages after it hold.</summary>
    internal string Named => $"{Stage} {Content}";

    /// <summary>What the stage left out, cut or skipped.</summary>
    public IReadOnlyList<LedgerLine> Ledger => ReadLines<LedgerLine>(StageStore.LedgerFile);

    /// <summary>A value of the result that was written as JSON.</summary>
    public T Read<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(Folder, file)), JsonFormat.Indented)!;

    /// <summary>Values of the result that were written one a line.</summary>
    public IReadOnlyList<T> ReadLines<T>(string file)
        where T : class => [.. JsonLines.Read<T>(Path.Combine(Folder, file))];
}

/// <summary>What making a stage's result works with.</summary>
/// <param name="Folder">Where the result's files go.</param>
/// <param name="Checkpoints">Where what was done so far is kept.</param>
/// <param name="Ledger">What was left out; kept as ledger.jsonl beside the result.</param>
internal sealed record StageWork(string Folder, TrainingCheckpoints Checkpoints, Ledger Ledger)
{
    /// <summary>The file of a stage's steps.</summary>
    public const string StepsFile = TrainingCheckpoints.StepsFile;

    /// <summary>
    /// Whether the folder is the stage's; otherwise another rank keeps the result, and what is written here is removed.
    /// </summary>
    public bool IsKept { get; init; } = true;

    /// <summary>The file of a stage's weights.</summary>
    public const string WeightsFile = "model.safetensors";

    public void Write<T>(string file, T value) =>
        AtomicFile.WriteText(Path.Combine(Folder, file), JsonSerializer.Serialize(value, JsonFormat.Indented));

    public void WriteLines<T>(string file, IEnumerable<T> records)
        where T : class => JsonLines.Write(Path.Combine(Folder, file), records);

    /// <summary>A stage's steps; those that were skipped stand in the ledger too.</summary>
    public void WriteSteps<TReport>(IReadOnlyList<TReport> reports)
        where TReport : class, IStepReport
    {
        WriteLines(StepsFile, reports);
        Ledger.Add("updates", reports.Sum(report => (long)report.Skipped),
            "their gradient was not finite; they changed nothing");
    }

    /// <summary>
    /// The weights, and beside them the sizes, the rope policy, and where it is Phi-4-mini's the tokenizer and the chat
    /// template that they were trained with; adapters are kept in a folder of their own and merged.
    /// </summary>
    public void WriteModel(LanguageModel model, ITokenizer tokenizer)
    {
        if (!IsKept)
        {
            return; // Gigabytes, perhaps.
        }

        if (model.Adapters is { } adapters)
        {
            AdapterFiles.Save(adapters, Path.Combine(Folder, "adapter"));
        }

        model.Adapters?.Merge();
        Weights.Save(model, Path.Combine(Folder, WeightsFile));
        var held = model.MasterWeights is null ? model.HeadWeight.dtype : ScalarType.Float32;
        ModelExport.WriteConfig(model.Config, Folder, tokenizer.EndOfText, tokenizer.StopIds, held);
        if (tokenizer is Phi4MiniTokenizer)
        {
            TokenizerExport.Write(Folder, tokenizer.System == ChatTemplate.Reasoning.System
                ? ChatTemplate.Reasoning
                : ChatTemplate.Instruct);
        }
    }
}

/// <summary>
/// Finished stages in a folder, each under a fingerprint of its settings and inputs, so that nothing is made twice or
/// taken for something else.
/// </summary>
/// <param name="ranks">
/// The processes that make stages together: all ask for the same ones in the same order, and rank 0 looks and writes.
/// </param>
internal sealed class StageStore(string root, Action<string> log, ICollective? ranks = null)
{
    /// <summary>The file in each stage's folder that tells what was left out.</summary>
    public const string LedgerFile = "ledger.jsonl";

    /// <summary>The folder of an unfinished stage in which its checkpoints stand.</summary>
    public const string CheckpointsFolder = "checkpoints";

    private const string Unfinished = ".part";

    // What opening a file that another process holds gives: EWOULDBLOCK on Linux, and Windows' own code.
    private const int WouldBlock = 11;
    private const int SharingViolation = unchecked((int)0x80070020);
    private readonly Dictionary<string, StageRecord> _known = new(StringComparer.Ordinal);

    /// <summary>The processes that make stages together.</summary>
    public ICollective Ranks { get; } = ranks ?? SingleProcess.Instance;

    private bool IsLead => Ranks.Rank == 0;

    /// <summary>Takes a finished stage, or makes it.</summary>
    /// <param name="settings">Everything that the result depends on besides the inputs; written down as JSON.</param>
    /// <param name="make">Makes the result's files.</param>
    /// <param name="retention">Which checkpoints stay, where the stage writes any.</param>
    public StageRecord Take(string stage, object settings, IReadOnlyList<StageRecord> inputs, Action<StageWork> make,
        Retention? retention = null)
    {
        var written = JsonSerializer.Serialize(settings, JsonFormat.Indented);
        var fingerprint = Fingerprint(stage, written, inputs);
        if (_known.TryGetValue(fingerprint, out var known))
        {
            return known;
        }

        var folder = Path.Combine(root, $"{stage}-{fingerprint[..10]}");
        if (Ranks.FromLead(() => Done.Of(Finished(folder, fingerprint, out _))) is { } there)
        {
            return Taken(there);
        }

        // Two processes may want the same stage, such as a run that was started again while the old one still works.
        var lockFile = folder + ".lock";
        using var alone = IsLead ? Alone(stage, lockFile) : null;
        string? fault = null;
        if (Ranks.FromLead(() => Done.Of(Finished(folder, fingerprint, out fault))) is { } meanwhile)
        {
            if (IsLead)
            {
                File.Delete(lockFile); // Whoever waits for it finds the stage finished too.
            }

            return Taken(meanwhile);
        }

        if (fault is not null)
        {
            SetAside(folder, fault);
        }

        if (!IsLead)
        {
            Help(stage, fingerprint, folder + Unfinished, make, retention);
        }

        return _known[fingerprint] = Record(Ranks.FromLead(() =>
        {
            var made = Make(stage, fingerprint, written, inputs, folder + Unfinished, make, retention);
            Directory.Move(folder + Unfinished, folder);
            File.Delete(lockFile);
            return Done.Of(made)!;
        }));

        StageRecord Taken(Done finished)
        {
            log($"{stage}: settings and inputs have not changed; "
                + $"taken from {Path.GetFileName(folder)} (it took {finished.Seconds:F1} s to make).");
            return _known[fingerprint] = Record(finished);
        }

        StageRecord Record(Done finished) =>
            new(stage, fingerprint, folder, finished.Seconds) { Content = finished.Content };
    }

    // What all ranks are given of a finished stage.
    private sealed record Done(double Seconds, string Content)
    {
        public static Done? Of(StageManifest? manifest) =>
            manifest is null ? null : new(manifest.Seconds, manifest.Content);
    }

    // Another rank than the first makes the stage too, and keeps nothing.
    private void Help(string stage, string fingerprint, string work, Action<StageWork> make, Retention? retention)
    {
        var scratch = Directory.CreateTempSubdirectory("phi4r-rank-").FullName;
        try
        {
            Ranks.Wait();
            var checkpoints = Checkpoints(stage, fingerprint, work, retention);
            make(new StageWork(scratch, checkpoints, new Ledger(stage)) { IsKept = false });
            checkpoints.Clear();
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private TrainingCheckpoints Checkpoints(string stage, string fingerprint, string work, Retention? retention) =>
        new(Path.Combine(work, CheckpointsFolder), fingerprint,
            TimeSpan.FromSeconds(HostOptions.Current.CheckpointSeconds), text => log($"{stage}: {text}"), retention)
        {
            Ranks = Ranks,
        };

    private StageManifest Make(
        string stage,
        string fingerprint,
        string written,
        IReadOnlyList<StageRecord> inputs,
        string work,
        Action<StageWork> make,
        Retention? retention)
    {
        var settings = JsonDocument.Parse(written).RootElement;
        if (!Directory.Exists(work) && StageReason.Of(root, stage, settings, inputs) is { } reason)
        {
            log($"{stage}: is made again, since {reason}.");
        }

        Directory.CreateDirectory(work);
        foreach (var half in Directory.GetFiles(work, "*" + AtomicFile.Unfinished, SearchOption.AllDirectories))
        {
            File.Delete(half); // Of a process that was killed while it wrote.
        }

        Ranks.Wait(); // The others write their samples there.
        var checkpoints = Checkpoints(stage, fingerprint, work, retention);
        var ledger = new Ledger(stage);
        double seconds;
        using (var spent = new SpentTime(Path.Combine(work, "seconds")))
        {
            make(new StageWork(work, checkpoints, ledger));
            seconds = spent.Finish();
        }

        ledger.Add("answers", checkpoints.Samples.Dropped, "kept from before a stop and not whole; drawn again");
        ledger.Add("checkpoints", checkpoints.Damaged, "damaged when the stage was gone on with; the one "
            + "before was used");
        JsonLines.Write(Path.Combine(work, LedgerFile), ledger.Lines);
        checkpoints.Clear();
        var hashes = Results(work).ToDictionary(name => name, name => Hash(Path.Combine(work, name)),
            StringComparer.Ordinal);
        var manifest = new StageManifest(
            stage, fingerprint, settings, [.. inputs.Select(input => input.Named)], seconds, hashes, RunFacts.Here)
        {
            Ranks = Ranks.Size,
        };
        manifest.Write(work);
        return manifest;
    }

    // The file goes when the stage is finished and not before: one that goes while two wait for it may be held by both,
    // as two files of one name.
    private FileStream Alone(string stage, string path)
    {
        Directory.CreateDirectory(root);
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException exception) when (exception.HResult is WouldBlock or SharingViolation)
            {
                if (!told)
                {
                    log($"{stage}: another process is at it; waiting until it is done "
                        + $"({Path.GetFileName(path)} is held).");
                }

                Thread.Sleep(200);
            }
        }
    }

    /// <summary>
    /// Hash of a stage's name and settings and of what its inputs hold: inputs that were made again and came out the
    /// same change nothing after them.
    /// </summary>
    private static string Fingerprint(string stage, string settings, IReadOnlyList<StageRecord> inputs)
    {
        var all = string.Join("\n", ["keys of contents", stage, settings, .. inputs.Select(input => input.Named)]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    // Null where there is none, or with a fault where its files are not those that were written.
    private static StageManifest? Finished(string folder, string fingerprint, out string? fault)
    {
        fault = null;
        if (!Directory.Exists(folder))
        {
            return null;
        }

        try
        {
            var manifest = StageManifest.Read(folder);
            var wrong = manifest.Hashes.Where(file => !Holds(Path.Combine(folder, file.Key), file.Value))
                .Select(file => file.Key).ToList();
            fault = manifest.Fingerprint != fingerprint ? $"{StageManifest.File} is of another stage"
                : manifest.Seal is null ? $"{StageManifest.File} has no seal"
                : wrong.Count > 0 ? $"{string.Join(", ", wrong)} is missing or not what was written"
                : null;
            return fault is null ? manifest : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            fault = exception.Message;
            return null;
        }

        static bool Holds(string path, string hash) => File.Exists(path) && Hash(path) == hash;
    }

    private void SetAside(string folder, string fault)
    {
        var aside = folder;
        for (var i = 1; Directory.Exists(aside); i++)
        {
            aside = $"{folder}.damaged-{i}";
        }

        Directory.Move(folder, aside);
        log($"{Path.GetFileName(folder)}: {fault}. It was set aside as {Path.GetFileName(aside)} and is made again.");
    }

    // Names of the result's files, those in folders too; checkpoints that are kept vouch for themselves.
    private static IEnumerable<string> Results(string work) =>
        Directory.GetFiles(work, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(work, path).Replace(Path.DirectorySeparatorChar, '/'))
        .Where(name => name != StageManifest.File
            && !name.StartsWith(CheckpointsFolder + "/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
