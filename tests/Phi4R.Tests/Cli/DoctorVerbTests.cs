namespace Phi4R.Tests.Cli;

public sealed class DoctorVerbTests
{
    [Fact]
    public void Each_finding_is_a_line_and_the_exit_code_says_whether_all_are_fine()
    {
        var (code, output) = JsonLinesVerbTests.Phi4r("doctor", "");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("ok    .NET: ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches("^(ok  |FAIL)  [^:]+: .+", line));
        Assert.Equal(lines.Any(line => line.StartsWith("FAIL", StringComparison.Ordinal)) ? 1 : 0, code);
    }

    [Fact]
    public void What_fails_stands_with_what_to_do()
    {
        var (code, output) = JsonLinesVerbTests.Phi4r("doctor --model nowhere/at-all", "");
        Assert.Equal(1, code);
        Assert.Matches("(?m)^FAIL  model: .*nowhere/at-all.* -> .+$", output);
    }
}
