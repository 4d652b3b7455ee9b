using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

public sealed class CanaryTests
{
    // A right server that has no log-probabilities where a character is of several tokens is taken by another seed; one
    // that never has any is not.
    [Theory]
    [InlineData(3, null)]
    [InlineData(100, "tells no log-probabilities")]
    public async Task A_completion_without_log_probabilities_is_asked_for_again_by_another_seed(
        int without, string? fault)
    {
        using var policy = SmallModel.Create();
        await using var server = LocalGenerator.Of(policy);
        List<(ulong Seed, int Tokens)> asked = [];
        var check = () => new Canary("a server", null).CheckAsync(policy, async request =>
        {
            asked.Add((request.Seeds[0], request.Sampling.MaxTokens));
            var completion = (await server.GenerateAsync(request))[0];
            return (asked.Count > without ? completion : completion with { LogProbs = null, PlainLogProbs = null }, "");
        }, tolerance: 1e-4);

        if (fault is null)
        {
            await check();
            Assert.Equal(without + 1, asked.Count);
        }
        else
        {
            Assert.Contains(fault, (await Assert.ThrowsAsync<InvalidDataException>(check)).Message);
            Assert.Equal([32, 32, 16, 16, 8, 8, 4, 4], asked.Select(one => one.Tokens));
        }

        Assert.Equal(asked.Count, asked.Distinct().Count());
        Assert.Equal(asked.Count, asked.Select(one => one.Seed).Distinct().Count());
    }
}
