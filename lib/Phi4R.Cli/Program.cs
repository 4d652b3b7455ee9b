using System.CommandLine;
using Phi4R.Cli;

var root = new RootCommand("Phi4R: the training recipe of Phi-4-Mini-Reasoning, without a notebook.");
foreach (var verb in (IEnumerable<Command>)[.. NotebookVerbs.All(), .. MathsVerbs.All(), .. TextVerbs.All(), .. HubVerbs.All(), .. RecipeVerbs.All(), .. ModelVerbs.All(), .. GenerateVerbs.All(), .. ChatVerbs.All(), .. DoctorVerbs.All()])
{
    root.Add(verb);
}

return root.Parse(args).Invoke();
