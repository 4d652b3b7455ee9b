using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>
/// Why two runs differ: processor, versions, code, settings, seed, data, and the first stage and step that are not the
/// same.
/// </summary>
/// <param name="Verdict">In a sentence: whether they differ, where first, and because of what.</param>
/// <param name="Lines">
/// Everything that differs: processor, versions and code first, then the first stage of other weights, then stage by
/// stage.
/// </param>
public sealed record RunDiff(string Verdict, IReadOnlyList<string> Lines)
{
    private const string Steps = StageWork.StepsFile;
    private const string Weights = StageWork.WeightsFile;

    /// <summary>Compares two runs' folders; where one holds only a record (run.json), the records.</summary>
    /// <param name="first">A run's folder.</param>
    /// <param name="second">The other's.</param>
    /// <param name="order">The runs' stages in order; <see cref="Pipeline.Stages"/> by default.</param>
    /// <exception cref="InvalidDataException">
    /// A folder holds neither stages nor a record, or one of them cannot be read.
    /// </exception>
    public static RunDiff Of(string first, string second, IReadOnlyList<StageDefinition>? order = null)
    {
        var (a, b) = (Stages(first), Stages(second));
        return a.Count > 0 && b.Count > 0
            ? OfStages(a, b, order ?? Pipeline.Stages)
            : OfRecords(RunRecord.Read(first), RunRecord.Read(second));
    }

    private static IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> Stages(string run)
    {
        if (!Directory.Exists(run))
        {
            throw new InvalidDataException($"{run} is not a folder; name the folders of two runs.");
        }

        var stages = StageManifest.OfRun(run);
        return stages.Count > 0 || File.Exists(Path.Combine(run, "run.json")) ? stages
            : throw new InvalidDataException($"{run} holds no finished stage and no run.json; it is not the "
                + "folder of a run.");
    }

    private static RunDiff OfStages(
        IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> first,
        IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> second,
        IReadOnlyList<StageDefinition> order)
    {
        // Parts and ablations stand in no list; they come last.
        List<string> listed = [.. order.SelectMany(stage => stage.Folders(order))];
        List<string> circumstances = [];
        List<string> lines = [];
        string? parting = null;
        string? weights = null;
        var names = first.Keys.Union(second.Keys).OrderBy(Place).ThenBy(name => name, StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if (!first.TryGetValue(name, out var a) || !second.TryGetValue(name, out var b))
            {
                lines.Add($"{name}: only in the {(first.ContainsKey(name) ? "first" : "second")} run");
                continue;
            }

            List<string> causes = [.. Settings(a.Manifest.Settings, b.Manifest.Settings)];
            List<string> others = a.Manifest.Made is { } made && b.Manifest.Made is { } madeToo
                ? [.. RunFacts.Differences(made, madeToo)]
                : [];
            others.AddRange(Ranks(a.Manifest.Ranks, b.Manifest.Ranks));
            circumstances.AddRange(others.Except(circumstances).ToList());
            var results = Others(a.Manifest.Hashes, b.Manifest.Hashes).Where(file => file != Steps).ToList();
            var step = FirstStep(Path.Combine(a.Folder, Steps), Path.Combine(b.Folder, Steps));
            if (causes.Count == 0 && results.Count == 0 && step is null)
            {
                continue;
            }

            lines.AddRange(causes.Select(cause => $"{name}: {cause}"));
            lines.AddRange(step is null ? [] : [$"{name}: {step}"]);
            lines.AddRange(results.Count == 0 ? [] : [$"{name}: other {string.Join(", ", results.Select(What))}"]);
            weights ??= results.Contains(Weights) ? name : null;

            // Where the same came out in spite of a setting, the runs have not parted.
            if (parting is null && (results.Count > 0 || step is not null))
            {
                var inputs = a.Manifest.Inputs.Select(input => input.Split(' ')[0])
                    .Where(input => lines.Any(line => line.StartsWith(input + ": ", StringComparison.Ordinal)))
                    .ToList();
                parting = $"The runs part at '{name}', " + Reason(causes, inputs, others);
            }
        }

        circumstances.AddRange(weights is null ? [] : [FirstWeights(weights)]);
        lines = [.. circumstances, .. lines];
        return new RunDiff(
            parting ?? (lines.Count == 0 ? "The runs are equal: settings, data, weights and steps."
                : "What both runs have is equal: data, weights and steps."),
            lines);

        int Place(string name) => listed.IndexOf(name) is >= 0 and var place ? place : listed.Count;
    }

    private static string Reason(
        IReadOnlyList<string> causes, IReadOnlyList<string> inputs, IReadOnlyList<string> others) =>
        (causes.Count, inputs.Count, others.Count) switch
        {
            (1, _, _) => $"where a setting differs: {causes[0]}.",
            ( > 1, _, _) => $"where {causes.Count} settings differ: {causes[0]}.",
            (0, > 0, _) => $"which has the same settings and learned from another {string.Join(" and ", inputs)}.",
            (0, 0, > 0) => $"which has the same settings and inputs, but {string.Join("; ", others)}.",
            _ => "which has the same settings, inputs, processor, versions and code: something there is not "
                + "reproducible.",
        };

    private static RunDiff OfRecords(RunRecord a, RunRecord b)
    {
        List<string> causes = [.. a.Seed == b.Seed ? [] : new[] { $"seed: {a.Seed} and {b.Seed}" }];
        causes.AddRange(Settings(a.Recipe, b.Recipe));
        var sameTokens = a.Tokenizer is null || b.Tokenizer is null || a.Tokenizer == b.Tokenizer;
        causes.AddRange(sameTokens ? [] : ["tokenizer: other tokens"]);
        List<string> circumstances = [.. RunFacts.Differences(Facts(a), Facts(b)), .. Ranks(a.Ranks, b.Ranks)];
        var cause = causes.Count > 0 ? causes[0] : circumstances.Count > 0 ? string.Join("; ", circumstances) : null;
        circumstances.AddRange(StageOfOtherWeights(a, b) is { } stage ? [FirstWeights(stage)] : []);
        List<string> lines = [.. circumstances, .. causes];
        foreach (var (x, y) in a.Scores.Zip(b.Scores))
        {
            var other = x.Benchmarks.Zip(y.Benchmarks)
                .FirstOrDefault(pair => !pair.First.Scores.SequenceEqual(pair.Second.Scores));
            if (other.First is not null)
            {
                lines.Add($"{x.Model}: other scores, first on {other.First.Benchmark} "
                    + $"({100 * other.First.Scores.Average():F1} and {100 * other.Second.Scores.Average():F1} %)");
            }
        }

        return new RunDiff(
            lines.Count == 0 ? "The records are equal: settings, processor, versions, machine, code and scores."
                : cause is not null ? $"The records differ: {cause}."
                : "The records differ in their results and in nothing that they tell of: something is not "
                    + "reproducible.",
            lines);

        static RunFacts Facts(RunRecord record) =>
            new(record.Versions, record.Machine, record.Code ?? "", record.Processor);
    }

    // In the order of training; null too where a record does not tell of its files.
    private static string? StageOfOtherWeights(RunRecord a, RunRecord b) => a.Stages
        .Join(b.Stages, stage => stage.Stage, stage => stage.Stage, (x, y) => (First: x, Second: y),
            StringComparer.Ordinal)
        .Where(pair => pair.First.Files is { } x && pair.Second.Files is { } y && Others(x, y).Contains(Weights))
        .Select(pair => pair.First.Stage)
        .FirstOrDefault();

    // The order in which gradients are added depends on it.
    private static IEnumerable<string> Ranks(int? a, int? b) =>
        a is { } one && b is { } other && one != other ? [$"the ranks were {one} and {other}"] : [];

    private static string FirstWeights(string stage) => $"the first stage whose weights differ is '{stage}'";

    // Files of two results that are not the same.
    private static IEnumerable<string> Others(
        IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) => a.Keys.Union(b.Keys)
        .Where(file => a.GetValueOrDefault(file) != b.GetValueOrDefault(file)).Order(StringComparer.Ordinal);

    private static string What(string file) => file switch
    {
        Weights => "weights",
        var part when part.StartsWith("rollouts/", StringComparison.Ordinal) => $"data ({file})",
        "pairs.jsonl" or "problems.jsonl" => $"data ({file})",
        _ => file,
    };

    internal static IEnumerable<string> Settings(JsonElement a, JsonElement b) =>
        Differences(a, b)
            .Select(difference => $"{difference.Setting}: {Short(difference.A)} and {Short(difference.B)}");

    /// <summary>Leaves of two trees that are not the same, by their paths; null where a tree lacks one.</summary>
    internal static IEnumerable<(string Setting, JsonElement? A, JsonElement? B)> Differences(
        JsonElement a, JsonElement b, string path = "")
    {
        if (a.ValueKind != JsonValueKind.Object || b.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.DeepEquals(a, b) ? [] : [(path, a, b)];
        }

        var names = a.EnumerateObject().Select(property => property.Name)
            .Union(b.EnumerateObject().Select(property => property.Name));
        return names.SelectMany(name =>
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            JsonElement? left = a.TryGetProperty(name, out var inA)
                ? inA
                : null, right = b.TryGetProperty(name, out var inB) ? inB : null;
            return left is { } one && right is { } other ? Differences(one, other, inner) : [(inner, left, right)];
        });
    }

    private static string Short(JsonElement? value) => value is not { } known ? "not set" : Short(known);

    private static string Short(JsonElement value) =>
        value.GetRawText() is var text && text.Length > 60 ? text[..60] + "…" : text;

    // Times are left aside.
    private static string? FirstStep(string first, string second)
    {
        if (!File.Exists(first) || !File.Exists(second))
        {
            return null;
        }

        var (a, b) = (JsonLines.Read<Dictionary<string, JsonElement>>(first).ToList(),
            JsonLines.Read<Dictionary<string, JsonElement>>(second).ToList());
        for (var step = 0; step < Math.Min(a.Count, b.Count); step++)
        {
            var other = a[step].Keys.Union(b[step].Keys)
                .Where(name => !name.EndsWith("seconds", StringComparison.OrdinalIgnoreCase))
                .FirstOrDefault(
                    name =>
                        !(a[step].TryGetValue(name, out var x) && b[step].TryGetValue(name, out var y)
                            && JsonElement.DeepEquals(x, y)));
            if (other is not null)
            {
                return $"the first step that differs is {step}, in {other}: "
                    + $"{(a[step].TryGetValue(other, out var x) ? Short(x) : "not there")} and "
                    + $"{(b[step].TryGetValue(other, out var y) ? Short(y) : "not there")}";
            }
        }

        return a.Count == b.Count
            ? null
            : $"{a.Count} and {b.Count} steps; the first {Math.Min(a.Count, b.Count)} are equal";
    }
}
