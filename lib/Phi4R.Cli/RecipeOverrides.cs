using System.Text;
using Phi4R.Runs;
using Phi4R.Show;

namespace Phi4R.Cli;

/// <summary>Settings that cells, sweeps and earlier commands gave a stage beside the recipe's own.</summary>
internal static class RecipeOverrides
{
    /// <summary>
    /// A table for each stage that stands in the run's folder more than once, and how to be rid of a try.
    /// </summary>
    public static string Of(string recipe, int seed, string? output, IReadOnlyList<StageDefinition> stages)
    {
        // Nothing is opened or made: who looks leaves no folder behind.
        var folder = output ?? RecipeRun.FolderOf(recipe, seed);
        if (!Directory.Exists(folder))
        {
            return $"{folder} is not there: no stage of this run has been made.{Environment.NewLine}";
        }

        var tries = StageVariant.CountsIn(folder);
        StringBuilder text = new();
        foreach (var name in stages.Select(stage => stage.Name).Where(name => tries.GetValueOrDefault(name) > 1))
        {
            text.AppendLine($"Tries of {name}:\n\n{Variants.Table(StageVariant.Of([folder], name)).ToMarkdown()}");
        }

        return text.Length == 0
            ? $"No stage in {folder} has been tried with more than one set of settings.{Environment.NewLine}"
            : text.AppendLine($"phi4r recipe --recipe {recipe} --seed {seed} --out {folder} takes the try of the "
                + "recipe's own settings, or makes it; a try is undone by removing its folder.").ToString();
    }
}
