using System.Globalization;
using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Inference;

namespace Phi4R.Evaluation;

/// <summary>All that the completions of an evaluation depend on, besides the servers that answer.</summary>
public sealed record EvaluationSettings
{
    /// <summary>The file that keeps them beside the completions.</summary>
    public const string FileName = "settings.json";

    /// <summary>The model's name, as the person gave it.</summary>
    public required string Model { get; init; }

    /// <summary>How it is asked: <c>local</c>, <c>chat</c> or <c>completions</c>.</summary>
    public required string Form { get; init; }

    /// <summary>How completions are sampled.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>Drives every completion; the same for all models that are compared.</summary>
    public required long Seed { get; init; }

    /// <summary>Whether options are shuffled for each sample, and not for each question.</summary>
    public required bool ShufflesEachSample { get; init; }

    /// <summary>The benchmarks, in the order asked.</summary>
    public required IReadOnlyList<AskedBenchmark> Benchmarks { get; init; }

    /// <summary>Who wrote the completions: this process, or addresses. They may change from start to start.</summary>
    public string Engine { get; init; } = "";

    /// <summary>The code that gave the verdicts, as a hash; another gives them anew.</summary>
    public string Verifier { get; init; } = "";

    /// <summary>The settings as a person reads them, by the words of the command line.</summary>
    public IReadOnlyDictionary<string, string> Described()
    {
        Dictionary<string, string> words = new(StringComparer.Ordinal)
        {
            ["model"] = Model,
            ["protocol"] = Form,
            ["temperature"] = Text(Sampling.Temperature),
            ["top-p"] = Text(Sampling.TopP),
            ["max-tokens"] = Text(Sampling.MaxTokens),
            ["seed"] = Text(Seed),
            ["shuffle-options"] = ShufflesEachSample ? "sample" : "question",
            ["benchmark"] = string.Join(", ", Benchmarks.Select(benchmark => benchmark.Name)),
        };
        foreach (var benchmark in Benchmarks)
        {
            words[$"samples of {benchmark.Name}"] = Text(benchmark.Samples);
            words[$"limit of {benchmark.Name}"] = benchmark.Limit is { } limit ? Text(limit) : "none";
            words[$"instructions of {benchmark.Name}"] = benchmark.Instructions;
            words[$"contents of {benchmark.Name}"] = benchmark.Sha256;
        }

        return words;
    }

    /// <summary>What is set otherwise than there, a line each; none where completions can go on from those.</summary>
    public IReadOnlyList<string> DifferencesFrom(EvaluationSettings before)
    {
        var (now, then) = (Described(), before.Described());
        return [.. now.Keys.Union(then.Keys).Where(name => now.GetValueOrDefault(name) != then.GetValueOrDefault(name))
            .Select(name => $"{name} is '{now.GetValueOrDefault(name, "not there")}' and was "
                + $"'{then.GetValueOrDefault(name, "not there")}'")];
    }

    /// <summary>Reads those of a folder; null where it has none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static EvaluationSettings? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<EvaluationSettings>(File.ReadAllBytes(path), JsonFormat.Indented)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path} holds no settings of an evaluation: {problem.Message} Take another "
                + "folder.", problem);
        }
    }

    /// <summary>Writes them into a folder.</summary>
    internal void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, JsonFormat.Indented));

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
