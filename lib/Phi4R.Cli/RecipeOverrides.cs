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
        var folder = RecipeRun.Open(recipe, seed, output, Console.Error.WriteLine, stages).Folder;
        StringBuilder text = new();
        foreach (var name in stages.Select(stage => stage.Name).Where(name => Tries(folder, name) > 1))
        {
            text.AppendLine($"Tries of {name}:\n\n{Variants.Table(StageVariant.Of([folder], name)).ToMarkdown()}");
        }

        return text.Length == 0
            ? $"No stage in {folder} has been tried with more than one set of settings.{Environment.NewLine}"
            : text.AppendLine($"phi4r recipe --recipe {recipe} --seed {seed} --out {folder} takes the try of the "
                + "recipe's own settings, or makes it; a try is undone by removing its folder.").ToString();
    }

    // Folders are named by the stage and a hash; "evaluation-sft-..." is none of the stage "evaluation".
    private static int Tries(string folder, string stage) => Directory.GetDirectories(folder, $"{stage}-*")
        .Count(made => Path.GetFileName(made).LastIndexOf('-') == stage.Length
            && File.Exists(Path.Combine(made, "stage.json")));
}
