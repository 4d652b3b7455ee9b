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

    // A kernel's start waits for the making of its verb, so others are not made for it.
    [Fact]
    public void A_verb_asked_for_is_made_as_among_all_of_them()
    {
        var all = Verbs.Root();
        Assert.All(all.Subcommands, verb =>
        {
            var alone = Verbs.Root(verb.Name).Subcommands.Single(made => made.Name == verb.Name);
            Assert.Equal(verb.Description, alone.Description);
            Assert.Equal(verb.Options.Select(option => option.Name), alone.Options.Select(option => option.Name));
            Assert.Equal(Leaves(verb, "").Select(leaf => leaf.Path), Leaves(alone, "").Select(leaf => leaf.Path));
        });
        Assert.InRange(Verbs.Root("kernel").Subcommands.Count, 1, 5);
        Assert.Equal(all.Subcommands.Count, Verbs.Root("kernels").Subcommands.Count);
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) =>
        command.Subcommands.Where(child => !child.Hidden).SelectMany(child => child.Subcommands.Count > 0
            ? Leaves(child, $"{path}{child.Name} ")
            : [(path + child.Name, child)]);
}
