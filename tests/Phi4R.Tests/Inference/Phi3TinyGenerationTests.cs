using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

// Expected values: the reference run over the whole sequence at each step, without a cache (its own cache is wrong
// where it crosses from 64 to 65 tokens). In 64 bits the sampler takes the decoder of libtorch's operators, in 32 bits
// that of the processor.
public sealed class Phi3TinyGenerationTests
{
    private static readonly SamplingConfig Greedy = new() { Temperature = 0, TopP = 1, MaxTokens = 32 };

    [Theory]
    [InlineData("a-longrope-tied-f32", ScalarType.Float32)]
    [InlineData("a-longrope-tied-f32", ScalarType.Float64)]
    [InlineData("c-norope-scaling-untied-f32", ScalarType.Float32)]
    [InlineData("c-norope-scaling-untied-f32", ScalarType.Float64)]
    public void Greedy_answers_are_those_of_the_reference_also_across_the_original_length(
        string checkpoint, ScalarType type)
    {
        var folder = Fixtures.Find($"phi3-tiny/{checkpoint}");

        using var model = PretrainedModel.Load(folder, CPU, type);
        Assert.Equal(type == ScalarType.Float32, CpuWeights.Serve(model.Config, CPU, type));
        var cases = Fixtures.Json(Path.Combine(folder, "generate.json")).EnumerateObject()
            .Where(entry => entry.Name.StartsWith("prompt", StringComparison.Ordinal))
            .Select(entry => entry.Value).ToList();
        var drawn = Sampler.Draw(model, [.. cases.Select(one => Request(one.GetProperty("prompt").Ids()))], Greedy,
            stopIds: []);
        foreach (var (one, samples) in cases.Zip(drawn))
        {
            Assert.Equal(one.GetProperty("continuation").Ids(), samples[0].TokenIds);
            Assert.True(samples[0].IsTruncated);
        }
    }

    [Fact]
    public void Greedy_answers_of_sharded_16_bit_weights_are_those_of_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/b-longrope-tied-bf16-sharded");

        using var model = PretrainedModel.Load(folder, CPU);
        var one = Fixtures.Json(Path.Combine(folder, "refs.json")).GetProperty("generate_prompt8_f32_compute");
        Assert.Equal(one.GetProperty("continuation").Ids(),
            Sampler.Draw(model, [Request(one.GetProperty("prompt").Ids())], Greedy, stopIds: [])[0][0].TokenIds);
    }

    [Fact]
    public void Prompts_of_unlike_length_are_answered_together_as_they_are_alone_and_a_stop_token_ends_an_answer()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var model = PretrainedModel.Load(folder, CPU);
        var cases = Fixtures.Json(Path.Combine(folder, "generate.json"));
        var together = cases.GetProperty("batch_leftpad");
        var drawn = Sampler.Draw(model,
            [.. together.GetProperty("prompts").EnumerateArray().Select(prompt => Request(prompt.Ids()))], Greedy with
            {
                MaxTokens = 16,
            }, stopIds: []);
        Assert.Equal(together.GetProperty("continuations").EnumerateArray().Select(ids => ids.Ids()),
            drawn.Select(samples => samples[0].TokenIds));

        var stop = cases.GetProperty("eos_stop");
        var stopped = Sampler.Draw(model, [Request(stop.GetProperty("prompt").Ids())], Greedy,
            [stop.GetProperty("eos_token_id").GetInt32()])[0][0];
        Assert.Equal(stop.GetProperty("continuation_incl_eos").Ids(), stopped.TokenIds);
        Assert.False(stopped.IsTruncated);
    }

    private static SampleRequest Request(int[] prompt) => new(prompt, [Randomness.For(1, "greedy")]);
}
