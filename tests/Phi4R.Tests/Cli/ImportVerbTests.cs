using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Tests.Cli;

public sealed class ImportVerbTests
{
    // The contract as a person uses it: a summary on the standard output, and two things in the folder.
    [Fact]
    public async Task An_import_prints_what_there_is_and_what_was_left_out()
    {
        var home = Project.Scratch();
        var file = Path.Combine(home, "set.jsonl");
        File.WriteAllText(file, """
            {"question": "How many?", "solution": "<think>\nHm.\n</think>\n\n\\boxed{3}", "answer": "3"}
            {"question": "Prove it.", "solution": "Trivial.", "answer": "proof"}
            """);
        var into = Path.Combine(home, "out");
        var (code, said, errors) = await Run("import", "LIMO", file, "--out", into);
        Assert.Equal(0, code);
        var summary = JsonNode.Parse(said)!;
        Assert.Equal((1, 1), ((int)summary["problems"]!, (int)summary["rollouts"]!));
        Assert.Equal("""{"the reference is no answer: its words say that there is none":1}""",
            summary["left_out"]!.ToJsonString());
        Assert.Contains($"{file}, record 2", errors, StringComparison.Ordinal);
        Assert.Equal("3", Assert.Single(RolloutParts.Read(into)).Answer);
        Assert.Equal("How many?", Assert.Single(ProblemFile.Read(Path.Combine(into, "problems.jsonl"))).Question);
        (code, said, errors) = await Run("import", "LIMO", file, "--out", into);
        Assert.Equal((1, ""), (code, said));
        Assert.StartsWith("phi4r import: ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("download")]
    [InlineData("download", "a/b", "--dataset", "c/d")]
    public async Task A_download_is_of_one_thing(params string[] words)
    {
        var (code, said, errors) = await Run(words);
        Assert.Equal((1, ""), (code, said));
        Assert.Contains("Name a model, or a data set with --dataset.", errors, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Said, string Errors)> Run(params string[] words)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), .. words])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said, await errors);
    }
}
