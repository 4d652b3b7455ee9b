using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Native;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// Finished stages in a folder, each under a fingerprint of its settings and inputs, so that nothing is made twice or
/// taken for something else.
/// </summary>
/// <param name="ranks">
/// The processes that make stages together: all ask for the same ones in the same order, and rank 0 looks and writes.
/// </param>
/// <param name="hashes">Tells what files hold; null: one of its own, which keeps nothing for later processes.</param>
internal sealed class StageStore(
    string root, Action<string> log, ICollective? ranks = null, FileHashes? hashes = null)
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

    private readonly FileHashes _hashes = hashes ?? new();

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
            foreach (var (name, hash) in made.Hashes)
            {
                _hashes.Learn(Path.Combine(folder, name), hash);
            }

            File.Delete(lockFile);
            return Done.Of(made)!;
        }));

        StageRecord Taken(Done finished)
        {
            log(new TakenLine(stage, Path.GetFileName(folder), finished.Seconds).ToString());
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

        ledger.Add("answers", checkpoints.Samples.Dropped, "kept from before a stop and not whole; sampled again");
        ledger.Add("checkpoints", checkpoints.Damaged, "damaged when the stage was gone on with; the one "
            + "before was used");
        JsonLines.Write(Path.Combine(work, LedgerFile), ledger.Lines);
        checkpoints.Clear();
        var hashes = Results(work).ToDictionary(name => name, name => FileHashes.Hash(Path.Combine(work, name)),
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
    private StageManifest? Finished(string folder, string fingerprint, out string? fault)
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

        bool Holds(string path, string hash) => File.Exists(path) && _hashes.Of(path) == hash;
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
}
