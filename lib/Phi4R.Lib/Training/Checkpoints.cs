using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Training;

/// <summary>What a stage has done so far, kept so that a stage which was stopped anywhere goes on as if it never was.</summary>
/// <remarks>
/// Two slots take turns: while one is written the other stays whole. A slot counts only when its list of hashes fits its files, so a
/// slot that was cut or damaged is passed over and the other is used. Randomness needs no place here: every stream is made anew from
/// the run's seed and the step.
/// </remarks>
public sealed class Checkpoints(string folder, string fingerprint, TimeSpan interval, Action<string>? say = null)
{
    private const string Manifest = "checkpoint.json";
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private int _slot;

    /// <summary>Restores the newest whole checkpoint of this stage, if there is one.</summary>
    /// <param name="reports">Receives the reports of the steps done, in order.</param>
    /// <returns>The first step that is still to be done; 0 without a checkpoint.</returns>
    public int Restore<TReport>(LanguageModel model, Optimizer optimizer, ICollection<TReport> reports)
    {
        foreach (var (slot, state) in Enumerable.Range(0, 2).Select(slot => (slot, ReadManifest(slot))).Where(pair => pair.Item2 is not null).OrderByDescending(pair => pair.Item2!.NextStep))
        {
            Weights.Load(model, Path.Combine(Slot(slot), "model.safetensors"));
            using (no_grad())
            {
                var saved = SafeTensors.Read(Path.Combine(Slot(slot), "optimizer.safetensors"));
                foreach (var (name, value) in optimizer.State)
                {
                    value.copy_(saved[name]);
                }

                foreach (var value in saved.Values)
                {
                    value.Dispose();
                }
            }

            foreach (var report in JsonSerializer.Deserialize<List<TReport>>(File.ReadAllBytes(Path.Combine(Slot(slot), "reports.json")))!)
            {
                reports.Add(report);
            }

            _slot = 1 - slot;
            say?.Invoke($"goes on at step {state!.NextStep}, from the last checkpoint");
            return state!.NextStep;
        }

        return 0;
    }

    /// <summary>Keeps the state after a step, if enough time has passed since the last one was kept.</summary>
    public void Offer<TReport>(int nextStep, LanguageModel model, Optimizer optimizer, IReadOnlyCollection<TReport> reports)
    {
        if (_sinceLast.Elapsed < interval)
        {
            return;
        }

        var home = Slot(_slot);
        Directory.CreateDirectory(home);
        File.Delete(Path.Combine(home, Manifest));
        Weights.Save(model, Path.Combine(home, "model.safetensors"), durable: false);
        SafeTensors.Write(Path.Combine(home, "optimizer.safetensors"), [.. optimizer.State], durable: false);
        AtomicFile.Write(Path.Combine(home, "reports.json"), stream => JsonSerializer.Serialize(stream, reports), durable: false);
        var hashes = Directory.GetFiles(home).Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path), Hash, StringComparer.Ordinal);
        var state = new State(nextStep, fingerprint, hashes, "").Sealed();
        AtomicFile.Write(Path.Combine(home, Manifest), stream => JsonSerializer.Serialize(stream, state), durable: false);
        _slot = 1 - _slot;
        _sinceLast.Restart();
    }

    /// <summary>Removes all checkpoints, once the stage's result stands elsewhere.</summary>
    public void Clear()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Slot(int slot) => Path.Combine(folder, slot == 0 ? "a" : "b");

    private State? ReadManifest(int slot)
    {
        var path = Path.Combine(Slot(slot), Manifest);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var state = JsonSerializer.Deserialize<State>(File.ReadAllBytes(path));
            if (state?.Hashes is null || state.Seal != state.Sealed().Seal)
            {
                say?.Invoke($"the checkpoint in {Slot(slot)} is damaged ({Manifest} is not what was written) and is not used");
                return null;
            }

            if (state.Fingerprint != fingerprint)
            {
                say?.Invoke($"checkpoint {Path.GetFileName(Slot(slot))} belongs to other settings and is not used");
                return null;
            }

            foreach (var (name, hash) in state.Hashes)
            {
                if (Hash(Path.Combine(Slot(slot), name)) != hash)
                {
                    say?.Invoke($"checkpoint {Path.GetFileName(Slot(slot))} is damaged ({name} has another hash than when it was written) and is not used");
                    return null;
                }
            }

            return state;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            say?.Invoke($"checkpoint {Path.GetFileName(Slot(slot))} cannot be read ({exception.Message}) and is not used");
            return null;
        }
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // The manifest vouches for the other files; its seal vouches for itself.
    private sealed record State(int NextStep, string Fingerprint, Dictionary<string, string> Hashes, string Seal)
    {
        public State Sealed() => this with
        {
            Seal = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { NextStep, Fingerprint, Hashes }))),
        };
    }
}
