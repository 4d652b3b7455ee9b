using Phi4R.Cli;

namespace Phi4R.Tests.Cli;

/// <summary>The report of the recorded run of seed 1, whose table stands in the README too.</summary>
public sealed class RunPageTests
{
    [Fact]
    public void A_record_becomes_a_page_that_opens_alone_and_the_same_text_beside_it()
    {
        var folder = Project.Scratch();
        File.WriteAllText(Path.Combine(folder, "01-x.html"), "<title>01 &amp; x</title>");
        var record = Directory.GetDirectories(Path.Combine(Project.Root, "data", "runs"), "*pocket-seed1").Single();
        var page = File.ReadAllText(RunPage.Write(record, folder));
        Assert.Contains("<a href=\"01-x.html\">01 &amp; x</a>", page, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/svg+xml;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"report", page, StringComparison.Ordinal);

        var text = File.ReadAllText(Path.Combine(folder, "report.md"));
        Assert.StartsWith("# pocket, seed 1\n", text, StringComparison.Ordinal);
        Assert.Contains("| + RL | 94.0 ± 0.9, 0.3 (+1.5) |", text, StringComparison.Ordinal);
        Assert.Contains("## Settings that differ from the recipe\n\nNone.", text, StringComparison.Ordinal);
        Assert.Contains("| processor | AuthenticAMD ", text, StringComparison.Ordinal);
        Assert.Contains("Together 7.1 minutes of training.", text, StringComparison.Ordinal);
    }
}
