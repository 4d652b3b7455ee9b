using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Foundation;
using Phi4R.Recipes;

namespace Phi4R.Runs;

/// <summary>
/// What a run is expected to take: amounts from a sample of its own data, speed and memory from a short probe of the
/// stages' own code.
/// </summary>
/// <remarks>
/// A probe trains one step on rows of the stage's shape and samples answers of the expected length, with random weights
/// of the recipe's model. Two numbers cannot be known before: how many problems give a pair, and how many answers the
/// group filter keeps; they are the pocket's (<see cref="PairsPerPossible"/>, <see cref="KeptAnswers"/>). Answers are
/// expected as long as the teacher's. Not counted: verifying, checkpoints, and on an accelerator the cost of contexts
/// beyond <see cref="ProbedTokens"/> tokens.
/// </remarks>
public sealed record RunPlan
{
    private const string File = "plan.json";

    internal const int ProbedTokens = 256;

    // Of the pairs that problems could give, those they gave: 4,357 of 16,000 in the pocket's first run.
    internal const double PairsPerPossible = 0.27;

    // Of the answers sampled, those that the group filter learns from: 9,178 of 76,800 in the pocket's run of seed 1.
    internal const double KeptAnswers = 0.12;

    /// <summary>In the order that they are run.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>
    /// What could not be found out, and why, and what of the sampled data no stage can use; a line each.
    /// </summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What finding this out took.</summary>
    public required double ProbeSeconds { get; init; }

    /// <summary>Where it was found out.</summary>
    public required string Machine { get; init; }

    /// <summary>Hash of the settings that it is for.</summary>
    public required string Settings { get; init; }

    /// <summary>Of all stages.</summary>
    [JsonIgnore]
    public double Seconds => Stages.Sum(stage => stage.Seconds);

    /// <summary>
    /// Plans a run, and writes the plan to plan.json in its folder. What cannot be estimated is noted in it, and stops
    /// nothing.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled between two probes.</exception>
    public static RunPlan Make(RecipeRun run, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        var probe = new PlanProbe(run, cancel.OrHosts());
        var stages = probe.Stages().ToList();
        var plan = new RunPlan
        {
            Stages = stages,
            Notes = probe.Notes,
            ProbeSeconds = clock.Elapsed.TotalSeconds,
            Machine = RunFacts.Here.Machine,
            Settings = SettingsOf(run.Recipe),
        };
        AtomicFile.WriteText(Path.Combine(run.Folder, File), JsonSerializer.Serialize(plan, JsonFormat.Indented));
        return plan;
    }

    /// <summary>
    /// The plan that stands in a run's folder; null where there is none, one of other settings, or one that is damaged,
    /// which is said: it is made anew, since no run depends on it.
    /// </summary>
    public static RunPlan? Of(RecipeRun run)
    {
        var path = Path.Combine(run.Folder, File);
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            var plan = JsonSerializer.Deserialize<RunPlan>(System.IO.File.ReadAllBytes(path), Strict);
            if (plan is null || plan.Stages.Contains(null!))
            {
                throw new JsonException("it names no stages.");
            }

            return plan.Settings == SettingsOf(run.Recipe) ? plan : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            run.Say($"{File} is damaged ({exception.Message}) and is made anew.");
            return null;
        }
    }

    /// <summary>How far off the plan was, for each stage that stands finished in the run's folder.</summary>
    public IReadOnlyList<StageOutcome> Compare(RecipeRun run)
    {
        var made = StageManifest.OfRun(run.Folder);
        return [.. Stages.Select(stage => new StageOutcome(stage.Stage, stage.Seconds, Took(stage.Stage)))];

        double? Took(string name)
        {
            var folders = run.Stages.FirstOrDefault(stage => stage.Name == name)?.Folders(run.Stages) ?? [name];
            var parts = folders.Where(made.ContainsKey).Select(folder => made[folder].Manifest.Seconds).ToList();
            return parts.Count > 0 ? parts.Sum() : null;
        }
    }

    private static JsonSerializerOptions Strict { get; } = new(JsonFormat.Indented)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    internal static string SettingsOf(Recipe recipe) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(recipe, JsonFormat.Indented)));
}
