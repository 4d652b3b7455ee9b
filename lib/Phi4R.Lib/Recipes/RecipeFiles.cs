using System.Text.Json.Serialization;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Recipes;

/// <summary>Which token ids a recipe's texts become.</summary>
public enum TokenizerKind
{
    /// <summary>The 80 tokens of the pocket problems.</summary>
    Pocket,

    /// <summary>That of the released model, from its folder.</summary>
    Released,
}

/// <summary>
/// What a recipe takes from files instead of making it: a released base model, collected rollouts and problems,
/// benchmarks.
/// </summary>
public sealed record RecipeFiles
{
    /// <summary>Names the folder of data files where a recipe names them without one.</summary>
    public const string DataVariable = "PHI4R_DATA";

    /// <summary>
    /// The folder of the released base model in its Hugging Face layout, or the name of a downloaded one (owner/name);
    /// null for the one that <see cref="HostOptions.Model"/> names.
    /// </summary>
    public required string? Model { get; init; }

    /// <summary>Which token ids texts become.</summary>
    public required TokenizerKind Tokenizer { get; init; }

    /// <summary>
    /// What the system turn of every conversation says, in training, sampling and evaluation; an empty text for no
    /// system turn. Null for what the model's own chat template says: nothing for Phi-4-mini-instruct, one sentence for
    /// Phi-4-mini-reasoning.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? System { get; init; }

    /// <summary>
    /// Rollouts of a teacher, one JSON record a line, or the folder that an import or a distillation left: right ones
    /// to learn from, and wrong ones to prefer them to.
    /// </summary>
    public required string Rollouts { get; init; }

    /// <summary>Problems for preference pairs and reinforcement, one JSON record a line.</summary>
    public required string Problems { get; init; }

    /// <summary>
    /// Preference pairs of one's own, a JSON record a line with "prompt", "chosen" and "rejected"; null where pairs are
    /// made of completions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pairs { get; init; }

    /// <summary>
    /// Files of problems that models are measured on, one JSON record a line; none of them may be learned from.
    /// </summary>
    public required IReadOnlyList<string> Benchmarks { get; init; }

    /// <summary>
    /// Words in a row, of letters or digits, that no question which is learned from may share with a benchmark's;
    /// shorter ones are looked for as a whole. Rollouts and problems that do are left out, and rollouts that quote as
    /// many, with a line in the ledger.
    /// </summary>
    public int SharedWords { get; init => field = Require.Positive(value); } = 13;

    /// <summary>
    /// Share of the problems' reference answers that may be unreadable; above it nothing is trained on them. Problems
    /// with one are left out, with a line in the ledger.
    /// </summary>
    public double UnreadableAnswersAllowed { get; init => field = Require.Fraction(value); } = 1;

    /// <summary>Memory of the accelerator in GB that the recipe is made for; 0 where the processor will do.</summary>
    public required double AcceleratorGigabytes { get; init => field = Require.NotNegative(value); }

    /// <summary>The model's folder on this machine, or null where nothing names it.</summary>
    internal string? ModelFolder => (Model ?? HostOptions.Current.Model) is { Length: > 0 } set
        ? ModelHub.Folder(set)
        : null;

    /// <summary>
    /// A data file's place on this machine: in the hub cache where it is written "hub:owner/name:file", else in
    /// <see cref="HostOptions.DataFolder"/>, or else in data/ beside the runs; a benchmark that is not there, among
    /// those in data/benchmarks.
    /// </summary>
    internal static string Place(string file)
    {
        if (file.StartsWith("hub:", StringComparison.Ordinal))
        {
            return HubCache.Find(file["hub:".Length..]).Path;
        }

        var host = HostOptions.Current;
        var beside = Path.Combine(host.RunsFolder, "..", "data");
        var place = Path.GetFullPath(Path.Combine(host.DataFolder ?? beside, file));
        return File.Exists(place) || Directory.Exists(place) ? place
            : new[] { host.DataFolder ?? beside, beside, host.ShippedData ?? beside }
                .Select(folder => Path.GetFullPath(Path.Combine(folder, "benchmarks", file)))
                .FirstOrDefault(File.Exists) ?? place;
    }
}
