using System.Diagnostics;

namespace Phi4R.Tests.House;

/// <summary>A test that is told as skipped, with the reason, on a machine without the commands that it needs.</summary>
/// <param name="missing">What to install, as the reason says it.</param>
/// <param name="commands">Shell commands that must all succeed, in the project's folder.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWhereAttribute(string missing, params string[] commands) : FactAttribute
{
    public override string? Skip
    {
        get => base.Skip ?? (commands.All(Succeeds) ? null : $"needs {missing}");
        set => base.Skip = value;
    }

    private static bool Succeeds(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", $"{command} >/dev/null 2>&1"])
        {
            WorkingDirectory = Project.Root,
        })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
