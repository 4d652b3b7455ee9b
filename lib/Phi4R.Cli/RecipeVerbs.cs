using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>Running the recipe; each verb is one call into the library.</summary>
internal static class RecipeVerbs
{
    public static IEnumerable<Command> All() => [];
}
