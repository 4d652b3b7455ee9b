using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>All verbs of the command line.</summary>
internal static class Verbs
{
    /// <summary>The command line, with an example under the help of each verb.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("Phi4R: the training recipe of Phi-4-Mini-Reasoning, without a notebook.");
        foreach (var verb in (IEnumerable<Command>)[.. NotebookVerbs.All(), .. RecipeVerbs.All(), .. EvalVerbs.All(),
            .. ComparisonVerbs.All(), .. DistillVerbs.All(), .. WorkerVerbs.All(), .. ImportVerbs.All(),
            .. HubVerbs.All(), .. ModelVerbs.All(), .. GenerateVerbs.All(), .. ChatVerbs.All(), .. MathsVerbs.All(),
            .. TextVerbs.All(), .. DoctorVerbs.All()])
        {
            root.Add(verb);
        }

        VerbExamples.AddTo(root);
        return root;
    }
}
