using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Phi4R.Model;
using Phi4R.Tests.Cli;

namespace Phi4R.Tests.Inference;

/// <summary>vLLM's and SGLang's adapters against a server with their fields that can be set to do wrong.</summary>
public sealed class ConformanceTests
{
    private static readonly string Stage = OpenAiServerTests.StageFolder();
    private static readonly ModelConfig Config = Phi4R.Runs.ServedModel.Load(Stage).Config;

    internal static readonly GenerationRequest Request = new()
    {
        PromptIds = [1, 9, 26],
        Seeds = [.. Enumerable.Range(0, 4).Select(i => Randomness.For(5, "remote", i).State)],
        Sampling = new SamplingConfig { Temperature = 0.8, TopP = 1, MaxTokens = 12 },
        StopIds = [3, 40],
    };

    [Theory]
    [InlineData(ServerKind.Vllm)]
    [InlineData(ServerKind.SgLang)]
    public async Task Two_servers_take_a_policy_and_give_the_completions_of_the_local_engine(ServerKind kind)
    {
        var shared = Project.Scratch();
        await using var one = await ConformanceServer.StartAsync(kind, Stage);
        await using var other = await ConformanceServer.StartAsync(kind, Stage);
        await using var pool = new RemotePool([await ConnectAsync(kind, one, shared),
            await ConnectAsync(kind, other, shared)]);
        using var policy = Policy(77);
        await pool.LoadAsync(policy, "step 1");
        Assert.Empty(Directory.GetFileSystemEntries(shared));
        one.Asked.Clear();
        other.Asked.Clear();

        // All completions of a prompt come from one server, and prompts are shared out.
        var first = pool.GenerateAsync(Request);
        var second = pool.GenerateAsync(Request with { PromptIds = [2, 9] });
        await using var local = LocalGenerator.Of(policy, "step 1");
        foreach (var (here, there) in (await local.GenerateAsync(Request)).Zip(await first))
        {
            Assert.Equal(here.TokenIds, there.TokenIds);
            Assert.Equal(here.LogProbs, there.LogProbs);
            Assert.Equal((here.Finish, "step 1"), (there.Finish, there.WeightsVersion));
        }

        Assert.All(await second, completion => Assert.NotEqual(FinishReason.Failed, completion.Finish));
        Assert.Equal((4, 4), (one.Asked.Count, other.Asked.Count));

        // Where one fails, the other answers for it.
        one.Fault = Fault.DroppedToken;
        Assert.All((await pool.GenerateAsync(Request)).Zip(await first),
            pair => Assert.Equal(pair.Second.TokenIds, pair.First.TokenIds));

        // SGLang's log-probabilities are those before top-k, of which nothing can be learned.
        one.Fault = Fault.None;
        var cut = await pool.GenerateAsync(Request with { Sampling = Request.Sampling with { TopK = 5 } });
        Assert.All(cut, completion => Assert.Equal(kind == ServerKind.Vllm, completion.LogProbs is not null));
    }

    [Fact]
    public async Task Vllm_is_paused_while_it_loads_and_its_cache_is_emptied()
    {
        await using var server = await ConformanceServer.StartAsync(ServerKind.Vllm, Stage);
        await using var remote = await ConnectAsync(ServerKind.Vllm, server, Project.Scratch());
        server.Asked.Clear();
        using var policy = Policy(3);
        await remote.LoadAsync(policy, "v1");
        Assert.Equal(["/pause?mode=wait", "/collective_rpc", "/reset_prefix_cache", "/update_weight_version",
            "/resume", "/v1/completions", "/v1/completions"], server.Asked);
    }

    [Theory]
    [InlineData(ServerKind.Vllm)]
    [InlineData(ServerKind.SgLang)]
    public async Task Whoever_stops_a_request_stops_the_server(ServerKind kind)
    {
        await using var server = await ConformanceServer.StartAsync(kind, Stage);
        await using var remote = await ConnectAsync(kind, server, Project.Scratch());
        server.Fault = Fault.Stalls;
        using var stop = new CancellationTokenSource();
        server.Asked.Clear();
        var request = remote.GenerateAsync(Request, cancel: stop.Token);
        await server.Stalled.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await server.Left.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData(ServerKind.Vllm, "Busy", "503")]
    [InlineData(ServerKind.Vllm, "Stalls", "no answer within 0.5 s")]
    [InlineData(ServerKind.Vllm, "CutStream", "cannot be seen whether it has the policy's weights: ")]
    [InlineData(ServerKind.Vllm, "StaleWeights", "answers with those that it had before")]
    [InlineData(ServerKind.Vllm, "WrongLogProbs", "other weights than the policy's")]
    [InlineData(ServerKind.Vllm, "RawLogProbs", "Start vLLM with --logprobs-mode processed_logprobs")]
    [InlineData(ServerKind.Vllm, "ShorterContext", "Serve it with a longer context")]
    [InlineData(ServerKind.Vllm, "DroppedToken", "a token is missing: it counts 32 and returns 31")]
    [InlineData(ServerKind.SgLang, "Busy", "503")]
    [InlineData(ServerKind.SgLang, "Stalls", "no answer within 0.5 s")]
    [InlineData(ServerKind.SgLang, "CutStream", "cannot be seen whether it has the policy's weights: ")]
    [InlineData(ServerKind.SgLang, "StaleWeights", "answers with those that it had before")]
    [InlineData(ServerKind.SgLang, "WrongLogProbs", "other weights than the policy's")]
    [InlineData(ServerKind.SgLang, "RawLogProbs", "without SGLANG_RETURN_ORIGINAL_LOGPROB")]
    [InlineData(ServerKind.SgLang, "ShorterContext", "Serve it with a longer context")]
    [InlineData(ServerKind.SgLang, "DroppedToken", "a token is missing: it counts 32 and returns 31")]
    public async Task Each_fault_of_a_server_is_named_when_weights_are_handed_over(
        ServerKind kind, string fault, string named)
    {
        await using var server = await ConformanceServer.StartAsync(kind, Stage);
        var planted = Enum.Parse<Fault>(fault);
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            if (planted == Fault.ShorterContext)
            {
                server.Fault = planted;
            }

            await using var remote = await ConnectAsync(kind, server, Project.Scratch(),
                planted == Fault.Stalls ? 0.5 : 60);
            using var first = Policy(1);
            await remote.LoadAsync(first, "step 1");
            server.Fault = planted;
            using var second = Policy(2);
            await remote.LoadAsync(second, "step 2").WaitAsync(TimeSpan.FromSeconds(60)); // Nothing waits for ever.
        });
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_engine_than_was_named_is_refused()
    {
        await using var server = await ConformanceServer.StartAsync(ServerKind.Vllm, Stage);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
            ConnectAsync(ServerKind.SgLang, server, Project.Scratch()));
        Assert.Contains("is not SGLang: /get_model_info answers 404", error.Message, StringComparison.Ordinal);
    }

    internal static LanguageModel Policy(int seed)
    {
        // Weights that matter: of fresh ones every token is as likely as another, hot or cool.
        return Phi4R.Tests.Reference.SmallModel.Create(Config with { InitialDeviation = 0.3 }, seed);
    }

    /// <summary>A folder that a server can be started on.</summary>
    internal static string Folder(LanguageModel model)
    {
        var folder = Project.Scratch();
        Weights.Save(model, Path.Combine(folder, "model.safetensors"));
        ModelExport.WriteConfig(model.Config, folder, 0, [3, 0], ScalarType.Float32);
        return folder;
    }

    internal static Task<RemoteGenerator> ConnectAsync(ServerKind kind, ConformanceServer server, string shared,
        double seconds = 60, WeightHandOver handOver = WeightHandOver.Whole) =>
        RemoteGenerator.ConnectAsync(new HttpClient { BaseAddress = new Uri(server.Address) }, new RemoteOptions
        {
            Engine = kind,
            VocabularySize = Config.VocabularySize,
            ContextLength = Config.MaxPositions,
            WeightsFolder = shared,
            HandOver = handOver,
            StopIds = [3, 0],
            MaxTries = 2,
            MaxTryTime = TimeSpan.FromSeconds(seconds),
        });
}
