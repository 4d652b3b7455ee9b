using System.Text.Json;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Tests.Inference;
using Phi4R.Text;

namespace Phi4R.Tests.Stages;

// The law: a part that was written down, read by a worker, made there and told of in writing leaves what the same part
// leaves in this process; also where the worker is lost on the way, again and again.
public sealed class PartsByWireTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(7)]
    public async Task What_a_worker_makes_is_what_this_process_makes(int lostAfter)
    {
        await using var server = await FaultyChatServer.StartAsync(asked =>
            asked.Question.Contains("<student>", StringComparison.Ordinal)
                ? new(asked.Seed % 3 == 0 ? "CORRECT" : asked.Seed % 3 == 1 ? "INCORRECT" : "turtles")
                : asked.Question.Contains("domain of mathematics", StringComparison.Ordinal)
                    ? new(asked.Seed % 2 == 0 ? """{"domain": "algebra", "level": "college"}""" : "?")
                    : DistillServersTests.Number(asked) % 7 == 3
                        ? ChatReply.Failing(ServerFault.BadRequest)
                        : DistillServersTests.Unique(asked) with
                        {
                            FinishReason = asked.Seed % 11 == 0 ? "length" : "stop",
                            Tokens = 5 + (int)(asked.Seed % 4),
                        });
        using var servers = new ServerPools();
        using var worker = new PartWorker(servers);
        var wire = new ByWire(worker, lostAfter);
        var (near, far) = (Project.Scratch(), Project.Scratch());
        var one = await Distill.RunAsync(DistillServersTests.Problems(40), near, Options(server));
        var asked = server.Asked.Count;
        var other = await Distill.RunAsync(
            DistillServersTests.Problems(40), far, Options(server) with { Host = wire });
        Assert.Equal(DistillServersTests.Rows(near).Select(row => row.ToJsonString()),
            DistillServersTests.Rows(far).Select(row => row.ToJsonString()));
        Assert.Equal(File.ReadAllText(Path.Combine(near, "problems.jsonl")),
            File.ReadAllText(Path.Combine(far, "problems.jsonl")));
        Assert.Equal(JsonSerializer.Serialize(one), JsonSerializer.Serialize(other));
        Assert.DoesNotContain(0, (long[])[one.Failed, one.Resampled, one.Judged, one.JudgeUnparsed, one.Labeled,
            one.LabelUnparsed, one.Truncated]);

        // What was told of before a loss is not asked for again; what failed is, and what was under way.
        Assert.Equal(lostAfter < int.MaxValue, wire.Losses > 0);
        Assert.InRange(server.Asked.Count - asked, asked, asked + (wire.Losses * 40));
    }

    [Fact]
    public async Task News_that_are_told_twice_count_once()
    {
        await using var server = await FaultyChatServer.StartAsync(DistillServersTests.Unique);
        using var servers = new ServerPools();
        using var worker = new PartWorker(servers);
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(DistillServersTests.Problems(20), folder,
            Options(server) with { Host = new ByWire(worker, int.MaxValue, times: 2), Judge = null, Labeler = null });
        Assert.Equal((20L, 40L + (2 * report.Resampled)), (report.Problems, report.Completions));
        Assert.Equal(report.Completions,
            DistillServersTests.Rows(folder).Select(row => (string)row["text"]!).Distinct().Count());
    }

    [Fact]
    public async Task A_model_without_an_address_is_asked_by_no_worker()
    {
        await using var server = await FaultyChatServer.StartAsync(DistillServersTests.Unique);
        using var servers = new ServerPools();
        using var worker = new PartWorker(servers);
        var options = Options(server);
        var error = await Assert.ThrowsAsync<PartFaultException>(() => Distill.RunAsync(
            DistillServersTests.Problems(2), Project.Scratch(), options with
            {
                Host = new ByWire(worker, int.MaxValue),
                Teacher = options.Teacher with { Address = null },
            }));
        Assert.Contains("where a worker reaches m", error.Message, StringComparison.Ordinal);
    }

    // A key goes to the servers that were named with it, and to no others.
    [Fact]
    public async Task A_workers_own_servers_stand_for_their_model_alone_and_they_alone_get_its_key()
    {
        await using var named = await FaultyChatServer.StartAsync(_ => new("INCORRECT"));
        await using var own = await FaultyChatServer.StartAsync(DistillServersTests.Unique);
        using var servers = new ServerPools(
            new ModelAddress { Model = "m", Endpoints = [own.Address] }, "the-key");
        using var worker = new PartWorker(servers);
        var options = Options(named) with { Labeler = null, MaxResample = 0 };
        await Distill.RunAsync(DistillServersTests.Problems(6), Project.Scratch(),
            options with { Host = new ByWire(worker, int.MaxValue) });
        Assert.Equal(12, own.Asked.Count);
        Assert.All(own.Asked, asked => Assert.Equal("Bearer the-key", asked.Authorization));
        Assert.All(named.Asked, asked => Assert.Null(asked.Authorization));
        Assert.All(named.Asked, asked => Assert.Contains("<student>", asked.Question, StringComparison.Ordinal));
    }

    private static DistillOptions Options(FaultyChatServer server) => new()
    {
        Teacher = Model("m", PromptTemplate.Teacher, server),
        Judge = Model("j", PromptTemplate.Judge, server),
        Labeler = Model("l", PromptTemplate.Label, server),
        RolloutsPerProblem = 2,
        MaxResample = 1,
        Seed = 7,
        Repetition = RepetitionConfig.Pocket,
        PartCompletions = 16,
    };

    private static AskedModel Model(string name, PromptTemplate prompt, FaultyChatServer server) => new()
    {
        Name = name,
        Servers = new ChatPool([new OpenAiChatClient(server.Address, name)]),
        Address = new ModelAddress { Model = name, Endpoints = [server.Address] },
        Prompt = prompt,
        Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 100 },
    };

    // Hands parts to a worker in writing, and loses it after so many news.
    private sealed class ByWire(PartWorker worker, int lostAfter, int times = 1) : IPartHost
    {
        public int Losses { get; private set; }

        public async Task RunAsync(IEnumerable<IPart> parts, CancellationToken cancel)
        {
            foreach (var part in parts)
            {
                while (part.Lacking() is { } content)
                {
                    using var loss = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    var told = 0;
                    try
                    {
                        await worker.RunAsync(part.Kind, content, Take, () => { }, loss.Token);
                    }
                    catch (OperationCanceledException) when (loss.IsCancellationRequested)
                    {
                        Losses++;
                    }

                    void Take(byte[] news)
                    {
                        if (loss.IsCancellationRequested)
                        {
                            return;
                        }

                        for (var i = 0; i < times; i++)
                        {
                            part.Take(news);
                        }

                        if (++told >= lostAfter)
                        {
                            loss.Cancel();
                        }
                    }
                }
            }
        }
    }
}
