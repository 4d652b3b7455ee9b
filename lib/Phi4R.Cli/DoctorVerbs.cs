using System.CommandLine;
using Phi4R.Recipes;

namespace Phi4R.Cli;

/// <summary>Looking at the machine; each verb is one call into the library.</summary>
internal static class DoctorVerbs
{
    public static IEnumerable<Command> All() => [Look()];

    private static Command Look()
    {
        var command = new Command("doctor", "Says whether this machine can run the recipe, and what to do where it cannot.");
        command.SetAction(_ =>
        {
            var findings = Doctor.Check();
            foreach (var finding in findings)
            {
                Console.WriteLine($"{(finding.Fine ? "ok  " : "FAIL")}  {finding.Subject}: {finding.Found}{(finding.Fine ? "" : $"  -> {finding.Advice}")}");
            }

            return findings.All(finding => finding.Fine) ? 0 : 1;
        });
        return command;
    }
}
