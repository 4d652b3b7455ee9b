using System.Text.Json;
using Phi4R.Recipes;

namespace Phi4R.Tests.Recipes;

public sealed class PaperTests
{
    [Fact]
    public void Every_number_of_the_papers_recipe_has_a_source_and_every_source_a_number()
    {
        List<string> leaves = [];
        Collect(JsonSerializer.SerializeToElement(Paper.Recipe), "");
        leaves.RemoveAll(name => name is "Name");
        // Not written where they are off, as in the paper's recipe.
        leaves.AddRange([nameof(Recipe.FineTuningOnly), "Grpo.Staleness", "Grpo.ExtraPrompts"]);
        leaves.AddRange(["StageTable", "PaperTables.Main", "PaperTables.SmallSets", "PaperTables.Remeasured"]);
        Assert.True(leaves.Count > 60);
        var used =
            leaves.Select(
                leaf =>
                    PaperSources.All.Keys
                        .Where(key => leaf == key || leaf.StartsWith(key + ".", StringComparison.Ordinal))
                        .MaxBy(key => key.Length)).ToList();
        Assert.Empty(leaves.Zip(used).Where(pair => pair.Second is null).Select(pair => pair.First));
        Assert.Empty(PaperSources.All.Keys.Except(used!));
        Assert.All(PaperSources.All.Values, source => Assert.NotEmpty(source.Source));

        void Collect(JsonElement element, string name)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in element.EnumerateObject())
                {
                    Collect(property.Value, name.Length == 0 ? property.Name : $"{name}.{property.Name}");
                }
            }
            else
            {
                leaves.Add(name);
            }
        }
    }

    // The released factor is sqrt(1 + ln 32 / ln 4096) = 1.19023807; 48 = 128 * 0.75 / 2.
    [Fact]
    public void The_papers_positions_are_those_of_the_released_model()
    {
        Assert.Equal(1.1902380714238083, Paper.Recipe.Model.AttentionFactor, tolerance: 1e-12);
        Assert.Equal(48, Paper.Recipe.Model.LongFactors!.Count);
        Assert.Equal(48, Paper.Recipe.Model.ShortFactors!.Count);
    }

    [Fact]
    public void A_profile_that_does_not_exist_is_told_those_that_do() =>
        Assert.Contains("smoke", Assert.Throws<ArgumentException>(() => Recipe.Named("large")).Message);
}
