using System.Diagnostics;

namespace Phi4R.Tests.Cli;

public sealed class AuditVerbTests
{
    [Theory]
    [InlineData("", 1, "holds no record")]
    [InlineData("\n\n", 1, "holds no record")]
    [InlineData("{\"answer\": \"12\"}\n", 0, "\"references\":1")]
    [InlineData("{\"answer\"\n", 1, "Line 1 cannot be read")]
    public async Task A_file_without_references_is_no_success(string text, int code, string message)
    {
        var path = Path.Combine(Project.Scratch(), "set.jsonl");
        File.WriteAllText(path, text);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "audit", path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }
}
