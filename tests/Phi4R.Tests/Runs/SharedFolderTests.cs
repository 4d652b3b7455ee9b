using System.Diagnostics;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

// The law: any number of commands on one run's folder end well, and leave what one alone would have left.
public sealed class SharedFolderTests
{
    [Fact]
    public void Three_commands_on_one_folder_all_end_well_and_each_stage_is_made_once()
    {
        var folder = Project.Scratch();
        var ended = Enumerable.Range(0, 3).Select(_ => Start(folder)).ToList().ConvertAll(command => End(command));
        Assert.All(ended, end => Assert.True(end.Code == 0, end.Text));
        Assert.Equal(ended[0].Table, ended[1].Table);
        Assert.Equal(ended[0].Table, ended[2].Table);
        Assert.StartsWith("| model |", ended[0].Table, StringComparison.Ordinal);

        // Eighteen stages; nothing half written, set aside or still locked.
        var names = Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)).ToList();
        Assert.Equal(18, StageManifest.OfRun(folder).Count);
        Assert.Equal(18, names.Count(IsStage));
        Assert.Equal(
            ["hashes.jsonl", "plan.json", "reference", "results.md", "run.json", "tokens"],
            names.Where(name => !IsStage(name)).Order(StringComparer.Ordinal));

        // Of three that want a stage one makes it and two take it.
        var taken = ended.SelectMany(end => end.Text.Split('\n'))
            .Count(line => line.Contains("have not changed", StringComparison.Ordinal));
        Assert.Equal(2 * 18, taken);
        var alone = Project.Scratch();
        Assert.Equal(End(Start(alone)).Table, ended[0].Table);
        Assert.Empty(RunDiff.Of(alone, folder).Lines);

        // The command knows the same verifier as this process.
        var distillation = StageManifest.OfRun(folder)["distillation"].Manifest;
        Assert.Equal(RoomCode.Verifier, distillation.Settings.GetProperty("Verifier").GetString());

        static bool IsStage(string name) => name.Contains('-', StringComparison.Ordinal);
    }

    // It is stopped in the middle of a stage that the other waits for, which then goes on with it.
    [Fact]
    public void A_command_that_waits_for_one_that_is_killed_goes_on_where_that_one_was()
    {
        var folder = Project.Scratch();
        using var killed = Start(folder, "base").Process;
        while (!killed.HasExited && Directory.GetDirectories(folder, "base-*.part").Length == 0)
        {
            Thread.Sleep(1);
        }

        var waiting = Start(folder, "base");
        Thread.Sleep(1500);
        killed.Kill();
        killed.WaitForExit();
        var (code, text, _) = End(waiting);
        Assert.True(code == 0, text);
        Assert.Empty(Directory.GetFiles(folder, "*.lock"));
        Assert.Equal(["base", "distillation"], StageManifest.OfRun(folder).Keys.Order(StringComparer.Ordinal));
    }

    private sealed record Command(Process Process, Task<string> Error, Task<string> Table);

    private static Command Start(string folder, string last = "evaluation")
    {
        var program = Path.Combine(AppContext.BaseDirectory, "phi4r.dll");
        string[] words = [program, "recipe", "--recipe", "smoke", "--to", last, "--out", folder];
        var process = Process.Start(new ProcessStartInfo("dotnet", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return new Command(process, process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
    }

    private static (int Code, string Text, string Table) End(Command command)
    {
        using (command.Process)
        {
            command.Process.WaitForExit();
            return (command.Process.ExitCode, command.Error.Result, command.Table.Result);
        }
    }
}
