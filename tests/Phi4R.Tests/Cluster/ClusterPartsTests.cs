using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Cluster;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Tests.Inference;
using Phi4R.Tests.Stages;

namespace Phi4R.Tests.Cluster;

/// <summary>Workers within this process, which hand nothing to each other but what crosses a network.</summary>
public sealed class ClusterPartsTests : IAsyncLifetime, IDisposable
{
    private readonly ClusterAddress _address = ClusterAddress.Parse($"localhost:{WorkerProcess.FreePort()}");
    private readonly ServerPools _servers = new();
    private readonly List<ClusterWorker> _workers = [];

    public async Task InitializeAsync()
    {
        _workers.Add(await ClusterWorker.StartAsync(_address, _servers));
        _workers.Add(await ClusterWorker.StartAsync(_address, _servers));
    }

    public async Task DisposeAsync()
    {
        foreach (var worker in Enumerable.Reverse(_workers))
        {
            await worker.DisposeAsync();
        }
    }

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task An_evaluation_by_two_workers_is_that_of_this_process()
    {
        await using var server = await FaultyChatServer.StartAsync(asked => DistillServersTests.Unique(asked) with
        {
            Delay = TimeSpan.FromMilliseconds(10),
            FinishReason = asked.Seed % 5 == 0 ? "length" : "stop",
        });
        var settings = Sums(problems: 40, samples: 8);
        IReadOnlyList<WorkerProgress> last = [];
        await using var workers = await ClusterParts.ConnectAsync(_address,
            new InlineProgress<IReadOnlyList<WorkerProgress>>(now => last = now));
        var (far, near) = (Project.Scratch(), Project.Scratch());
        var (one, other) = (await Report(far, workers), await Report(near, LocalParts.Instance));
        Assert.Equal(320, Lines(far).Count);
        Assert.Equal(Lines(near), Lines(far));
        Assert.Equal(JsonSerializer.Serialize(other), JsonSerializer.Serialize(one));
        Assert.True(one.Complete);

        // Five parts of 64: both made some.
        Assert.Equal(_workers.Select(worker => worker.Name).Order(), last.Select(worker => worker.Name).Order());
        Assert.Equal((5, 320L), (last.Sum(worker => worker.PartsDone), last.Sum(worker => worker.Tally.Completions)));
        Assert.All(last, worker => Assert.InRange(worker.PartsDone, 1, 4));

        async Task<EvaluationReport> Report(string folder, IPartHost host)
        {
            using var client = new OpenAiChatClient(server.Address, "m");
            using var evaluation = new ModelEvaluation(folder, settings)
            {
                Host = host,
                Address = new ModelAddress { Model = "m", Endpoints = [server.Address], MaxInFlight = 4 },
            };
            return await evaluation.RunAsync([client], new ChatPoolOptions { MaxInFlight = 4 });
        }

        static List<string> Lines(string folder) =>
            [.. File.ReadLines(Path.Combine(folder, "completions.jsonl")).Order(StringComparer.Ordinal)];
    }

    // A part that nobody can make is no reason to wait for ever.
    [Fact]
    public async Task Where_no_worker_can_go_on_the_run_ends_and_says_why()
    {
        await using var workers = await ClusterParts.ConnectAsync(_address);
        var error = await Assert.ThrowsAsync<PartFaultException>(() =>
            workers.RunAsync([new Part("weave", "{}"), new Part("weave", "{}")], CancellationToken.None));
        Assert.Contains("no parts of the kind 'weave'", error.Message, StringComparison.Ordinal);

        error = await Assert.ThrowsAsync<PartFaultException>(() =>
            workers.RunAsync([new Part("distill", "{\"Asked\": 7}")], CancellationToken.None));
        Assert.Contains("is no part of the kind 'distill'", error.Message, StringComparison.Ordinal);
    }

    // A disk that is full is nobody's fault but the disk's: it must end the run, and not look like a lost worker.
    [Fact]
    public async Task What_goes_wrong_where_parts_are_handed_out_ends_the_run_at_once()
    {
        await using var server = await FaultyChatServer.StartAsync(DistillServersTests.Unique);
        await using var workers = await ClusterParts.ConnectAsync(_address);
        var content = new JsonObject
        {
            ["Address"] = new JsonObject
            {
                ["Model"] = "m",
                ["Endpoints"] = new JsonArray($"{server.Address}"),
            },
            ["Asked"] = new JsonArray(new JsonObject
            {
                ["Benchmark"] = "b",
                ["Sample"] = 0,
                ["Problem"] = new JsonObject
                {
                    ["Id"] = "p",
                    ["Question"] = "[1]",
                    ["Answer"] = "2",
                    ["Domain"] = "unknown",
                    ["Level"] = 0,
                },
                ["Prompt"] = "[1]",
                ["Sampling"] = new JsonObject { ["Temperature"] = 0, ["TopP"] = 1, ["MaxTokens"] = 10 },
                ["Seed"] = 1,
            }),
        };
        var error = await Assert.ThrowsAsync<IOException>(() => workers.RunAsync(
            [new Part("evaluate", content.ToJsonString(), () => throw new IOException("the disk is full"))],
            CancellationToken.None));
        Assert.Equal("the disk is full", error.Message);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_and_so_does_what_its_workers_are_at()
    {
        await using var server = await FaultyChatServer.StartAsync(
            _ => new("late") { Delay = TimeSpan.FromMinutes(5) });
        await using var workers = await ClusterParts.ConnectAsync(_address);
        using var stop = new CancellationTokenSource();
        using var client = new OpenAiChatClient(server.Address, "m");
        using var evaluation = new ModelEvaluation(Project.Scratch(), Sums(problems: 4, samples: 1))
        {
            Host = workers,
            Address = new ModelAddress { Model = "m", Endpoints = [server.Address] },
        };
        var running = evaluation.RunAsync([client], cancel: stop.Token);
        while (server.Asked.Count < 4)
        {
            await Task.Delay(20);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(60)));
        for (var i = 0; server.InFlight > 0; i++)
        {
            Assert.True(i < 600, $"{server.InFlight} requests are still under way.");
            await Task.Delay(100);
        }
    }

    private static EvaluationSettings Sums(int problems, int samples) => new()
    {
        Model = "m",
        Form = "chat",
        Engine = "the server",
        Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 100 },
        Seed = 3,
        ShufflesEachSample = false,
        Benchmarks =
        [
            new AskedBenchmark
            {
                Name = "sums",
                Sha256 = "0",
                Samples = samples,
                Instructions = "Add.",
                Problems = DistillServersTests.Problems(problems),
            },
        ],
    };

    private sealed class Part(string kind, string content, Action? take = null) : IPart
    {
        public string Id => $"{kind}-test";

        public string Kind => kind;

        public Task RunAsync(Action begun, CancellationToken cancel) => throw new NotSupportedException();

        public byte[]? Lacking() => System.Text.Encoding.UTF8.GetBytes(content);

        public PartTally Take(ReadOnlySpan<byte> news)
        {
            take!();
            return default;
        }
    }
}
