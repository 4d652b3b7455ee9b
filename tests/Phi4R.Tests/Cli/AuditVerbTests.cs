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
        var (found, said) = await Audit(path);
        Assert.Equal(code, found);
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    // A reference of 15 million signs, in a heap that may have 64 MB.
    [Fact]
    public async Task A_process_that_may_have_little_memory_ends_in_a_line()
    {
        var path = Path.Combine(Project.Scratch(), "set.jsonl");
        File.WriteAllText(path, $$"""{"answer": "{{new string('1', 15_000_000)}}"}""");
        var (code, said) = await Audit(path, heap: "0x4000000");
        Assert.Equal(1, code);
        Assert.StartsWith("phi4r audit: the memory that this process may have ran out.", said,
            StringComparison.Ordinal);
        Assert.Single(said.TrimEnd().Split('\n'));
    }

    private static async Task<(int Code, string Said)> Audit(string path, string? heap = null)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "audit", path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DOTNET_GCHeapHardLimit"] = heap },
            })!;
        var error = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
