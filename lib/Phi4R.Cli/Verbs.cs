using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>All verbs of the command line.</summary>
internal static class Verbs
{
    private static readonly Func<IEnumerable<Command>>[] Groups =
    [
        NotebookVerbs.All, () => RecipeVerbs.All(), EvalVerbs.All, ComparisonVerbs.All, DistillVerbs.All,
        WorkerVerbs.All, ImportVerbs.All, HubVerbs.All, ModelVerbs.All, GenerateVerbs.All, ChatVerbs.All,
        MathsVerbs.All, TextVerbs.All, DoctorVerbs.All,
    ];

    /// <summary>The command line, with an example under the help of each verb.</summary>
    /// <param name="word">
    /// The first word typed. Where it is a verb, only its group is made: all of them take 60 ms, and a notebook's
    /// kernel starts two processes one after the other.
    /// </param>
    public static RootCommand Root(string? word = null)
    {
        List<Command> verbs = [];
        foreach (var group in Groups)
        {
            Command[] made = [.. group()];
            if (made.Any(verb => verb.Name == word))
            {
                verbs = [.. made];
                break;
            }

            verbs.AddRange(made);
        }

        var root = new RootCommand("Phi4R: the training recipe of Phi-4-Mini-Reasoning, without a notebook.");
        verbs.ForEach(root.Add);
        VerbExamples.AddTo(root);
        return root;
    }
}
