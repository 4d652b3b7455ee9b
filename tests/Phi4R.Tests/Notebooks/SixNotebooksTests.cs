using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Notebooks.Documents;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// The six notebooks: as they are kept, and as they run at the smallest profile (under a minute in all).
/// </summary>
public sealed partial class SixNotebooksTests
{
    private static string[] Paths
    {
        get;
    } = [.. Directory.GetFiles(Path.Combine(Project.Root, "notebooks"), "0*.ipynb")
        .Where(path => !path.Contains("07-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_six() => Assert.Equal(
        ["01-data-distillation", "02-mid-training", "03-sft", "04-rollout-dpo", "05-rlvr", "06-evaluation"],
        Paths.Select(path => Path.GetFileNameWithoutExtension(path)));

    [Fact]
    public void Each_is_small_has_its_outputs_and_its_pictures_have_words()
    {
        foreach (var path in Paths)
        {
            Assert.True(new FileInfo(path).Length < 1 << 20,
                $"{path} is {new FileInfo(path).Length} bytes; it must stay under a megabyte.");
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            var code = notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.GetProperty("cell_type").GetString() == "code").ToList();
            Assert.Contains(code, cell => cell.GetProperty("outputs").GetArrayLength() > 0);
            var text = string.Concat(code.SelectMany(cell => cell.GetProperty("outputs").EnumerateArray())
                .Select(output => output.GetRawText()));
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
            foreach (var cell in notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.GetProperty("cell_type").GetString() == "code"))
            {
                var lines = string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()))
                    .Split('\n');
                Assert.True(lines.Length <= 18 && lines.All(line => line.Length <= 124),
                    $"{Path.GetFileName(path)}: {lines[0]}");
            }
        }
    }

    [Fact]
    public void Each_is_set_up_by_one_line_and_shows_the_stage_that_it_is_about_live_by_one()
    {
        string[] stages = ["Distillation", "MidTraining", "Sft", "Dpo", "Grpo", "Evaluation"];
        foreach (var (path, stage) in Paths.Zip(stages))
        {
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            var lines = notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.GetProperty("cell_type").GetString() == "code")
                .SelectMany(cell => cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()!))
                .ToList();
            Assert.Equal("#!import \"setup.cs\"\n", lines[0]);
            Assert.DoesNotContain(lines[1..], line => line.StartsWith('#'));
            Assert.Single(lines, line => line.Contains($"Watch(run, Pipeline.{stage}", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.Contains("LiveRun", StringComparison.Ordinal));
        }
    }

    // The next cell hands each to the run under the name of the recipe's setting that stands beside it.
    [Fact]
    public void Every_parameter_is_left_to_the_recipe_and_names_a_setting_that_there_is()
    {
        var settings = OtherRecipe.Leaves(Phi4R.Recipes.Pocket.Recipe)
            .ToDictionary(leaf => leaf.Path, leaf => leaf.Type);
        foreach (var path in Paths)
        {
            using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
            var sources = notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Select(
                    cell => string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString())))
                        .ToList();
            var tagged = notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Select(cell => cell.GetProperty("metadata"))
                .Select(data => data.TryGetProperty("tags", out var tags)
                    && tags.EnumerateArray().Any(tag => tag.GetString() == "parameters")).ToList();
            var place = tagged.IndexOf(true);
            var lines = sources[place].Split('\n');
            Assert.Equal(["string profile = \"pocket\"; // smoke, tiny, pocket, lab-smoke, lab, or a recipe file",
                "int seed = 1;"], lines[..2]);
            Assert.NotEmpty(lines[2..]);
            foreach (var line in lines[2..].Where(line => !OfAnyModel().IsMatch(line)))
            {
                if (Switch().Match(line) is { Success: true } own)
                {
                    // Of the notebook, not of the recipe: off, and asked for in a later cell.
                    Assert.Contains(sources[(place + 1)..],
                        source => Regex.IsMatch(source, $@"\b{own.Groups[1].Value}\b( \?|\))"));
                    continue;
                }

                var declared = Parameter().Match(line);
                Assert.True(declared.Success, $"{Path.GetFileName(path)}: {line}");
                var (type, name, setting) = (declared.Groups[1].Value, declared.Groups[2].Value,
                    declared.Groups[3].Value);
                Assert.Equal(settings[setting], type switch
                {
                    "int" => typeof(int),
                    "double" => typeof(double),
                    _ =>
                    typeof(bool)
                });
                Assert.Contains($"(\"{setting}\", {name})", sources[place + 1], StringComparison.Ordinal);
            }

            Assert.Contains("Table.Parameters(run)", sources[place + 1], StringComparison.Ordinal);
        }
    }

    // The words of a good textbook's chapter, and the terms that a reader will look up.
    [Fact]
    public void The_five_that_teach_have_the_length_of_a_chapter_and_call_things_by_their_names()
    {
        string[][] names = [["rejection sampling"], ["nats per token"], ["loss mask", "padding"],
            ["implicit reward", "on-policy", "off-policy"], ["GRPO", "on-policy", "importance ratio", "group filter"]];
        foreach (var (path, terms) in Paths.Zip(names))
        {
            var text = Markdown(path);
            Assert.InRange(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 1_200, 1_800);
            Assert.All(terms, term => Assert.Contains(term, text, StringComparison.Ordinal));
        }
    }

    // Beside each formula a cell of the library's own lines; what it names is there.
    [Fact]
    public void Each_source_that_a_notebook_shows_is_there()
    {
        var (shown, assembly) = (0, typeof(Phi4R.Training.Losses).Assembly);
        foreach (var path in Paths[1..5])
        {
            var cells = Sources(path)
                .Where(source => source.StartsWith("SourceCode.Of(", StringComparison.Ordinal)).ToList();
            Assert.InRange(cells.Count, 2, 6);
            foreach (var cell in cells)
            {
                var call = SourceCall().Match(cell);
                Assert.True(call.Success, cell);
                var type = assembly.GetTypes().Single(type => type.IsPublic && type.Name == call.Groups[1].Value);
                string? Part(int group) => call.Groups[group].Success ? call.Groups[group].Value : null;
                var code = Phi4R.Show.SourceCode.Of(type, call.Groups[2].Value, Part(3), Part(4));
                Assert.InRange(code.AltText.Split('\n').Length, 3, 20);
                shown++;
            }
        }

        Assert.True(shown >= 10);
    }

    // What an exercise says to set stands in the cell of parameters.
    [Fact]
    public void An_exercise_sets_only_what_stands_in_the_parameters()
    {
        foreach (var path in Paths[..5])
        {
            var exercises = Markdown(path).Split("## Exercises")[1].Split("## For the real model")[0];
            var parameters = Sources(path)
                .Single(source => source.StartsWith("string profile", StringComparison.Ordinal));
            var set = SetTo().Matches(exercises).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(set);
            Assert.All(set, name => Assert.Matches($@"\b{name} = ", parameters));
            Assert.DoesNotContain("`With`", exercises, StringComparison.Ordinal);
        }
    }

    private static string Markdown(string path) => string.Join("\n", Cells(path, "markdown"));

    private static List<string> Sources(string path) => [.. Cells(path, "code")];

    private static IEnumerable<string> Cells(string path, string type)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. notebook.RootElement.GetProperty("cells").EnumerateArray()
            .Where(cell => cell.GetProperty("cell_type").GetString() == type)
            .Select(cell => cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()))
            .Select(lines => string.Concat(lines))];
    }

    /// <summary>
    /// All six over the smallest recipe, each number another than the pocket's: the folder of the run, the recipe's
    /// file, and what became of it.
    /// </summary>
    private static readonly Lazy<(string Folder, string Recipe, int Code, string Text)> OwnRun = new(() =>
    {
        var scratch = Project.Scratch();
        var file = OtherRecipe.Write(scratch);
        var (code, text) = RunAll(scratch, file, "");
        return (scratch, file, code, text);
    });

    // What each stage was made with stands in its folder.
    [Fact]
    public void All_six_obey_every_number_of_a_recipe_file()
    {
        var (scratch, file, code, text) = OwnRun.Value;
        Assert.True(code == 0, text);
        foreach (var path in Paths)
        {
            var page = File.ReadAllText(Executed(scratch, path, ".html"));
            Assert.Contains("data:image/svg+xml;base64,", page, StringComparison.Ordinal);
            Assert.Contains("Nothing is changed: every number is that of the recipe", page, StringComparison.Ordinal);
        }

        var run = Path.Combine(scratch, "runs", $"{Path.GetFileNameWithoutExtension(file)}-seed1");
        Assert.Contains("| base |", File.ReadAllText(Path.Combine(run, "results.md")), StringComparison.Ordinal);
        Assert.Equal("", string.Join("; ", OtherRecipe.Disobeyed(Phi4R.Recipes.Recipe.Named(file), run)));
    }

    // The other engine trains everything anew.
    [Fact]
    public void Every_cell_of_the_six_shows_the_same_values_on_the_kernel_of_NET_Interactive()
    {
        Assert.True(OwnRun.Value.Code == 0, OwnRun.Value.Text);
        var scratch = Project.Scratch();
        var (code, text) = RunAll(scratch, OwnRun.Value.Recipe, "--engine interactive");
        Assert.True(code == 0, text);
        ShowsWhatOursShows(scratch);
    }

    // As a front end runs them, by Jupyter's protocol: the kernel that people had before ours.
    [FactWhere("the tool of .NET Interactive: dotnet tool install --global Microsoft.dotnet-interactive",
        "dotnet-interactive --version")]
    public void Every_cell_of_the_six_shows_the_same_values_on_the_tool_of_NET_Interactive()
    {
        Assert.True(OwnRun.Value.Code == 0, OwnRun.Value.Text);
        var scratch = Project.Scratch();
        foreach (var path in Paths)
        {
            var notebook = Notebook.Read(path);
            NotebookParameters.Inject(notebook, [new("profile", OwnRun.Value.Recipe)]);
            notebook.ClearOutputs();
            ProcessStartInfo command = new("dotnet-interactive", ["jupyter", "--default-kernel", "csharp"])
            {
                WorkingDirectory = Path.GetDirectoryName(path),
            };
            command.Environment["PHI4R_RUNS"] = Path.Combine(scratch, "runs");
            using var kernel = new RealKernel(command);
            kernel.RunAll(notebook, Executed(scratch, path, ".ipynb"));
        }

        ShowsWhatOursShows(scratch);
    }

    private static void ShowsWhatOursShows(string folder)
    {
        foreach (var path in Paths)
        {
            var (expected, found) = (ShownValues.Of(Executed(OwnRun.Value.Folder, path, ".ipynb")),
                ShownValues.Of(Executed(folder, path, ".ipynb")));
            Assert.InRange(expected.Count(shown => shown.Length > 0), 7, 30);
            Assert.All(expected.Zip(found), cell => Assert.Equal(cell.First, cell.Second));
            Assert.Equal(expected.Count, found.Count);
        }
    }

    private static (int Code, string Text) RunAll(string folder, string recipe, string words) => HouseTests.Bash(
        $"PHI4R_RUNS={folder}/runs {Launcher} run notebooks/0[1-6]*.ipynb --profile {recipe} {words} "
            + $"--out {folder}/out", seconds: 420);

    private static string Executed(string folder, string notebook, string extension) =>
        Path.Combine(folder, "out", Path.ChangeExtension(Path.GetFileName(notebook), extension));

    [Fact]
    public void A_parameter_that_is_given_is_shown_beside_the_recipes_and_holds_for_that_notebook_alone()
    {
        var scratch = Project.Scratch();
        var file = OtherRecipe.Write(scratch);
        var (code, text) = HouseTests.Bash(
            $"PHI4R_RUNS={scratch} {Launcher} run notebooks/01-data-distillation.ipynb --profile {file} -p "
                + $"rolloutsPerProblem=1 --out {scratch}/out", seconds: 120);
        Assert.True(code == 0, text);
        var page = File.ReadAllText(Path.Combine(scratch, "out", "01-data-distillation.html"));
        var recipe = Phi4R.Recipes.Recipe.Named(file);
        var asked = recipe.Distill.RolloutsPerProblem;
        Assert.Matches($"align=\"right\">{asked}</td><td [^>]*>1</td><td [^>]*>changed</td>", page);
        var stage = Assert.Single(Directory.GetDirectories(Path.Combine(scratch, "other-seed1"), "distillation-*"));
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(stage, "stage.json")));
        Assert.Equal(1, manifest.RootElement.GetProperty("Settings").GetProperty("Distill")
            .GetProperty("RolloutsPerProblem").GetInt32());

        // Who opens the run next is asked for the recipe's.
        Assert.Equal(recipe.Distill.RolloutsPerProblem,
            Phi4R.Runs.RecipeRun.Open(file, 1, Path.GetDirectoryName(stage)).Recipe.Distill.RolloutsPerProblem);
        Assert.DoesNotContain("recipe.json",
            Directory.GetFiles(Path.GetDirectoryName(stage)!).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("-p profil=smoke", "profil")]
    [InlineData("-p profile=smok", "smoke")]
    [InlineData("-p seed=one", "seed")]
    public void A_parameter_that_cannot_be_is_named_in_a_clear_line(string words, string named)
    {
        var scratch = Project.Scratch();
        var (code, text) = HouseTests.Bash($"PHI4R_RUNS={scratch} {Launcher} run "
            + $"notebooks/01-data-distillation.ipynb {words} --out {scratch}/out", seconds: 60);
        Assert.NotEqual(0, code);
        Assert.Contains(named, text, StringComparison.Ordinal);
    }

    private static string Launcher => $"dotnet {Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}";

    [GeneratedRegex("<img alt=")]
    private static partial Regex Picture();

    // In the first and the sixth, which ask any model, too: LabNotebooksTests, EvaluationNotebookTests.
    [GeneratedRegex(@"^(string|int\??) (model|endpoint|judgeModel|judgeEndpoint|apiKeyVariable|judgeKeyVariable"
        + @"|benchmarks|limit|samples|maxTokens|output) = ")]
    private static partial Regex OfAnyModel();

    [GeneratedRegex(@"^bool (\w+) = false; // [a-z].{20,}$")]
    private static partial Regex Switch();

    [GeneratedRegex(@"^(int|double|bool)\? (\w+) = null; // ([A-Z][A-Za-z.]+)$")]
    private static partial Regex Parameter();

    [GeneratedRegex("""^SourceCode\.Of\(typeof\((\w+)\), "(\w+)"(?:, from: "([^"]+)")?(?:, to: "([^"]+)")?\)$""")]
    private static partial Regex SourceCall();

    [GeneratedRegex(@"`(\w+) = [^`]+`")]
    private static partial Regex SetTo();
}
