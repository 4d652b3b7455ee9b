using System.Collections.Concurrent;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

public sealed class EngineTests
{
    private static readonly SamplingConfig Free = new() { Temperature = 0.9, TopP = 1, MaxTokens = 60 };
    private static readonly ModelConfig Long = SmallModel.Config with
    {
        MaxPositions = 256,
        OriginalMaxPositions = 100,
        RopePolicy = RopePolicy.ByLength,
    };

    // 2 layers, 2 heads of 16 channels, 64 places, keys and values, 4 bytes: 32,768 bytes a page. Three pages a worker
    // hold one answer of the longest.
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public async Task A_small_cache_changes_nothing_but_the_time(int pages)
    {
        using var model = SmallModel.Create(Long);
        using var roomy = new Engine(model);
        using var narrow = new Engine(model, pages * 32_768L * Environment.ProcessorCount);
        var requests = Enumerable.Range(0, 24)
            .Select(
                i => new SampleRequest(SmallModel.Ids(1 + (i * 5 % 130), i),
                    [.. Enumerable.Range(0, 1 + (i % 5)).Select(j => Randomness.For(1, "narrow", i, j))])).ToList();
        var again = requests.Select((request, i) => request with
        {
            Streams = [.. Enumerable.Range(0, request.Streams.Count).Select(j => Randomness.For(1, "narrow", i, j))],
        }).ToList();
        var expected = await Task.WhenAll(requests.Select(request => roomy.Draw(request, Free, [3])));
        var found = await Task.WhenAll(again.Select(request => narrow.Draw(request, Free, [3])));
        foreach (var (one, other) in expected.SelectMany(samples => samples).Zip(found.SelectMany(samples => samples)))
        {
            Assert.Equal(one.TokenIds, other.TokenIds);
            Assert.Equal(one.PlainLogProbs!, other.PlainLogProbs!);
        }
    }

    [Fact]
    public async Task An_answer_that_can_never_fit_the_cache_is_refused()
    {
        using var model = SmallModel.Create(Long);
        using var engine = new Engine(model, 3 * 32_768L * Environment.ProcessorCount);
        var problem = await Assert.ThrowsAsync<ArgumentException>(
            () => engine.Draw(new SampleRequest(SmallModel.Ids(150), [Randomness.For(1, "x")]), Free, []));
        Assert.Contains("of cache", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_request_has_settings_and_stop_tokens_of_its_own_and_is_told_its_tokens()
    {
        using var model = SmallModel.Create(Long);
        using var engine = new Engine(model);
        var told = new ConcurrentQueue<SampledToken>();
        var prompt = SmallModel.Ids(6);
        var greedy = engine.Draw(new SampleRequest(prompt, [Randomness.For(1, "a")]) { Alternatives = 2 },
            Free with { Temperature = 0, MaxTokens = 12 }, [], Told);
        var free = engine.Draw(new SampleRequest(prompt, [Randomness.For(1, "b"), Randomness.For(2, "b")]),
            Free with { Temperature = 1.5 }, [1, 2, 3, 4]);
        var one = (await greedy)[0];
        Assert.Equal(12, one.TokenIds.Length);
        Assert.True(one.IsTruncated);
        Assert.All(one.LogProbs!, value => Assert.Equal(0, value));
        Assert.Equal(one.TokenIds, told.Select(token => token.Token));
        Assert.Equal(one.PlainLogProbs!, told.Select(token => token.PlainLogProbability));
        Assert.Equal(FinishReason.Length, told.Last().Finish);
        Assert.All(told,
            token =>
                Assert.Equal((token.Token, token.PlainLogProbability, 2),
                    (token.Alternatives[0].Token, token.Alternatives[0].LogProbability, token.Alternatives.Count)));
        Assert.All(await free, sample => Assert.Equal(!sample.IsTruncated, sample.TokenIds[^1] is >= 1 and <= 4));

        bool Told(SampledToken token)
        {
            told.Enqueue(token);
            return true;
        }
    }

    // Of three answers to one prompt the second is ended by who is told, at its fifth token; the others are those of a
    // request that nobody ends.
    [Fact]
    public async Task Who_is_told_of_tokens_can_end_one_answer_of_several()
    {
        using var model = SmallModel.Create(Long);
        using var engine = new Engine(model);
        SampleRequest Three() =>
            new(SmallModel.Ids(6), [.. Enumerable.Range(0, 3).Select(i => Randomness.For(i, "ended"))]);
        var whole = await engine.Draw(Three(), Free with { MaxTokens = 20 }, []);
        var counts = new int[3];
        var ended = await engine.Draw(Three(), Free with { MaxTokens = 20 }, [],
            token => ++counts[token.Completion] < 5 || token.Completion != 1);
        Assert.Equal([whole[0].TokenIds, whole[1].TokenIds[..5], whole[2].TokenIds],
            ended.Select(sample => sample.TokenIds));
        Assert.Equal([true, false, true], ended.Select(sample => sample.IsTruncated));
        Assert.Equal([20, 5, 20], counts);
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_others_go_on()
    {
        using var model = SmallModel.Create(Long);
        using var engine = new Engine(model);
        using var source = new CancellationTokenSource();
        var first = new TaskCompletionSource();
        var ended = engine.Draw(
            new SampleRequest([1], [.. Enumerable.Range(0, 40).Select(i => Randomness.For(1, "c", i))]), Free with
            {
                MaxTokens = 200,
            }, [], _ => first.TrySetResult() || true, cancel: source.Token);
        var other = engine.Draw(new SampleRequest([1], [Randomness.For(1, "d")]), Free, []);
        await first.Task;
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ended);
        Assert.Equal(60, (await other)[0].TokenIds.Length);
        Assert.Equal(60,
            (await engine.Draw(new SampleRequest([2], [Randomness.For(1, "e")]), Free, []))[0].TokenIds.Length);
    }

    [Fact]
    public async Task An_engine_that_is_disposed_leaves_no_request_open()
    {
        using var model = SmallModel.Create(Long);
        var engine = new Engine(model);
        var open = Enumerable.Range(0, 50)
            .Select(
                i => engine.Draw(new SampleRequest([1], [Randomness.For(1, "f", i)]), Free with { MaxTokens = 200 },
                    [])).ToList();
        engine.Dispose();
        await Task.WhenAny(Task.WhenAll(open), Task.Delay(5000));
        Assert.All(open, task => Assert.True(task.IsCompleted));
        await Assert.ThrowsAsync<ObjectDisposedException>(() =>
            engine.Draw(new SampleRequest([1], [Randomness.For(1, "g")]), Free, []));
    }
}
