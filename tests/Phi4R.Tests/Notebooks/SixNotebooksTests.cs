using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>The six notebooks: as they are kept, and as they run at the smallest profile (under a minute in all).</summary>
public sealed partial class SixNotebooksTests
{
    private static string[] Paths { get; } = [.. Directory.GetFiles(Path.Combine(Project.Root, "notebooks"), "0*.ipynb").Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_six() => Assert.Equal(
        ["01-data-distillation", "02-mid-training", "03-sft", "04-rollout-dpo", "05-rlvr", "06-evaluation"],
        Paths.Select(path => Path.GetFileNameWithoutExtension(path)));

    [Fact]
    public void Each_is_small_has_its_outputs_and_its_pictures_have_words()
    {
        foreach (var path in Paths)
        {
            Assert.True(new FileInfo(path).Length < 1 << 20, $"{path} is {new FileInfo(path).Length} bytes; it must stay under a megabyte.");
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            var code = notebook.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code").ToList();
            Assert.Contains(code, cell => cell.GetProperty("outputs").GetArrayLength() > 0);
            var text = string.Concat(code.SelectMany(cell => cell.GetProperty("outputs").EnumerateArray()).Select(output => output.GetRawText()));
            Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
            Assert.True(Picture().Count(text) >= 2, $"{path} holds fewer than two pictures.");
            Assert.DoesNotContain("alt=\\\"\\\"", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_cell_of_code_is_short()
    {
        foreach (var path in Paths)
        {
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var cell in notebook.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code"))
            {
                var lines = string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString())).Split('\n');
                Assert.True(lines.Length <= 18 && lines.All(line => line.Length <= 124), $"{Path.GetFileName(path)}: {lines[0]}");
            }
        }
    }

    // The numbers that a notebook shows first are the recipe's own, so that running it unchanged changes nothing.
    [Fact]
    public void The_parameters_are_those_of_the_pocket_recipe()
    {
        var recipe = Phi4R.Recipes.Pocket.Recipe;
        Dictionary<string, double[]> expected = new()
        {
            ["01-data-distillation"] = [recipe.Distill.RolloutsPerProblem],
            ["02-mid-training"] = [recipe.MidTrain.Optimizer.PeakLearningRate, recipe.MidTrain.Epochs],
            ["03-sft"] = [recipe.FineTune.Optimizer.PeakLearningRate, recipe.FineTune.Epochs],
            ["04-rollout-dpo"] = [recipe.RolloutPreference.Optimizer.PeakLearningRate, recipe.RolloutPreference.Beta],
            ["05-rlvr"] = [recipe.Reinforce.Optimizer.PeakLearningRate],
            ["06-evaluation"] = [recipe.Evaluation.AnswersPerProblem],
        };
        foreach (var path in Paths)
        {
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            var cell = notebook.RootElement.GetProperty("cells").EnumerateArray().Single(cell =>
                cell.GetProperty("metadata").TryGetProperty("tags", out var tags) && tags.EnumerateArray().Any(tag => tag.GetString() == "parameters"));
            var source = string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()));
            Assert.Contains("string profile = \"pocket\";", source, StringComparison.Ordinal);
            Assert.Contains("int seed = 1;", source, StringComparison.Ordinal);
            var numbers = Number().Matches(source).Select(match => double.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Skip(1);
            Assert.Equal(expected[Path.GetFileNameWithoutExtension(path)], numbers);
        }
    }

    [Fact]
    public void All_six_run_at_the_smallest_profile()
    {
        var scratch = Project.Scratch();
        var (code, text) = HouseTests.Bash($"PHI4R_RUNS={scratch} {Launcher} run notebooks/0*.ipynb -p profile=smoke --out {scratch}/out", seconds: 300);
        Assert.True(code == 0, text);
        foreach (var path in Paths)
        {
            var page = File.ReadAllText(Path.Combine(scratch, "out", Path.ChangeExtension(Path.GetFileName(path), ".html")));
            Assert.Contains("data:image/svg+xml;base64,", page, StringComparison.Ordinal);
        }

        Assert.Contains("| base |", File.ReadAllText(Path.Combine(scratch, "smoke-seed1", "results.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-p profil=smoke", "profil")]
    [InlineData("-p profile=smok", "smoke")]
    [InlineData("-p seed=one", "seed")]
    public void A_parameter_that_cannot_be_is_named_in_a_clear_line(string words, string named)
    {
        var scratch = Project.Scratch();
        var (code, text) = HouseTests.Bash($"PHI4R_RUNS={scratch} {Launcher} run notebooks/01-data-distillation.ipynb {words} --out {scratch}/out", seconds: 60);
        Assert.NotEqual(0, code);
        Assert.Contains(named, text, StringComparison.Ordinal);
    }

    private static string Launcher => $"dotnet {Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}";

    [GeneratedRegex("<img alt=")]
    private static partial Regex Picture();

    [GeneratedRegex(@"= ([0-9][0-9.e-]*);")]
    private static partial Regex Number();
}
