using System.CommandLine;

namespace Phi4R.Cli;

/// <summary>Looking at the machine; each verb is one call into the library.</summary>
internal static class DoctorVerbs
{
    public static IEnumerable<Command> All() => [];
}
