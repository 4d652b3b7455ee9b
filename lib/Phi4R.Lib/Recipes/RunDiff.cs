using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Recipes;

/// <summary>Why two runs differ: settings, seed, versions, machine, code, data, and the first step that is not the same.</summary>
/// <param name="Verdict">In a sentence: whether they differ, where first, and because of what.</param>
/// <param name="Lines">Everything that differs, the most telling first.</param>
public sealed record RunDiff(string Verdict, IReadOnlyList<string> Lines)
{
    private const string Steps = StageWork.StepsFile;

    /// <summary>Compares two runs' folders; where one holds only a record (run.json), the records.</summary>
    /// <exception cref="InvalidDataException">A folder holds neither stages nor a record, or one of them cannot be read.</exception>
    public static RunDiff Of(string first, string second)
    {
        var (a, b) = (Stages(first), Stages(second));
        return a.Count > 0 && b.Count > 0 ? OfStages(a, b) : OfRecords(RunRecord.Read(first), RunRecord.Read(second));
    }

    private static IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> Stages(string run)
    {
        if (!Directory.Exists(run))
        {
            throw new InvalidDataException($"{run} is not a folder; name the folders of two runs.");
        }

        var stages = StageManifest.OfRun(run);
        return stages.Count > 0 || File.Exists(Path.Combine(run, "run.json")) ? stages
            : throw new InvalidDataException($"{run} holds no finished stage and no run.json; it is not the folder of a run.");
    }

    private static RunDiff OfStages(IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> first, IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> second)
    {
        List<string> lines = [];
        string? parting = null;
        HashSet<string> around = new(StringComparer.Ordinal);
        var names = first.Keys.Union(second.Keys).OrderBy(Order).ThenBy(name => name, StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if (!first.TryGetValue(name, out var a) || !second.TryGetValue(name, out var b))
            {
                lines.Add($"{name}: only in the {(first.ContainsKey(name) ? "first" : "second")} run");
                continue;
            }

            List<string> causes = [.. Settings(a.Manifest.Settings, b.Manifest.Settings)];
            List<string> others = [.. Facts(a.Manifest.Made, b.Manifest.Made)];
            foreach (var other in others.Where(around.Add))
            {
                lines.Add(other);
            }

            var results = a.Manifest.Hashes.Keys.Union(b.Manifest.Hashes.Keys).Where(file => file != Steps && a.Manifest.Hashes.GetValueOrDefault(file) != b.Manifest.Hashes.GetValueOrDefault(file)).Order(StringComparer.Ordinal).ToList();
            var step = FirstStep(Path.Combine(a.Folder, Steps), Path.Combine(b.Folder, Steps));
            if (causes.Count == 0 && results.Count == 0 && step is null)
            {
                continue;
            }

            lines.AddRange(causes.Select(cause => $"{name}: {cause}"));
            lines.AddRange(step is null ? [] : [$"{name}: {step}"]);
            lines.AddRange(results.Count == 0 ? [] : [$"{name}: other {string.Join(", ", results.Select(What))}"]);

            // Where the same came out in spite of a setting, the runs have not parted.
            if (parting is null && (results.Count > 0 || step is not null))
            {
                var inputs = a.Manifest.Inputs.Select(input => input.Split(' ')[0]).Where(input => lines.Any(line => line.StartsWith(input + ": ", StringComparison.Ordinal))).ToList();
                parting = $"The runs part at '{name}', "
                    + (causes.Count > 0 ? $"where {(causes.Count == 1 ? "a setting differs" : $"{causes.Count} settings differ")}: {causes[0]}."
                    : inputs.Count > 0 ? $"which has the same settings and learned from another {string.Join(" and ", inputs)}."
                    : others.Count > 0 ? $"which has the same settings and inputs, but {others[0]}."
                    : "which has the same settings, inputs, versions, machine and code: something there is not reproducible.");
            }
        }

        return new RunDiff(parting ?? (lines.Count == 0 ? "The runs are equal: settings, data, weights and steps." : "What both runs have is equal: data, weights and steps."), lines);
    }

    private static RunDiff OfRecords(RunRecord a, RunRecord b)
    {
        List<string> lines = [.. a.Seed == b.Seed ? [] : new[] { $"seed: {a.Seed} and {b.Seed}" }, .. Settings(a.Recipe, b.Recipe)];
        lines.AddRange(Facts(new RunFacts(a.Versions, a.Machine, a.Code ?? ""), new RunFacts(b.Versions, b.Machine, b.Code ?? "")));
        lines.AddRange(a.Tokenizer is not null && b.Tokenizer is not null && a.Tokenizer != b.Tokenizer ? ["tokenizer: other tokens"] : []);
        var cause = lines.Count > 0 ? lines[0] : null;
        foreach (var (x, y) in a.Scores.Zip(b.Scores))
        {
            var other = x.Benchmarks.Zip(y.Benchmarks).FirstOrDefault(pair => !pair.First.Scores.SequenceEqual(pair.Second.Scores));
            if (other.First is not null)
            {
                lines.Add($"{x.Model}: other scores, first on {other.First.Benchmark} ({100 * other.First.Scores.Average():F1} and {100 * other.Second.Scores.Average():F1} %)");
            }
        }

        return new RunDiff(lines.Count == 0 ? "The records are equal: settings, versions, machine, code and scores."
            : cause is null ? "The records differ in their scores and in nothing that they tell of: something is not reproducible."
            : $"The records differ: {cause}.", lines);
    }

    private static int Order(string stage)
    {
        string[] order = ["distillation", "base", "mid-training", "sft", "pairs", "dpo", "prompts", "rl"];
        var place = Array.IndexOf(order, stage);
        return place < 0 ? order.Length : place;
    }

    private static string What(string file) => file switch
    {
        "model.safetensors" => "weights",
        "rollouts.jsonl" or "pairs.jsonl" or "problems.jsonl" => $"data ({file})",
        _ => file,
    };

    private static IEnumerable<string> Facts(RunFacts? a, RunFacts? b)
    {
        if (a is null || b is null)
        {
            yield break;
        }

        foreach (var name in a.Versions.Keys.Union(b.Versions.Keys).Where(name => a.Versions.GetValueOrDefault(name) != b.Versions.GetValueOrDefault(name)))
        {
            yield return $"the version of {name} is {a.Versions.GetValueOrDefault(name, "not known")} and {b.Versions.GetValueOrDefault(name, "not known")}";
        }

        if (a.Machine != b.Machine)
        {
            yield return $"the machine is \"{a.Machine}\" and \"{b.Machine}\"";
        }

        if (a.Code != b.Code && a.Code.Length > 0 && b.Code.Length > 0)
        {
            yield return $"the code is another ({a.Code[..12]} and {b.Code[..12]})";
        }
    }

    private static IEnumerable<string> Settings(JsonElement a, JsonElement b) =>
        Differences(a, b).Select(difference => $"{difference.Setting}: {Short(difference.A)} and {Short(difference.B)}");

    /// <summary>Leaves of two trees that are not the same, by their paths; null where a tree lacks one.</summary>
    internal static IEnumerable<(string Setting, JsonElement? A, JsonElement? B)> Differences(JsonElement a, JsonElement b, string path = "")
    {
        if (a.ValueKind != JsonValueKind.Object || b.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.DeepEquals(a, b) ? [] : [(path, a, b)];
        }

        var names = a.EnumerateObject().Select(property => property.Name).Union(b.EnumerateObject().Select(property => property.Name));
        return names.SelectMany(name =>
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            JsonElement? left = a.TryGetProperty(name, out var inA) ? inA : null, right = b.TryGetProperty(name, out var inB) ? inB : null;
            return left is { } one && right is { } other ? Differences(one, other, inner) : [(inner, left, right)];
        });
    }

    private static string Short(JsonElement? value) => value is not { } known ? "not set" : Short(known);

    private static string Short(JsonElement value) => value.GetRawText() is var text && text.Length > 60 ? text[..60] + "…" : text;

    // Times are left aside.
    private static string? FirstStep(string first, string second)
    {
        if (!File.Exists(first) || !File.Exists(second))
        {
            return null;
        }

        var (a, b) = (JsonLines.Read<Dictionary<string, JsonElement>>(first).ToList(), JsonLines.Read<Dictionary<string, JsonElement>>(second).ToList());
        for (var step = 0; step < Math.Min(a.Count, b.Count); step++)
        {
            var other = a[step].Keys.Union(b[step].Keys).Where(name => !name.EndsWith("seconds", StringComparison.OrdinalIgnoreCase))
                .FirstOrDefault(name => !(a[step].TryGetValue(name, out var x) && b[step].TryGetValue(name, out var y) && JsonElement.DeepEquals(x, y)));
            if (other is not null)
            {
                return $"the first step that differs is {step}, in {other}: {(a[step].TryGetValue(other, out var x) ? Short(x) : "not there")} and {(b[step].TryGetValue(other, out var y) ? Short(y) : "not there")}";
            }
        }

        return a.Count == b.Count ? null : $"{a.Count} and {b.Count} steps; the first {Math.Min(a.Count, b.Count)} are equal";
    }
}
