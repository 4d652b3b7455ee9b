using Phi4R.Runs;
using Phi4R.Tests.Inference;

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

    [Fact]
    public async Task Models_without_a_row_are_those_of_this_process_or_of_the_endpoint_and_rows_by_their_names()
    {
        var server = new Uri("http://host:8000");
        Assert.Empty(await EvaluatedModel.NamedAsync(null, " "));
        Assert.Equal([new EvaluatedModel("models/base", "models/base", null),
            new EvaluatedModel("rl", "rl", server)], await EvaluatedModel.NamedAsync(
                "models/base; rl@http://host:8000", null));
        Assert.Equal([new EvaluatedModel("a/b", "a/b", server), new EvaluatedModel("c", "c", new Uri("http://d"))],
            await EvaluatedModel.NamedAsync("a/b;c@http://d", "http://host:8000"));
        Assert.StartsWith("'host:8000' is no address", (await Assert.ThrowsAsync<ArgumentException>(() =>
            EvaluatedModel.NamedAsync("a", "host:8000"))).Message);
    }

    // The names are a server's own; one is taken, and of several somebody has to choose.
    [Fact]
    public async Task Where_no_model_is_named_it_is_the_one_that_the_endpoint_has()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new("1"));
        Assert.Equal([new EvaluatedModel("m", "m", server.Address)],
            await EvaluatedModel.NamedAsync(null, $"{server.Address}"));
        server.Models = """{"data": [{"id": "a"}, {"id": 7}, {"id": "b"}]}""";
        Assert.Contains("has 2 models (a, b); name one", (await Assert.ThrowsAsync<ArgumentException>(() =>
            EvaluatedModel.NamedAsync(null, $"{server.Address}"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models/base", "'models/base' names no row and place")]
    [InlineData("=x", "'=x' names no row and place")]
    [InlineData("a=m@http://", "'http://' of the row 'a' is no address")]
    public void What_names_no_model_is_said(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => EvaluatedModel.Parse(text)).Message);
}
