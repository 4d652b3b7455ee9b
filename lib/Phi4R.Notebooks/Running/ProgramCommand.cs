using System.Reflection;

namespace Phi4R.Notebooks.Running;

/// <summary>How a program is started.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">The words before the verb, such as the path of the dll.</param>
public sealed record ProgramCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The way in which this very process was started.</summary>
    public static ProgramCommand Current()
    {
        var program = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            && Assembly.GetEntryAssembly() is { Location: { Length: > 0 } entry }
            ? new ProgramCommand(program, [entry])
            : new ProgramCommand(program, []);
    }
}
