using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Phi4R.Tests.Inference;

/// <summary>What a listener of the framework's own kind hears.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_listener_hears_of_every_completion_token_failure_and_request()
    {
        // Of ten the third fails once, and the tenth is refused for good.
        var isFirst = true;
        await using var server = await FaultyChatServer.StartAsync(asked =>
        {
            if (asked.Question == "q9")
            {
                return ChatReply.Failing(ServerFault.BadRequest);
            }

            if (asked.Question == "q2" && isFirst)
            {
                isFirst = false;
                return ChatReply.Failing(ServerFault.Unavailable);
            }

            return new("yes") { Tokens = 7, Delay = TimeSpan.FromMilliseconds(30) };
        });
        var name = $"m at {server.Address}v1/";
        ConcurrentQueue<(string Name, double Value, string? Detail)> heard = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
        ConcurrentQueue<Activity> spans = [];
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if ((string?)span.GetTagItem("phi4r.server") == name)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(activities);

        using var client = new OpenAiChatClient(server.Address, "m");
        var pool = new ChatPool([client], new() { MaxInFlight = 3 });
        await foreach (var _ in pool.AskAsync(Enumerable.Range(0, 10).Select(i => new ChatTask($"k{i}",
            [new ChatMessage(Microsoft.Extensions.AI.ChatRole.User, $"q{i}")],
            new SamplingConfig { Temperature = 0, TopP = 1, MaxTokens = 10 }, 1)).ToAsyncEnumerable()))
        {
        }

        Assert.Equal((9.0, 1.0), (Sum("phi4r.completions", "received"), Sum("phi4r.completions", "failed")));
        Assert.Equal(63, Sum("phi4r.tokens"));
        Assert.Equal((1.0, 1.0), (Sum("phi4r.failures", "broken") + Sum("phi4r.failures", "busy"),
            Sum("phi4r.failures", "refused")));
        Assert.Equal(9, heard.Count(one => one.Name == "phi4r.request.duration"));
        Assert.All(heard.Where(one => one.Name == "phi4r.request.duration"),
            one => Assert.InRange(one.Value, 0.02, 60));

        // Eleven requests came and went; no more than three were under way at once.
        Assert.Equal(11, heard.Count(one => one is { Name: "phi4r.requests.in_flight", Value: 1 }));
        Assert.Equal(0, Sum("phi4r.requests.in_flight"));
        var (now, most) = (0.0, 0.0);
        foreach (var (_, change, _) in heard.Where(one => one.Name == "phi4r.requests.in_flight"))
        {
            now += change;
            most = Math.Max(most, now);
        }

        Assert.InRange(most, 1, 3);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"k{i}"),
            spans.Select(span => (string)span.GetTagItem("phi4r.key")!).Order());
        Assert.Equal(ActivityStatusCode.Error,
            spans.Single(span => (string)span.GetTagItem("phi4r.key")! == "k9").Status);
        Assert.All(spans.Where(span => (string)span.GetTagItem("phi4r.key")! != "k9"),
            span => Assert.Equal((ActivityStatusCode.Ok, 7), (span.Status, (int)span.GetTagItem("phi4r.tokens")!)));

        // Other tests ask other servers at the same time.
        void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var of = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string?)tag.Value);
            if (of.GetValueOrDefault("phi4r.server") == name)
            {
                heard.Enqueue((instrument.Name, value,
                    of.GetValueOrDefault("phi4r.outcome") ?? of.GetValueOrDefault("phi4r.fault")));
            }
        }

        double Sum(string instrument, string? detail = null) =>
            heard.Where(one => one.Name == instrument && one.Detail == detail).Sum(one => one.Value);
    }
}
