using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Recipes;

namespace Phi4R.Runs;

/// <summary>A setting of a run beside the recipe's own.</summary>
/// <param name="Setting">By its place in a recipe file, such as "MidTraining.Epochs".</param>
/// <param name="InRecipe">The recipe's value, as a recipe file would say it.</param>
/// <param name="InRun">The run's value.</param>
public sealed record RunParameter(string Setting, string InRecipe, string InRun)
{
    /// <summary>Whether the run has another value than its recipe.</summary>
    public bool Changed => InRecipe != InRun;

    /// <summary>The settings that were named, in their order, then all others that differ.</summary>
    internal static IReadOnlyList<RunParameter> Of(Recipe recipe, Recipe run, IReadOnlyList<string> named)
    {
        var (left, right) = (JsonSerializer.SerializeToElement(recipe, JsonFormat.Indented),
            JsonSerializer.SerializeToElement(run, JsonFormat.Indented));
        var differing = RunDiff.Differences(left, right).Select(difference => difference.Setting);
        return [.. named.Union(differing, StringComparer.Ordinal)
            .Select(setting => new RunParameter(setting, Written(left, setting), Written(right, setting)))];
    }

    private static string Written(JsonElement recipe, string setting)
    {
        foreach (var name in setting.Split('.'))
        {
            if (recipe.ValueKind != JsonValueKind.Object || !recipe.TryGetProperty(name, out recipe))
            {
                return "not set";
            }
        }

        return JsonSerializer.Serialize(recipe);
    }
}
