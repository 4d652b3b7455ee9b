using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>
/// What a run was made of, small enough to keep: recipe, seed, versions, machine, stages with their times, and the
/// scores of every problem.
/// </summary>
public sealed record RunRecord
{
    /// <summary>The recipe as it was written, since a record outlives the settings of its day.</summary>
    public required JsonElement Recipe { get; init; }

    /// <summary>The seed that every draw of the run comes from.</summary>
    public required int Seed { get; init; }

    /// <summary>
    /// Which of LongRoPE's lists training, rollouts and evaluation used: by-length or long; null in records of before
    /// it was kept beside the recipe.
    /// </summary>
    public string? RopePolicy { get; init; }

    /// <summary>The command that makes such a run.</summary>
    public required string Command { get; init; }

    /// <summary>Versions of what a result depends on.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The machine in words.</summary>
    public required string Machine { get; init; }

    /// <summary>The CPU and what the libraries make of it; null in records of before it was kept.</summary>
    public CpuFacts? Processor { get; init; }

    /// <summary>Hash of the library's compiled instructions; null in records of before it was kept.</summary>
    public string? Code { get; init; }

    /// <summary>Hash of the text of every token; null in records of before it was kept.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>
    /// How many processes the run ended with, training together; each stage's own stand in its stage.json. Null in
    /// records of before it was kept.
    /// </summary>
    public int? Ranks { get; init; }

    /// <summary>Seconds that each stage took to make, and the fingerprint of its settings and inputs.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>For each model and benchmark the score of every problem.</summary>
    public required IReadOnlyList<ModelScores> Scores { get; init; }

    /// <summary>What the recipe is called.</summary>
    [JsonIgnore]
    public string RecipeName => Recipe.GetProperty(nameof(Recipes.Recipe.Name)).GetString()!;

    /// <summary>A stage's time.</summary>
    public sealed record StageTime(string Stage, string Fingerprint, double Seconds)
    {
        /// <summary>
        /// SHA-256 of each of its files, weights and data among them; null in records of before it was kept.
        /// </summary>
        public IReadOnlyDictionary<string, string>? Files { get; init; }
    }

    /// <summary>A model's scores.</summary>
    public sealed record ModelScores(string Model, IReadOnlyList<BenchmarkScores> Benchmarks)
    {
        /// <summary>Of a model's results.</summary>
        public static ModelScores Of(ModelResults results) => new(results.Model, [.. results.Benchmarks.Select(Of)]);

        private static BenchmarkScores Of(BenchmarkResult result) => new(
            result.Benchmark, result.Scores, result.TruncatedShare, result.UnverifiableShare,
            Math.Round(result.MeanTokens, 1))
        {
            Answers = result.AnswersPerProblem,
        };
    }

    /// <summary>A benchmark's scores, in the order of its problems.</summary>
    public sealed record BenchmarkScores(
        string Benchmark, IReadOnlyList<double> Scores, double TruncatedShare, double UnverifiableShare,
        double MeanTokens)
    {
        /// <summary>
        /// Answers to each problem; null where some had more than others, and in records of before it was kept, whose
        /// recipe says it.
        /// </summary>
        public int? Answers { get; init; }

        /// <summary>pass@1 with its errors.</summary>
        [JsonIgnore]
        public Estimate Accuracy => Estimate.Of(Scores, Answers);

        /// <summary>The gain over another model on the same problems.</summary>
        public Estimate GainOver(BenchmarkScores before) =>
            Estimate.Paired(Scores, before.Scores, Answers == before.Answers ? Answers : null);
    }

    /// <summary>The record of a run.</summary>
    public static RunRecord Of(
        RecipeRun run, IReadOnlyList<TrainedModel> models, IReadOnlyList<ModelResults> results) => new()
        {
            Recipe = Written(run.Recipe),
            Seed = run.Seed,
            RopePolicy = run.Recipe.Model.RopePolicy.Spelled(),
            Command = (run.Ranks.Size > 1 ? $"mpirun -np {run.Ranks.Size} " : "")
                + $"./environment/phi4r recipe --recipe {run.Recipe.Name} --seed {run.Seed}",
            Versions = RunFacts.Here.Versions,
            Machine = RunFacts.Here.Machine,
            Processor = RunFacts.Here.Processor,
            Code = RunFacts.Here.Code,
            Tokenizer = TokenizerHash(run.Tokenizer),
            Ranks = run.Ranks.Size,
            Stages =
            [.. models.Select(
                model =>
                    new StageTime(model.Record.Stage, model.Record.Fingerprint, Math.Round(model.Record.Seconds, 1))
            {
                Files = StageManifest.Read(model.Record.Folder).Hashes,
            })],
            Scores = [.. results.Select(ModelScores.Of)],
        };

    /// <summary>A recipe as a record holds it.</summary>
    internal static JsonElement Written(Recipes.Recipe recipe) => JsonSerializer.SerializeToElement(recipe, Compact);

    /// <summary>What each stage of this run gained.</summary>
    public RunSummary Summarize() => RunSummary.OfScores([(Seed, Counted())]);

    /// <summary>Writes run.json into a folder.</summary>
    public void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(this, Compact));

    /// <summary>Reads the run.json of a folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be read; the message names it.</exception>
    public static RunRecord Read(string folder)
    {
        var path = Path.Combine(folder, "run.json");
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), Compact)!;
        }
        catch (Exception exception) when (exception is JsonException or IOException or ArgumentException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"The run record {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>What the recipe of a run's record is called; null where there is no record that can be read.</summary>
    internal static string? RecipeNameIn(string folder)
    {
        try
        {
            return File.Exists(Path.Combine(folder, "run.json")) ? Read(folder).RecipeName : null;
        }
        catch (InvalidDataException)
        {
            return null; // A damaged record is written anew at the run's end.
        }
    }

    /// <summary>All that the finished stages of a run left out, cut or skipped.</summary>
    /// <param name="folder">The run's.</param>
    /// <exception cref="InvalidDataException">It is not the folder of a run.</exception>
    public static IReadOnlyList<LedgerLine> LedgerOf(string folder) => StageManifest.LedgerOf(folder);

    /// <summary>The summary of all records of a profile in a folder of records.</summary>
    /// <exception cref="InvalidDataException">There is none, or two of the same seed.</exception>
    public static RunSummary Together(string folder, string profile)
    {
        var records = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Where(path => File.Exists(Path.Combine(path, "run.json")))
                .Order(StringComparer.Ordinal).Select(Read).Where(record => record.RecipeName == profile).ToList()
            : [];
        if (records.CountBy(record => record.Seed).FirstOrDefault(seed => seed.Value > 1) is { Value: > 1 } twice)
        {
            throw new InvalidDataException($"{folder} holds {twice.Value} records of the profile '{profile}' with "
                + $"seed {twice.Key}; they are one run, and would count as several. Remove all but one.");
        }

        return records.Count > 0
            ? RunSummary.OfScores(
                [.. records.OrderBy(record => record.Seed).Select(record => (record.Seed, record.Counted()))])
            : throw new InvalidDataException($"{folder} holds no record of the profile '{profile}'. A finished run's "
                + "run.json, copied there into a folder of its own, is one.");
    }

    /// <summary>Hash of the text of every token.</summary>
    internal static string TokenizerHash(ITokenizer tokenizer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{id} {tokenizer.Decode([id])}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Records of before answers were counted beside the scores have the count in their recipe, the same for all.
    private IReadOnlyList<ModelScores> Counted()
    {
        var settings = Recipe.GetProperty(nameof(Recipes.Recipe.Evaluation));
        var each = settings.GetProperty(nameof(EvaluationConfig.AnswersPerProblem)).GetInt32();
        return [.. Scores.Select(model => model with
        {
            Benchmarks = [.. model.Benchmarks.Select(scores => scores with { Answers = scores.Answers ?? each })],
        })];
    }

    private static JsonSerializerOptions Compact { get; } = new(JsonFormat.Indented) { WriteIndented = false };
}
