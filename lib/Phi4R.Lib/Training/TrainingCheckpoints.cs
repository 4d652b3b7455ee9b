using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>
/// What a stage has done so far, kept so that a stage which was stopped anywhere goes on as if it never was.
/// </summary>
/// <remarks>
/// A folder for each checkpoint, written under another name and renamed when it is whole; only then are those removed
/// that <see cref="Retention"/> does not keep, so the last good one always stays. A checkpoint counts only when its
/// list of hashes fits its files: one that was cut or damaged is passed over and the one before it is used. Randomness
/// needs no place here: every stream is made anew from the run's seed and the step.
/// </remarks>
/// <param name="folder">Where they stand.</param>
/// <param name="fingerprint">Of the settings and inputs of the stage; those of others are not used.</param>
/// <param name="interval">
/// Time between two, or twenty times what writing the last one took if that is more, where
/// <see cref="Retention.KeepEvery"/> asks for none; zero keeps each step.
/// </param>
/// <param name="log">Is called with a line on what is used and what is not.</param>
/// <param name="retention">Which stay; <see cref="Retention.NewestTwo"/> by default.</param>
public sealed class TrainingCheckpoints(string folder, string fingerprint, TimeSpan interval,
    Action<string>? log = null, Retention? retention = null)
{
    /// <summary>The file of steps in the folder.</summary>
    internal const string StepsFile = "steps.jsonl";

    private const string WeightsFile = "model.safetensors";
    private const string AdaptersFile = "adapters.safetensors";
    private const string Prefix = "step-";
    private readonly Retention _retention = retention ?? Retention.NewestTwo;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private TimeSpan _writing;

    /// <summary>
    /// Who trains together; all share the folder, and rank 0 writes to it. Checkpoints are the same files whatever
    /// their number, and any number goes on from them.
    /// </summary>
    public ICollective Ranks { get; init; } = SingleProcess.Instance;

    /// <summary>
    /// The answers that this rank sampled since the newest checkpoint: the middle of a step. Each rank has a file.
    /// </summary>
    public CompletionJournal Samples => field ??= new(
        Path.Combine(folder, Ranks.Rank == 0 ? "samples.jsonl" : $"samples-rank{Ranks.Rank}.jsonl"), log);

    /// <summary>
    /// The file of the steps done so far, a JSON line each, written when a step is done: for who follows a run, and for
    /// what is left of one that was killed.
    /// </summary>
    public string StepsPath { get; } = Path.Combine(folder, StepsFile);

    /// <summary>Checkpoints that <see cref="Restore"/> found damaged and passed over.</summary>
    public int Damaged { get; private set; }

    /// <summary>Restores the newest whole checkpoint of this stage, if there is one.</summary>
    /// <param name="reports">Receives the reports of the steps done, in order.</param>
    /// <param name="progress">
    /// Told of them again, so that who watches a run that goes on sees it from its start.
    /// </param>
    /// <param name="beside">Given the folder of the checkpoint, for what the stage wrote there itself.</param>
    /// <returns>The first step that is still to be done; 0 without a checkpoint.</returns>
    public int Restore<TReport>(LanguageModel model, Optimizer optimizer, ICollection<TReport> reports,
        IProgress<TReport>? progress = null, Action<int, string>? beside = null)
        where TReport : class
    {
        var next = Ranks.FromLead(() => Kept().OrderDescending().FirstOrDefault(IsWhole));
        if (next == 0)
        {
            ForgetSteps();
            return 0;
        }

        if (model.Adapters is null)
        {
            Weights.Load(model, Path.Combine(Home(next), WeightsFile));
        }
        else
        {
            Fill(Learned(model), Path.Combine(Home(next), AdaptersFile)); // What is frozen is as the stage found it.
        }

        var state = SafeTensors.Read(Path.Combine(Home(next), "optimizer.safetensors"));
        optimizer.Load(state);
        foreach (var value in state.Values)
        {
            value.Dispose();
        }

        foreach (var report in JsonSerializer.Deserialize<List<TReport>>(
            File.ReadAllBytes(Path.Combine(Home(next), "reports.json")))!)
        {
            reports.Add(report);
            progress?.Report(report);
        }

        beside?.Invoke(next, Home(next));
        if (IsLead)
        {
            JsonLines.Write(StepsPath, reports); // Those after the checkpoint are done again.
        }

        log?.Invoke($"goes on at step {next}, from the last checkpoint");
        return next;
    }

    /// <summary>
    /// Writes down a step that is done, and keeps the state after it if enough time has passed since the last one was
    /// kept, the retention rule wants this one, or the run is to stop.
    /// </summary>
    /// <param name="reports">Of all steps, the last one that of this step.</param>
    /// <param name="beside">
    /// Given the folder that is being written, for what else the stage needs to go on; the checkpoint vouches for it.
    /// </param>
    /// <param name="ahead">
    /// Steps whose answers are sampled before their turn: what was sampled of them is kept over the checkpoint.
    /// </param>
    /// <param name="cancel">Whether the run stops after this step.</param>
    /// <exception cref="IOException">
    /// The disk is full or cannot be written; the checkpoints before this one are untouched.
    /// </exception>
    public void Offer<TReport>(int nextStep, LanguageModel model, Optimizer optimizer, IReadOnlyList<TReport> reports,
        Action<string>? beside = null, int ahead = 0, CancellationToken cancel = default)
        where TReport : class
    {
        if (IsLead)
        {
            JsonLines.Append(StepsPath, reports[^1]);
        }

        var isDue = IsLead && (_sinceLast.Elapsed >= Due || _retention.ForGood(nextStep));
        if (!Ranks.Any(isDue || cancel.IsCancellationRequested))
        {
            return;
        }

        if (IsLead)
        {
            Keep(nextStep, model, optimizer, reports, beside);
        }
        else
        {
            GiveState(optimizer);
        }

        Samples.Forget(ahead);
    }

    // To rank 0, which asks for it too, without keeping any of it.
    private static void GiveState(Optimizer optimizer)
    {
        using var state = optimizer.State.GetEnumerator();
        for (var more = true; more;)
        {
            using var scope = NewDisposeScope();
            more = state.MoveNext();
        }
    }

    private void Keep<TReport>(int nextStep, LanguageModel model, Optimizer optimizer, IReadOnlyList<TReport> reports,
        Action<string>? beside)
        where TReport : class
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var (home, part) = (Home(nextStep), Unfinished);
        Remove(part);
        Directory.CreateDirectory(part);
        SafeTensors.Write(Path.Combine(part, model.Adapters is null ? WeightsFile : AdaptersFile), [.. Learned(model)],
            durable: false);
        SafeTensors.Write(Path.Combine(part, "optimizer.safetensors"), [.. optimizer.State], durable: false);
        AtomicFile.Write(Path.Combine(part, "reports.json"), stream => JsonSerializer.Serialize(stream, reports),
            durable: false);
        beside?.Invoke(part);
        CheckpointManifest.Write(part, nextStep, fingerprint);

        // What stands under this name is damaged or of other settings: a whole one would have been gone on from.
        Remove(home);
        Directory.Move(part, home);
        Prune(nextStep);
        _writing = clock.Elapsed;
        _sinceLast.Restart();
    }

    /// <summary>
    /// Removes the checkpoints, but for those that are kept for good, once the stage's result stands elsewhere.
    /// </summary>
    public void Clear()
    {
        Samples.Clear();
        Ranks.Wait();
        if (!IsLead)
        {
            return;
        }

        foreach (var step in Kept().Where(step => !_retention.ForGood(step)).ToList())
        {
            Remove(Home(step));
        }

        Remove(Unfinished);
        ForgetSteps();
        if (Directory.Exists(folder) && !Kept().Any())
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Of a run of large weights, whose checkpoints take long to write, they are further apart: a twentieth of its time
    // goes into them at the most. Without an interval each step is kept.
    private TimeSpan Due => interval == TimeSpan.Zero || interval > 20 * _writing ? interval : 20 * _writing;

    private bool IsLead => Ranks.Rank == 0;

    private void ForgetSteps()
    {
        if (IsLead && File.Exists(StepsPath))
        {
            File.Delete(StepsPath);
        }
    }

    // Those after the newest are from before a fall back to it, and damaged.
    private void Prune(int newest)
    {
        var last = Kept().Where(step => step <= newest).OrderDescending().Take(_retention.KeepLast).ToHashSet();
        foreach (var step in Kept().Where(step => step > newest || !(last.Contains(step) || _retention.ForGood(step)))
            .ToList())
        {
            Remove(Home(step));
        }
    }

    private static IEnumerable<(string Name, Tensor Value)> Learned(LanguageModel model) =>
        model.Adapters?.Matrices.Select(pair => (pair.Name, (Tensor)pair.Weight)) ?? model.MergedWeights;

    private static void Fill(IEnumerable<(string Name, Tensor Value)> tensors, string path)
    {
        using var frozen = no_grad();
        var saved = SafeTensors.Read(path);
        foreach (var (name, value) in tensors)
        {
            value.copy_(saved[name]);
        }

        foreach (var value in saved.Values)
        {
            value.Dispose();
        }
    }

    private string Unfinished => Path.Combine(folder, "unfinished.part");

    private string Home(int step) => Path.Combine(folder, $"{Prefix}{step:D8}");

    // The steps after which there are checkpoints, whole or not.
    private IEnumerable<int> Kept() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder, Prefix + "*")
            .Select(
                path =>
                    int.TryParse(Path.GetFileName(path)[Prefix.Length..], CultureInfo.InvariantCulture, out var step)
                        ? step
                        : 0).Where(step => step > 0)
        : [];

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private bool IsWhole(int step)
    {
        var name = $"the checkpoint after step {step}";
        switch (CheckpointManifest.FaultOf(Home(step), step, fingerprint))
        {
            case null:
                return true;
            case CheckpointManifest.OtherSettings:
                log?.Invoke($"{name} belongs to other settings and is not used");
                return false;
            case var fault:
                Damaged++;
                log?.Invoke($"{name} is damaged ({fault}) and is not used; the one before it is, if there is one");
                return false;
        }
    }
}
