using System.Collections;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

public sealed class SamplerTests
{
    private static readonly SamplingConfig Free = new() { Temperature = 0.9, TopP = 1, MaxTokens = 20 };

    [Fact]
    public void What_an_answer_says_depends_on_its_prompt_and_stream_alone()
    {
        using var model = SmallModel.Create();
        var requests = Enumerable.Range(0, 90)
            .Select(i => (Prompt: SmallModel.Ids(1 + (i % 30), i), Answers: 1 + (i % 3))).ToList();
        var all = Sampler.Draw(model, [.. requests.Select((request, i) => Request(request.Prompt, i, request.Answers))],
            Free, stopIds: [3, 5]);
        foreach (var i in new[] { 0, 17, 44, 89 })
        {
            var alone = Sampler.Draw(model, [Request(requests[i].Prompt, i, requests[i].Answers)], Free,
                stopIds: [3, 5])[0];
            Assert.Equal(all[i].Count, alone.Count);
            foreach (var (one, other) in all[i].Zip(alone))
            {
                Assert.Equal(one.TokenIds, other.TokenIds);
                Assert.Equal(one.LogProbs!, other.LogProbs!);
                Assert.Equal(one.IsTruncated, other.IsTruncated);
            }
        }
    }

    // In libtorch's operators the last bits of a row depend on how many rows there are: who asks slowly must not be
    // answered in other batches than who asks at once.
    [Fact]
    public void How_slowly_requests_come_does_not_change_a_bit_of_16_bit_weights()
    {
        using var model = SmallModel.Create(dtype: ScalarType.BFloat16);
        var generator = LocalGenerator.Of(model);
        var requests = Enumerable.Range(0, 12).Select(i => Slowly(i, TimeSpan.Zero)).ToList();
        var slow = Enumerable.Range(0, 12).Select(i => Slowly(i, TimeSpan.FromMilliseconds(15))).ToList();
        Assert.Equal(
            Sampler.Draw(generator, requests).SelectMany(group => group).SelectMany(one => one.LogProbs!),
            Sampler.Draw(generator, slow).SelectMany(group => group).SelectMany(one => one.LogProbs!));

        static GenerationRequest Slowly(int i, TimeSpan pause) => new()
        {
            PromptIds = SmallModel.Ids(1 + (3 * i), i),
            Seeds = new SlowList([1, 2, 3], pause),
            Sampling = Free,
            StopIds = [3, 5],
        };
    }

    // Under the by-length rule a token was drawn with the factors that held when it was drawn, so the law is checked
    // with one list.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Log_probabilities_are_those_of_a_whole_forward_pass_at_the_temperature(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create(dtype: type);
        var prompt = SmallModel.Ids(9);
        foreach (var sample in Sampler.Draw(model, [Request(prompt, 1, 6)], Free with { Temperature = 0.7 },
            stopIds: [3])[0])
        {
            int[] ids = [.. prompt, .. sample.TokenIds];
            var logits = model.call(SmallModel.AsTensor(ids)).squeeze(0);
            var (logs, plain) = (nn.functional.log_softmax(logits / 0.7, -1), nn.functional.log_softmax(logits, -1));
            for (var t = 0; t < sample.TokenIds.Length; t++)
            {
                Assert.Equal(logs[prompt.Length + t - 1, sample.TokenIds[t]].AsDouble(), sample.LogProbs![t],
                    tolerance: 1e-5);
                Assert.Equal(plain[prompt.Length + t - 1, sample.TokenIds[t]].AsDouble(), sample.PlainLogProbs![t],
                    tolerance: 1e-5);
            }
        }
    }

    [Fact]
    public void An_answer_ends_with_its_stop_token_or_is_marked_as_cut()
    {
        using var model = SmallModel.Create();
        var samples = Sampler.Draw(model, [Request(SmallModel.Ids(4), 1, 60)], Free with { Temperature = 2 },
            stopIds: [3, 5])[0];
        Assert.Contains(samples, sample => sample.IsTruncated);
        Assert.Contains(samples, sample => !sample.IsTruncated);
        Assert.All(samples, sample =>
        {
            Assert.Equal(sample.TokenIds.Length, sample.LogProbs!.Length);
            Assert.DoesNotContain(sample.TokenIds[..^1], id => id is 3 or 5);
            Assert.Equal(!sample.IsTruncated, sample.TokenIds[^1] is 3 or 5);
            Assert.True(!sample.IsTruncated || sample.TokenIds.Length == 20);
        });
    }

    // The last allowed place may be filled: 44 + 20 = 64. The original length of 16 is crossed on the way by some and
    // not by others.
    [Fact]
    public void An_answer_may_fill_the_model_and_cross_the_original_length()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create(SmallModel.Config with { RopePolicy = RopePolicy.ByLength });
        var greedy = Free with { Temperature = 0 };
        int[][] prompts = [SmallModel.Ids(44), SmallModel.Ids(16), SmallModel.Ids(15), SmallModel.Ids(17),
            SmallModel.Ids(2)];
        var drawn = Sampler.Draw(model, [.. prompts.Select((prompt, i) => Request(prompt, i, 2))], greedy, stopIds: []);
        foreach (var (prompt, samples) in prompts.Zip(drawn))
        {
            List<int> ids = [.. prompt];
            for (var t = 0; t < 20; t++)
            {
                ids.Add((int)model.call(SmallModel.AsTensor([.. ids]))[0, -1].argmax().AsInt64());
            }

            Assert.All(samples, sample => Assert.Equal(ids[prompt.Length..], sample.TokenIds));
        }
    }

    [Fact]
    public void Bad_prompts_are_named()
    {
        using var model = SmallModel.Create();
        Assert.Contains("Prompt 1 is empty", Fault([1], []));
        Assert.Contains("Prompt 0 has 45 tokens and MaxTokens is 20; the model holds 64", Fault(SmallModel.Ids(45)));
        Assert.Contains("Prompt 0 holds the id 40; the model's are 0 to 39", Fault([1, 40]));
        Assert.Empty(Sampler.Draw(model, [], Free, stopIds: []));

        string Fault(params int[][] prompts) =>
            Assert.Throws<ArgumentException>(
                () =>
                    Sampler.Draw(model, [.. prompts.Select(prompt => Request(prompt, 1, 1))], Free,
                        stopIds: [])).Message;
    }

    [Fact]
    public void Drawing_stops_when_it_is_cancelled()
    {
        using var model = SmallModel.Create();
        Assert.ThrowsAny<OperationCanceledException>(
            () =>
                Sampler.Draw(model, [Request([1], 1, 4)], Free, stopIds: [],
                    cancel: new CancellationToken(canceled: true)));
    }

    // Probabilities 1/2, 1/4, 1/8, 1/16, 1/16 of five tokens. Chi-square with four degrees is below 18.5 but once in a
    // thousand.
    [Theory]
    [InlineData(1.0, 1.0, 0, new[] { 0.5, 0.25, 0.125, 0.0625, 0.0625 })]
    [InlineData(1.0, 0.75, 0, new[] { 2.0 / 3, 1.0 / 3, 0, 0, 0 })]
    [InlineData(1.0, 0.76, 0, new[] { 4.0 / 7, 2.0 / 7, 1.0 / 7, 0, 0 })]
    [InlineData(1.0, 0.1, 0, new[] { 1.0, 0, 0, 0, 0 })]
    [InlineData(1.0, 0.0, 0, new[] { 1.0, 0, 0, 0, 0 })]
    [InlineData(0.5, 1.0, 0, new[] { 64.0 / 86, 16.0 / 86, 4.0 / 86, 1.0 / 86, 1.0 / 86 })]
    [InlineData(0.0, 1.0, 0, new[] { 1.0, 0, 0, 0, 0 })]
    [InlineData(1.0, 1.0, 1, new[] { 1.0, 0, 0, 0, 0 })]
    [InlineData(1.0, 1.0, 3, new[] { 4.0 / 7, 2.0 / 7, 1.0 / 7, 0, 0 })]
    [InlineData(0.5, 1.0, 2, new[] { 4.0 / 5, 1.0 / 5, 0, 0, 0 })]
    [InlineData(1.0, 0.8, 3, new[] { 2.0 / 3, 1.0 / 3, 0, 0, 0 })] // P is a share of the K
    [InlineData(1.0, 1.0, 9, new[] { 0.5, 0.25, 0.125, 0.0625, 0.0625 })]
    public void Tokens_come_as_often_as_temperature_and_nucleus_say(
        double temperature, double topP, int topK, double[] expected)
    {
        // The tokens stand in another order, so that a nucleus taken by place would be seen.
        int[] place = [3, 0, 4, 1, 2];
        var logits = new float[5];
        double[] shares = [0.5, 0.25, 0.125, 0.0625, 0.0625];
        for (var i = 0; i < 5; i++)
        {
            logits[place[i]] = (float)Math.Log(shares[i]) + 7;
        }

        var draw = new TokenSampler(5);
        var config = new SamplingConfig { Temperature = temperature, TopP = topP, TopK = topK, MaxTokens = 1 };
        var stream = Randomness.For(1, "frequencies");
        const int Draws = 40_000;
        var counts = new int[5];
        for (var i = 0; i < Draws; i++)
        {
            var (token, logProbability, plain) = draw.Next(logits, config, stream);
            var rank = Array.IndexOf(place, token);
            counts[rank]++;
            Assert.Equal(Math.Log(expected[rank]), logProbability, tolerance: 1e-5);
            Assert.Equal(Math.Log(shares[rank]), plain, tolerance: 1e-5);
        }

        Assert.All(Enumerable.Range(0, 5), i => Assert.True(expected[i] > 0 || counts[i] == 0, $"rank {i} is outside "
            + $"the nucleus and was drawn {counts[i]} times"));
        Assert.InRange(Enumerable.Range(0, 5).Where(i => expected[i] > 0)
            .Sum(i => Math.Pow(counts[i] - (Draws * expected[i]), 2) / (Draws * expected[i])), 0, 18.5);
    }

    // The vocabulary of the real model and nearly even chances, where a sum in 32 bits is off by a tenth of the last
    // id's own chance. Its chance is summed here in doubles.
    [Fact]
    public void The_last_id_is_drawn_as_often_as_its_own_probability_says()
    {
        const int Vocabulary = 200_064;
        var draw = new TokenSampler(Vocabulary);
        var config = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 1 };
        var noise = Randomness.For(1, "logits");
        for (var row = 0; row < 12; row++)
        {
            var logits = new float[Vocabulary];
            foreach (ref var logit in logits.AsSpan())
            {
                logit = (float)(2 * noise.NextDouble());
            }

            var chance = Math.Exp(logits[^1]) / logits.Sum(logit => Math.Exp(logit));
            Assert.NotEqual(Vocabulary - 1, draw.Next(logits, config, Next(1 - (1.02 * chance))).Token);
            Assert.Equal(Vocabulary - 1, draw.Next(logits, config, Next(1 - (0.98 * chance))).Token);

            logits[^1] = -1_000; // A row of the vocabulary without a token.
            Assert.NotEqual(Vocabulary - 1, draw.Next(logits, config, Next(1)).Token);
        }
    }

    // A stream whose next number is this one: SplitMix64 turned back, step by step.
    private static RandomStream Next(double uniform)
    {
        var bits = Math.Min((ulong)(uniform * (1UL << 53)), (1UL << 53) - 1) << 11;
        bits = Unshift(bits, 31) * Inverse(0x94D049BB133111EB);
        bits = Unshift(bits, 27) * Inverse(0xBF58476D1CE4E5B9);
        var stream = new RandomStream(Unshift(bits, 30) - 0x9E3779B97F4A7C15);
        Assert.Equal(uniform, new RandomStream(stream.State).NextDouble(), tolerance: 1e-15);
        return stream;

        static ulong Unshift(ulong value, int by)
        {
            var found = value;
            for (var shift = by; shift < 64; shift += by)
            {
                found = value ^ (found >> by);
            }

            return found;
        }

        // Newton's way: each turn doubles the bits that are right.
        static ulong Inverse(ulong factor)
        {
            var inverse = factor;
            for (var i = 0; i < 6; i++)
            {
                inverse *= 2 - (factor * inverse);
            }

            return inverse;
        }
    }

    private static SampleRequest Request(int[] prompt, int name, int answers) =>
        new(prompt, [.. Enumerable.Range(0, answers).Select(j => Randomness.For(1, "samples", name, j))]);

    private sealed class SlowList(ulong[] seeds, TimeSpan pause) : IReadOnlyList<ulong>
    {
        public int Count => seeds.Length;

        public ulong this[int index]
        {
            get
            {
                Thread.Sleep(pause);
                return seeds[index];
            }
        }

        public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)seeds).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
