using Phi4R.Foundation;
using Phi4R.Recipes;

namespace Phi4R.Tests.Recipes;

/// <summary>What is said of a recipe file that cannot be one, in the words of the file.</summary>
public sealed class RecipeShapeTests
{
    private readonly string _folder = Project.Scratch();

    [Theory]
    [InlineData("""{ "Base": "pocket", "RolloutDpo": { "Betaa": 1 } }""",
        "there is no setting RolloutDpo.Betaa; RolloutDpo has BatchSize, Beta, Epochs")]
    [InlineData("""{ "Base": "pocket", "Epochs": 1 }""", "there is no setting Epochs; a recipe has ")]
    [InlineData("""{ "Base": "pocket", "MidTraining": { "Epochs": "two" } }""",
        "MidTraining.Epochs is \"two\"; expected was a whole number.")]
    [InlineData("""{ "Base": "pocket", "MidTraining": { "Epochs": 1.5 } }""",
        "MidTraining.Epochs is 1.5; expected was a whole number.")]
    [InlineData("""{ "Base": "pocket", "Grpo": { "Anneal": 1 } }""",
        "Grpo.Anneal is 1; expected was true or false.")]
    [InlineData("""{ "Base": "pocket", "RolloutDpo": { "Loss": "Dqo" } }""",
        "RolloutDpo.Loss is \"Dqo\"; expected was one of \"Dpo\", \"Ipo\".")]
    [InlineData("""{ "Base": "pocket", "RolloutDpo": { "Beta": null } }""",
        "RolloutDpo.Beta is null; expected was a number.")]
    [InlineData("""{ "Base": "pocket", "RolloutDpo": 3 }""", "RolloutDpo is 3; expected was settings in braces.")]
    [InlineData("""{ "Base": "pocket", "Curation": { "LevelWeights": 3 } }""",
        "Curation.LevelWeights is 3; expected was a list in brackets.")]
    [InlineData("""{ "Name": "mine" }""", "is missing; give it, or name a recipe that has it as \"Base\".")]
    public void A_field_is_named_as_it_stands_in_the_file_without_a_word_of_the_runtime(string text, string expected)
    {
        var path = Path.Combine(_folder, "mine.json");
        File.WriteAllText(path, text);
        var message = Assert.Throws<InvalidDataException>(() => Recipe.Named(path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotMatch("JSON property|\\.NET|System\\.|Phi4R\\.|BytePosition|\\$\\.", message);
    }

    [Fact]
    public void Every_recipe_of_the_library_has_the_shape_of_one()
    {
        foreach (var name in new[] { "smoke", "pocket", "lab", "paper" })
        {
            var path = Path.Combine(_folder, $"{name}-again.json");
            File.WriteAllText(path, $$"""{ "Base": "{{name}}" }""");
            Assert.Equal($"{name}-again", Recipe.Named(path).Name);
        }
    }

    // The set ships with the project; nothing else names it.
    [Fact]
    public void A_benchmark_that_ships_with_the_project_is_found_where_it_stands()
    {
        var data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(Path.Combine(data, "benchmarks"));
        var shipped = Path.Combine(data, "benchmarks", "some500.jsonl");
        File.WriteAllText(shipped, "");
        var before = HostOptions.Current;
        try
        {
            HostOptions.Current = before with { RunsFolder = Path.Combine(_folder, "runs"), DataFolder = null };
            Assert.Equal(shipped, RecipeFiles.Place("some500.jsonl"));
            var own = Path.Combine(data, "some500.jsonl");
            File.WriteAllText(own, "");
            Assert.Equal(own, RecipeFiles.Place("some500.jsonl"));
            Assert.Equal(Path.Combine(data, "none.jsonl"), RecipeFiles.Place("none.jsonl"));
        }
        finally
        {
            HostOptions.Current = before;
        }
    }
}
