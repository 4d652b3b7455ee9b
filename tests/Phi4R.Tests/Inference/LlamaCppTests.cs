using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;

namespace Phi4R.Tests.Inference;

/// <summary>
/// The adapter for llama.cpp's server: against exchanges recorded from a real one, and against one that speaks its
/// fields over this project's engine and can be set to do wrong.
/// </summary>
public sealed class LlamaCppTests
{
    private const string Recorded = "llama-server-2026-02-28.jsonl";

    // What the recording asked for.
    private static readonly int[] Prompt = [1, 282, 283, 284, 290, 300];

    private static GenerationRequest Request(double temperature, int maxTokens, params int[] stopIds) => new()
    {
        PromptIds = Prompt,
        Seeds = [7],
        Sampling = new SamplingConfig { Temperature = temperature, TopP = 1, MaxTokens = maxTokens },
        StopIds = stopIds,
    };

    [Fact]
    public async Task A_real_servers_answers_are_completions_with_its_log_probabilities_or_without_any()
    {
        await using var server = await ReplayAsync();
        List<string> said = [];
        await using var remote = await ConnectAsync(server.Urls.Single(), 512, 1024, said.Add);
        Assert.False(remote.Info.IsExact);
        Assert.Contains("it keeps its weights, equal seeds give other completions", Assert.Single(said),
            StringComparison.Ordinal);

        var whole = (await remote.GenerateAsync(Request(1, 3)))[0];
        Assert.Equal([116, 163, 499], whole.TokenIds);
        Assert.Equal(FinishReason.Length, whole.Finish);
        Assert.Equal([-6.709297180175781f, -6.027376651763916f, -6.363255977630615f], whole.LogProbs!);
        Assert.Equal(whole.LogProbs, whole.PlainLogProbs);

        // A character of three tokens, of which the recording has one log-probability.
        var split = (await remote.GenerateAsync(Request(1, 6)))[0];
        Assert.Equal([116, 163, 499, 237, 156, 131], split.TokenIds);
        Assert.Null(split.LogProbs);

        // A stop token of ours that the server does not know.
        var stopped = (await remote.GenerateAsync(Request(1, 6, 163)))[0];
        Assert.Equal([116, 163], stopped.TokenIds);
        Assert.Equal(FinishReason.Stop, stopped.Finish);

        // Of the distribution sampled from it tells probabilities.
        var cool = (await remote.GenerateAsync(Request(0.6, 4)))[0];
        Assert.Equal([247, 122, 502, 36], cool.TokenIds);
        Assert.Null(cool.LogProbs);
    }

    [Theory]
    [InlineData(ServerKind.LlamaCpp, 80, 1024, "serves a model of 512 ids, and ours has 80")]
    [InlineData(ServerKind.LlamaCpp, 512, 2048, "holds 1024 tokens in each of its 4 slots, and 2048 are needed")]
    [InlineData(ServerKind.Phi4R, 512, 1024, "returns no token ids")]
    [InlineData(ServerKind.Vllm, 512, 1024, "is not vLLM")]
    public async Task A_real_server_that_cannot_sample_for_the_model_is_refused_with_the_reason(
        ServerKind kind, int vocabulary, int context, string reason)
    {
        await using var server = await ReplayAsync();
        var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
            ConnectAsync(server.Urls.Single(), vocabulary, context, null, kind));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.7)]
    public async Task Its_completions_have_the_log_probabilities_of_the_local_engine(double temperature)
    {
        using var policy = ConformanceTests.Policy(5);
        await using var server =
            await ConformanceServer.StartAsync(ServerKind.LlamaCpp, ConformanceTests.Folder(policy));
        await using var remote = await ConnectAsync(server.Address, policy.Config.VocabularySize,
            policy.Config.MaxPositions);
        await remote.LoadAsync(policy, "v1");
        var request = Request(temperature, 12, 0, 3, 40) with
        {
            PromptIds = [1, 9, 26],
            Seeds = [.. Enumerable.Range(0, 6).Select(i => (ulong)(uint)Randomness.For(5, "llama", i).State)],
        };
        await using var local = LocalGenerator.Of(policy, "v1");
        foreach (var (here, there) in (await local.GenerateAsync(request)).Zip(await remote.GenerateAsync(request)))
        {
            Assert.Equal(here.TokenIds, there.TokenIds);
            Assert.Equal((here.Finish, "v1"), (there.Finish, there.WeightsVersion));
            Assert.All(here.LogProbs!.Zip(there.LogProbs!),
                pair => Assert.Equal(pair.First, pair.Second, 1e-5f * (1 + Math.Abs(pair.First))));
        }

        // It was seen to be this policy, and cannot become another.
        using var other = ConformanceTests.Policy(6);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => remote.LoadAsync(other, "v2"));
        Assert.Contains("phi4r export --format gguf", error.Message, StringComparison.Ordinal);
        await using var fresh = await ConnectAsync(server.Address, policy.Config.VocabularySize,
            policy.Config.MaxPositions);
        error = await Assert.ThrowsAsync<InvalidDataException>(() => fresh.LoadAsync(other, "v2"));
        Assert.Contains("other weights than the policy's", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Busy", "503")]
    [InlineData("Stalls", "no answer within 0.5 s")]
    [InlineData("CutStream", "cannot be seen whether it has the policy's weights: ")]
    [InlineData("WrongLogProbs", "other weights than the policy's")]
    [InlineData("RawLogProbs", "knows post_sampling_probs")]
    [InlineData("ShorterContext", "are needed. Start it with a longer context")]
    [InlineData("DroppedToken", "a token is missing: it counts ")]
    public async Task Each_fault_of_a_server_is_named_before_it_samples(string fault, string named)
    {
        using var policy = ConformanceTests.Policy(5);
        await using var server =
            await ConformanceServer.StartAsync(ServerKind.LlamaCpp, ConformanceTests.Folder(policy));
        var planted = Enum.Parse<Fault>(fault);
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            server.Fault = planted == Fault.ShorterContext ? planted : Fault.None;
            await using var remote = await ConnectAsync(server.Address, policy.Config.VocabularySize,
                policy.Config.MaxPositions, seconds: planted == Fault.Stalls ? 0.5 : 60);
            server.Fault = planted;
            await remote.LoadAsync(policy, "v1").WaitAsync(TimeSpan.FromSeconds(60));
        });
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static Task<RemoteGenerator> ConnectAsync(string address, int vocabulary, int context,
        Action<string>? log = null, ServerKind kind = ServerKind.LlamaCpp, double seconds = 60) =>
        RemoteGenerator.ConnectAsync(new HttpClient { BaseAddress = new Uri(address) }, new RemoteOptions
        {
            Engine = kind,
            VocabularySize = vocabulary,
            ContextLength = context,
            MaxTries = 2,
            MaxTryTime = TimeSpan.FromSeconds(seconds),
            Log = log,
        });

    // A recorded answer to each path; of completions as many tokens as are asked for, of the one that was asked alike.
    private static async Task<WebApplication> ReplayAsync()
    {
        var exchanges = File.ReadLines(Path.Combine(Project.Root, "data", "fixtures", "servers", Recorded))
            .Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            var asked = context.Request.ContentLength > 0
                ? (await JsonNode.ParseAsync(context.Request.Body))!.AsObject()
                : null;
            var post = (bool?)asked?["post_sampling_probs"] ?? false;
            var found = exchanges.FirstOrDefault(exchange =>
                (string)exchange["request"]!["path"]! == context.Request.Path.Value
                && (string)exchange["request"]!["method"]! == context.Request.Method
                && ((bool?)(exchange["request"]!["body"] as JsonObject)?["post_sampling_probs"] ?? false) == post);
            var response = (found ?? exchanges.Single(exchange => (string)exchange["name"]! == "unknown path"))
                ["response"]!.AsObject();
            var text = (string)response["body"]!;
            if (context.Request.Path == "/completion")
            {
                var answer = JsonNode.Parse(text)!.AsObject();
                var count = Math.Min((int)asked!["n_predict"]!, answer["tokens"]!.AsArray().Count);
                answer["tokens"] = new JsonArray([.. answer["tokens"]!.AsArray().Take(count)
                    .Select(id => id!.DeepClone())]);
                answer["completion_probabilities"] = new JsonArray([.. answer["completion_probabilities"]!.AsArray()
                    .Take(count).Select(entry => entry!.DeepClone())]);
                answer["tokens_predicted"] = count;
                answer["tokens_evaluated"] = asked["prompt"]!.AsArray().Count;
                text = answer.ToJsonString();
            }

            context.Response.StatusCode = (int)response["status"]!;
            context.Response.ContentType = (string)response["content_type"]!;
            await context.Response.WriteAsync(text);
        });
        await app.StartAsync();
        return app;
    }
}
