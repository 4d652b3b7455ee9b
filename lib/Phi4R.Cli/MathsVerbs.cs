using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>Asking the verifier; each verb is one call into the library.</summary>
internal static class MathsVerbs
{
    public static IEnumerable<Command> All() => [];
}
