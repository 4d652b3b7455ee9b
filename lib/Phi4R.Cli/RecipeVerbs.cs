using System.CommandLine;
using Phi4R.Model;
using Phi4R.Recipes;

namespace Phi4R.Cli;

/// <summary>Running the recipe without a notebook; each verb is one call into the library.</summary>
internal static class RecipeVerbs
{
    public static IEnumerable<Command> All() => [Recipe()];

    private static Command Recipe()
    {
        var profile = new Option<string>("--profile") { Description = "smoke, pocket or long.", DefaultValueFactory = _ => "pocket" };
        var seed = new Option<int>("--seed") { Description = "What every random number comes from.", DefaultValueFactory = _ => 1 };
        var output = new Option<string?>("--out") { Description = "The run's folder; runs/PROFILE-seedSEED unless told otherwise." };
        var ablations = new Option<bool>("--ablations") { Description = "Also what happens without mid-training, with packed fine-tuning, with the teacher's pairs, and without the stabilizers." };
        var command = new Command("recipe", "Runs every stage, or goes on where it stopped, and prints what each one gained.") { profile, seed, output, ablations };
        command.SetAction(words =>
        {
            try
            {
                NativeLibraries.Prepare();
                var run = RecipeRun.Open(words.GetValue(profile)!, words.GetValue(seed), words.GetValue(output), text => Console.Error.WriteLine(text));
                Console.WriteLine(run.Summarize().Summary.ToMarkdown());
                if (words.GetValue(ablations))
                {
                    Console.WriteLine(run.Ablate().ToMarkdown());
                }

                return 0;
            }
            catch (Exception exception) when (exception is ArgumentException or IOException or InvalidDataException or InvalidOperationException)
            {
                Console.Error.WriteLine($"phi4r recipe: {exception.Message}");
                return 1;
            }
        });
        return command;
    }
}
