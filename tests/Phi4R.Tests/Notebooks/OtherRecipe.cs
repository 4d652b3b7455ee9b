using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Phi4R.Recipes;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// A recipe file over the smallest recipe that differs from the pocket in every number, and what a finished run made of
/// it.
/// </summary>
internal static class OtherRecipe
{
    /// <summary>
    /// Numbers whose other value is not the rule's, mostly so that the run stays small; by their places in a recipe.
    /// </summary>
    private static readonly Dictionary<string, string> Chosen = new(StringComparer.Ordinal)
    {
        ["Model.Width"] = "32",
        ["Model.Layers"] = "1",
        ["Model.QueryHeads"] = "1",
        ["Model.KeyValueHeads"] = "1",
        ["Model.FeedForwardWidth"] = "64",
        ["Model.RotaryFraction"] = "0.5",
        ["Model.ShortFactors"] = "[1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5]",
        ["Model.LongFactors"] = "[1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]",
        ["Model.OriginalMaxPositions"] = "320",
        ["Model.MaxPositions"] = "400",
        ["Memory.Lora"] = """{ "Rank": 2, "Alpha": 4 }""",
        ["Checkpoints.KeepEvery"] = "1000",
        ["PretrainData.Documents"] = "120",
        ["Distill.Problems"] = "150",
        ["Curation.Count"] = "30",
        ["Curation.LevelWeights"] = "[0, 30, 30, 20, 20]",
        ["Curation.Styles"] = """["terse", "check", "lead"]""",
        ["PreferenceData.Problems"] = "30",
        ["PreferenceData.FromTeacher"] = "true",
        ["PreferenceData.Pairing.MaxPromptAccuracy"] = "0.95",
        ["PreferenceData.MatchLengths"] = "64",
        ["Grpo.PromptsPerStep"] = "6",
        ["Grpo.GroupSize"] = "8",
        ["Grpo.Update.ImportanceSamplingCap"] = "4",
        ["Grpo.StrictReward"] = "false",
        ["Grpo.Update.MaxTokenRatio"] = "1.5",
        ["Grpo.Update.MaxMaskedShare"] = "0.5",
        ["Grpo.Update.MaxSamplingDivergence"] = "5",
        ["Evaluation.AnswersPerProblem"] = "1",
        ["Evaluation.AnswersOn"] = """{ "pocket-hard": 3 }""",
        ["Benchmarks.Medium"] = "12",
        ["Benchmarks.Hard"] = "11",
        ["Benchmarks.Choice"] = "10",
    };

    /// <summary>What stays the pocket's, and why.</summary>
    private static readonly Dictionary<string, string> Kept = new(StringComparer.Ordinal)
    {
        ["Name"] = "It is the file's name.",
        ["Files"] = "Nothing is read from files.",
        ["FineTuningOnly"] = "It leaves out stages that the notebooks are of.",
        ["Model.VocabularySize"] = "It is that of the pocket's tokenizer.",
        ["Grpo.ExtraPrompts"] = "Which answers are given up depends on the machine, and two runs are compared.",
    };

    /// <summary>
    /// Where a stage's manifest says what it was made with; null where nothing is to be found in one.
    /// </summary>
    private static readonly Dictionary<string, (string Stage, string Place)?> Places = new(StringComparer.Ordinal)
    {
        [nameof(Recipe.Name)] = null,
        [nameof(Recipe.Files)] = null,
        [nameof(Recipe.FineTuningOnly)] = null,
        [nameof(Recipe.Checkpoints)] = null, // What stays on the disk changes no result.
        [nameof(Recipe.Memory)] = null, // In parts, below: the others change no result.
        [nameof(Recipe.Model)] = ("base", "Model"),
        [nameof(Recipe.PretrainData)] = ("base", "data"),
        [nameof(Recipe.Pretrain)] = ("base", "config"),
        [nameof(Recipe.Distill)] = ("distillation", "Distill"),
        [nameof(Recipe.MidTraining)] = ("mid-training", "MidTraining"),
        [nameof(Recipe.Curation)] = ("sft", "Curation"),
        [nameof(Recipe.Sft)] = ("sft", "Sft"),
        [nameof(Recipe.PreferenceData)] = ("pairs", "data"),
        [nameof(Recipe.RolloutDpo)] = ("dpo", "RolloutDpo"),
        [nameof(Recipe.PromptSelection)] = ("prompts", "selection"),
        [nameof(Recipe.GrpoMix)] = ("prompts", "GrpoMix"),
        [nameof(Recipe.Grpo)] = ("rl", "config"),
        [nameof(Recipe.Evaluation)] = ("answers-base", "Evaluation"),
        [nameof(Recipe.Benchmarks)] = ("answers-base", "Benchmarks"),
    };

    /// <summary>Every number, switch and list of a recipe by its place, found in the types, with its type.</summary>
    public static IEnumerable<(string Path, Type Type, object? Value)> Leaves(object record, string prefix = "") =>
        record.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)
        .SelectMany(
            property => property.GetValue(record) is { } value
                && value.GetType().Namespace?.StartsWith("Phi4R", StringComparison.Ordinal) == true
                && !value.GetType().IsEnum
            ? Leaves(value, $"{prefix}{property.Name}.")
            : [(prefix + property.Name, property.PropertyType, property.GetValue(record))]);

    /// <summary>Writes the file.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string folder)
    {
        var changes = new JsonObject { ["Base"] = "smoke" };
        foreach (var (path, type, value) in Leaves(Phi4R.Recipes.Pocket.Smoke)
            .Where(leaf => !Kept.ContainsKey(leaf.Path)))
        {
            var names = path.Split('.');
            var place = changes;
            foreach (var name in names[..^1])
            {
                place = (JsonObject)(place[name] ??= new JsonObject());
            }

            place[names[^1]] = Chosen.TryGetValue(path, out var chosen)
                ? JsonNode.Parse(chosen)
                : Other(path, type, value);
        }

        var file = Path.Combine(folder, "other.json");
        File.WriteAllText(file, changes.ToJsonString());
        var pocket = Leaves(Phi4R.Recipes.Pocket.Recipe).ToDictionary(leaf => leaf.Path, leaf => leaf.Value);
        Assert.Equal(Kept.Keys.Order(StringComparer.Ordinal),
            Leaves(Recipe.Named(file))
                .Where(leaf => pocket.TryGetValue(leaf.Path, out var its) && Written(leaf.Value) == Written(its)
            || leaf.Path == "Name").Select(leaf => leaf.Path).Order(StringComparer.Ordinal));
        return file;
    }

    /// <summary>What the stages of a finished run were made with where the recipe says another thing.</summary>
    public static IEnumerable<string> Disobeyed(Recipe recipe, string run)
    {
        Assert.Equal(typeof(Recipe).GetProperties().Select(property => property.Name)
            .Where(name => name != "EqualityContract").Order(StringComparer.Ordinal),
                Places.Keys.Order(StringComparer.Ordinal));
        var compared = 0;
        foreach (var (part, place) in Places)
        {
            if (place is not { } where)
            {
                continue;
            }

            foreach (var settings in SettingsOf(run, where.Stage))
            {
                var said = JsonSerializer.SerializeToNode(typeof(Recipe).GetProperty(part)!.GetValue(recipe), Json)!;
                compared++;
                if (!JsonNode.DeepEquals(said, settings[where.Place]))
                {
                    yield return $"{part} is {said.ToJsonString()}, and {where.Stage} was made with "
                        + $"{settings[where.Place]?.ToJsonString() ?? "nothing"}";
                }
            }
        }

        Assert.Equal(Places.Values.Count(place => place is not null), compared);
        var memory = Manifest(Directory.GetDirectories(run, "mid-training-*").Single());
        if (memory["lora"]?["Rank"]?.GetValue<int>() != recipe.Memory.Lora!.Rank)
        {
            yield return $"Memory.Lora is not that of mid-training, {memory.ToJsonString()}";
        }
    }

    private static JsonSerializerOptions Json { get; } = new() { Converters = { new JsonStringEnumConverter() } };

    private static IEnumerable<JsonNode> SettingsOf(string run, string stage) =>
        Directory.GetDirectories(run, $"{stage}-??????????")
        .Select(Manifest).Select(settings => settings["settings"] ?? settings);

    private static JsonNode Manifest(string folder) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "stage.json")))!["Settings"]!;

    private static string Written(object? value) => JsonSerializer.Serialize(value, Json);

    // The rule: numbers a little larger or smaller, switches turned, the next of a kind.
    private static JsonNode Other(string path, Type type, object? value) => value switch
    {
        null when Nullable.GetUnderlyingType(type) is { } of && (of == typeof(int) || of == typeof(double)) => 2,
        int number => number + 1,
        long number => number + 1,
        double number => number == 0 ? 0.1 : 0.9 * number,
        bool truth => !truth,
        Enum kind =>
            Enum.GetNames(kind.GetType())[(Array.IndexOf(Enum.GetValues(kind.GetType()), kind) + 1)
                % Enum.GetValues(kind.GetType()).Length],
        IReadOnlyList<double> numbers => new JsonArray([.. numbers.Select(number => (JsonNode)(0.9 * number))]),
        IEnumerable several =>
            new JsonArray([.. several.Cast<object>().SkipLast(1).Select(one => (JsonNode)one.ToString()!)]),
        _ => throw new InvalidOperationException($"{path} is {value ?? "null"} in the smallest recipe, and no rule "
            + "says what else it could be; give it a value in the table above."),
    };
}
