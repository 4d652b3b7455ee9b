using System.CommandLine;
using Phi4R.Cli;

namespace Phi4R.Tests.Cli;

/// <summary>Each verb's help ends with a command line that the verb takes.</summary>
public sealed class VerbExamplesTests
{
    [Fact]
    public void Every_verb_has_an_example_that_it_takes()
    {
        var root = Verbs.Root();
        var verbs = Leaves(root, "").ToList();
        Assert.Equal(verbs.Select(verb => verb.Path).Order(StringComparer.Ordinal),
            VerbExamples.All.Keys.Order(StringComparer.Ordinal));
        Assert.All(verbs, verb =>
        {
            var parsed = root.Parse(VerbExamples.All[verb.Path].Split(['<', '#'])[0]);
            Assert.Equal((verb.Command, ""),
                (parsed.CommandResult.Command, string.Join(" ", parsed.Errors.Select(error => error.Message))));
        });
    }

    [Fact]
    public void The_example_stands_under_the_help()
    {
        using var output = new StringWriter();
        var parsed = Verbs.Root().Parse("kernel install --help");
        Assert.Equal(0, parsed.Invoke(new InvocationConfiguration { Output = output }));
        Assert.Contains("Example:\n  phi4r kernel install --name phi4r", output.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) =>
        command.Subcommands.Where(child => !child.Hidden).SelectMany(child => child.Subcommands.Count > 0
            ? Leaves(child, $"{path}{child.Name} ")
            : [(path + child.Name, child)]);
}
