using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class EvaluatedModelTests
{
    [Fact]
    public void Folders_and_addresses_with_and_without_a_model_are_read()
    {
        var models = EvaluatedModel.Parse("Phi-4-Mini=models/base; + RL = a/b@https://host:8000/v1;o1-mini=http://h;");
        Assert.Equal(
        [
            new EvaluatedModel("Phi-4-Mini", "models/base", null),
            new EvaluatedModel("+ RL", "a/b", new Uri("https://host:8000/v1")),
            new EvaluatedModel("o1-mini", "o1-mini", new Uri("http://h")),
        ], models);
        Assert.Empty(EvaluatedModel.Parse(" "));
    }

    [Theory]
    [InlineData("models/base", "'models/base' names no row and place")]
    [InlineData("=x", "'=x' names no row and place")]
    [InlineData("a=m@http://", "'http://' of the row 'a' is no address")]
    public void What_names_no_model_is_said(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => EvaluatedModel.Parse(text)).Message);
}
