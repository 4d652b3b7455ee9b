using System.CommandLine;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>Looking at the machine; each verb is one call into the library.</summary>
internal static class DoctorVerbs
{
    public static IEnumerable<Command> All() => [Look()];

    private static Command Look()
    {
        var model = new Option<string?>("--model")
        {
            Description = "Folder of a released model to look at, or the name of a downloaded one (owner/name); else "
                + "PHI4R_MODEL, else the pocket model.",
        };
        var command = new Command("doctor", "Says whether this machine can run the recipe, and what to do where "
            + "it cannot.")
        {
            model,
        };
        command.SetAction(words =>
        {
            var findings = Doctor.Check(words.GetValue(model));
            foreach (var finding in findings)
            {
                Console.WriteLine($"{(finding.Fine ? "ok  " : "FAIL")}  {finding.Subject}: "
                    + $"{finding.Found}{(finding.Fine ? "" : $"  -> {finding.Advice}")}");
            }

            return findings.All(finding => finding.Fine) ? 0 : 1;
        });
        return command;
    }
}
