using System.Text.RegularExpressions;
using Phi4R.Show;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Tests.Show;

/// <summary>The lines that notebooks show beside their formulas.</summary>
public sealed partial class SourceCodeTests
{
    // The lines are counted in the file that was compiled.
    [Theory]
    [InlineData(typeof(Losses), nameof(Losses.Dpo), "Training/Losses.cs")]
    [InlineData(typeof(Losses), nameof(Losses.Normalized), "Training/Losses.cs")]
    [InlineData(typeof(Advantages), nameof(Advantages.Of), "Training/Advantages.cs")]
    [InlineData(typeof(GroupFilter), nameof(GroupFilter.Balance), "Training/GroupFilter.cs")]
    [InlineData(typeof(GrpoConfig), nameof(GrpoConfig.TemperatureAt), "Stages/GrpoConfig.cs")]
    [InlineData(typeof(ModelLosses), nameof(ModelLosses.SequenceLogProbs), "Training/ModelLosses.cs")]
    public void A_member_is_shown_as_it_stands_in_the_file_whole_and_alone(Type type, string member, string file)
    {
        var shown = SourceCode.Of(type, member).AltText.Split('\n');
        var place = Place().Match(shown[0]);
        Assert.Equal($"lib/Phi4R.Lib/{file}", place.Groups[1].Value);
        var lines = File.ReadAllLines(Path.Combine(Project.Root, "lib", "Phi4R.Lib", file));
        var (first, last) = (int.Parse(place.Groups[2].Value), int.Parse(place.Groups[3].Value));
        Assert.Equal(lines[(first - 1)..last].Select(line => line.Trim()), shown[1..].Select(line => line.Trim()));
        Assert.Contains($" {member}(", shown[1], StringComparison.Ordinal);
        Assert.Equal(0, shown[1..].Sum(line => line.Count(c => c is '{') - line.Count(c => c is '}')));
        Assert.True(last == lines.Length || lines[last].Trim() is "" or "}", lines[last]);
    }

    [Fact]
    public void A_part_goes_from_one_line_to_another_and_is_moved_to_the_margin()
    {
        var part = SourceCode.Of(typeof(Losses), nameof(Losses.PpoClip), from: "var ratio", to: "return");
        Assert.Equal(["var ratio ", "var clippe", "return -mi"],
            part.AltText.Split('\n')[1..].Select(line => line[..10]));
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        Assert.Contains("no member 'Dqo'", Message(() => SourceCode.Of(typeof(Losses), "Dqo")));
        Assert.Contains("Losses.Dpo in Training/Losses.cs has no line with 'ratio'",
            Message(() => SourceCode.Of(typeof(Losses), "Dpo", from: "ratio")));
        Assert.Contains("The source of Recipe is not in Phi4R.Lib",
            Message(() => SourceCode.Of(typeof(Phi4R.Recipes.Recipe), "Name")));

        static string Message(Action show) => Assert.Throws<ArgumentException>(show).Message;
    }

    [Fact]
    public void Code_is_shown_as_text() => Assert.Contains("IReadOnlyList&lt;bool&gt;",
        SourceCode.Of(typeof(GroupFilter), nameof(GroupFilter.KeepAll)).ToHtml(), StringComparison.Ordinal);

    [GeneratedRegex("^(.*), lines ([0-9]+) to ([0-9]+)$")]
    private static partial Regex Place();
}
