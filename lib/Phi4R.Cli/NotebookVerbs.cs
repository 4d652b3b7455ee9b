using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>Running notebooks and serving the Jupyter kernel; each verb is one call into the library.</summary>
internal static class NotebookVerbs
{
    public static IEnumerable<Command> All() => [];
}
