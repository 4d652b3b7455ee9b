using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Phi4R.Cli;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tests.Cli;

namespace Phi4R.Tests.Inference;

/// <summary>
/// Completions over HTTP: from this project's server, and from a stand-in that answers as vLLM's documentation has it.
/// </summary>
public sealed class RemoteGeneratorTests
{
    private const int Vocabulary = 80;

    private static readonly GenerationRequest Request = new()
    {
        PromptIds = [1, 9, 26],
        Seeds = [.. Enumerable.Range(0, 3).Select(i => Randomness.For(5, "remote", i).State)],
        Sampling = new SamplingConfig { Temperature = 0.8, TopP = 0.9, TopK = 20, MaxTokens = 12 },
        StopIds = [3, 40],
    };

    [Fact]
    public async Task A_server_gives_the_completions_of_the_local_engine_and_takes_a_policy_from_the_named_folder()
    {
        var (folder, shared) = (OpenAiServerTests.StageFolder(), Project.Scratch());
        using var served = ServedModel.Load(folder);
        using var weights = new ServedWeights(served, served.Start(), shared);
        await using var app = new OpenAiServer(served, weights, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        await using var remote = await RemoteGenerator.ConnectAsync(http, Options with { WeightsFolder = shared });

        // Weights that the server has never seen.
        using var policy = LanguageModel.Create(served.Config, 77, torch.CPU);
        await remote.LoadAsync(policy, "step 1");
        Assert.Equal("step 1", weights.Version);
        Assert.Empty(Directory.GetFileSystemEntries(shared));
        await using var local = LocalGenerator.Of(policy, "step 1");
        var (here, there) = (await local.GenerateAsync(Request), await remote.GenerateAsync(Request));
        foreach (var (one, other) in here.Zip(there))
        {
            Assert.Equal(one.TokenIds, other.TokenIds);
            Assert.Equal(one.LogProbs!.Select(BitConverter.SingleToInt32Bits),
                other.LogProbs!.Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(one.PlainLogProbs, other.PlainLogProbs);
            Assert.Equal((one.Finish, "step 1"), (other.Finish, other.WeightsVersion));
        }

        Assert.Equal(3, there.Select(completion => string.Join(',', completion.TokenIds)).Distinct().Count());
        Assert.Equal(local.Info.Identity, remote.Info.Identity);

        // Beside that folder, through a link out of it, or not at all without one: nothing is loaded, and the weights
        // stay.
        Assert.Equal(HttpStatusCode.Forbidden, await Update(folder));
        Directory.CreateSymbolicLink(Path.Combine(shared, "out"), folder);
        Assert.Equal(HttpStatusCode.Forbidden, await Update(Path.Combine(shared, "out")));
        Assert.Equal(HttpStatusCode.BadRequest, await Update(Path.Combine(shared, "nothing")));
        using var larger = LanguageModel.Create(served.Config with { Layers = served.Config.Layers + 1 }, 1, torch.CPU);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => remote.LoadAsync(larger, "other sizes"));
        Assert.Contains("does not fit the model", error.Message, StringComparison.Ordinal);
        Assert.Equal("step 1", weights.Version);
        Assert.Equal(there[0].TokenIds, (await remote.GenerateAsync(Request))[0].TokenIds);

        async Task<HttpStatusCode> Update(string path)
        {
            using var content = new StringContent(new JsonObject { ["model_path"] = path }.ToJsonString(),
                Encoding.UTF8, "application/json");
            using var response = await http.PostAsync("/update_weights_from_disk", content);
            return response.StatusCode;
        }
    }

    // Of a model whose likeliest token has 1/80 there are no tokens of probability 1: such log-probabilities are
    // another's, and so are such that are no numbers.
    [Theory]
    [InlineData("-0.001")]
    [InlineData("null")]
    public async Task A_server_of_other_weights_than_the_policys_is_found_by_its_log_probabilities(string told)
    {
        using var http = Server(body => (200, Choice(Listed("7", body), "length",
            "{\"token_logprobs\": " + Listed(told, body) + "}")),
                """{"data": [{"id": "m", "weights_version": "v1"}]}""");
        await using var remote = await RemoteGenerator.ConnectAsync(http, Options);
        using var policy = LanguageModel.Create(
            Phi4R.Tests.Reference.SmallModel.Config with { VocabularySize = Vocabulary }, 1, torch.CPU);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => remote.LoadAsync(policy, "v1"));
        Assert.Contains(told == "null" ? "tells no log-probabilities" : "other weights than the policy's",
            error.Message, StringComparison.Ordinal);

        // And it has no folder through which it could be given others.
        error = await Assert.ThrowsAsync<InvalidDataException>(() => remote.LoadAsync(policy, "v2"));
        Assert.Contains("no folder is named", error.Message, StringComparison.Ordinal);

        static string Listed(string item, JsonObject body) =>
            $"[{string.Join(", ", Enumerable.Repeat(item, (int)body["max_tokens"]!))}]";
    }

    // As vLLM documents it: one seed a request, ids beside the text, log-probabilities of one kind.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_server_that_tells_one_kind_of_log_probabilities_they_are_taken_for_what_it_says_they_are(
        bool processed)
    {
        List<JsonObject> asked = [];
        using var http = Server(body =>
        {
            asked.Add(body);
            return (200, (int)body["max_tokens"]! == 1
                ? Choice("[7]", "length", "null")
                : Choice("[7, 8, 3]", "stop", """{"token_logprobs": [-0.5, -0.25, -1]}"""));
        });
        await using var remote = await RemoteGenerator.ConnectAsync(http,
            Options with { LogProbsAreProcessed = processed });
        asked.Clear();
        var completions = await remote.GenerateAsync(Request);
        Assert.Equal(3, asked.Select(body => (long)body["seed"]!).Distinct().Count());
        Assert.All(asked, body => Assert.Equal("[3,40]", body["stop_token_ids"]!.ToJsonString()));
        Assert.All(completions, completion => Assert.Equal([7, 8, 3], completion.TokenIds));
        Assert.All(completions,
            completion => Assert.Equal(processed ? [-0.5f, -0.25f, -1] : null, completion.LogProbs));
        Assert.All(completions,
            completion => Assert.Equal(processed ? null : [-0.5f, -0.25f, -1], completion.PlainLogProbs));

        // At temperature 1 over the whole vocabulary the two are the same.
        var plain = await remote.GenerateAsync(Request with
        {
            Sampling = Request.Sampling with { Temperature = 1, TopP = 1, TopK = 0 },
        });
        Assert.All(plain, completion => Assert.Equal([-0.5f, -0.25f, -1], completion.LogProbs!));
    }

    [Fact]
    public async Task What_is_busy_is_asked_again_and_what_stays_failed_is_counted_and_thrown_at_nobody()
    {
        var requests = 0;
        Func<int, (int, string)> answers = _ => (200, Choice("[7]", "length", "null"));
        using var http = Server(_ => answers(++requests));
        await using var remote = await RemoteGenerator.ConnectAsync(http, Options with { MaxTries = 3 });

        (requests, answers) = (0, number => number < 3 ? (503, "busy") : (200, Choice("[7]", "length", "null")));
        var one = await remote.GenerateAsync(Request with { Seeds = [1] });
        Assert.Equal((3, FinishReason.Length), (requests, one[0].Finish));

        foreach (var answer in new[] { (503, "busy"), (400, "no"), (200, "not JSON"), (200, "[]"), (200,
            """{"choices": [{"index": 0, "finish_reason": "stop", "token_ids": ["a"]}]}"""),
            (200, Choice("[80]", "stop", "null")), (200, Choice("[7]", "abort", "null")), (200,
                Choice("[1,1,1,1,1,1,1,1,1,1,1,1,1]", "length", "null")) })
        {
            (requests, answers) = (0, _ => answer);
            var failed = (await remote.GenerateAsync(Request with { Seeds = [1] }))[0];
            Assert.Equal((FinishReason.Failed, 0), (failed.Finish, failed.TokenIds.Length));
            Assert.InRange(requests, 1, 3);
        }

        // A server that is gone for all is no result of a stage.
        Assert.Contains("None of 3 completions came",
            Assert.Throws<InvalidOperationException>(() => Sampler.Draw(remote, [Request])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data": [{"id": "m", "vocab_size": 100}]}""", "[7]", "model of 100 ids, and ours has 80")]
    [InlineData("""{"data": [{"id": "m", "max_model_len": 64}]}""", "[7]",
        "holds 64 tokens of prompt and completion, and 128 are needed")]
    [InlineData("""{"data": [{"id": "m"}]}""", "null", "returns no token ids")]
    [InlineData("""{"data": [{"id": "m"}]}""", "[80]", "no token of a model of 80 ids")]
    [InlineData("""{"data": []}""", "[7]", "serves no model")]
    public async Task A_server_that_cannot_generate_for_our_model_is_refused_at_the_start_with_the_reason(
        string models, string ids, string reason)
    {
        using var http = Server(_ => (200, Choice(ids, "length", "null")), models);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => RemoteGenerator.ConnectAsync(http, Options));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static RemoteOptions Options => new() { VocabularySize = Vocabulary, ContextLength = 128 };

    private static string Choice(string ids, string finish, string logprobs) =>
        "{\"choices\": [{\"index\": 0, \"text\": \"\", \"token_ids\": " + ids + ", \"finish_reason\": \"" + finish
            + "\", \"logprobs\": " + logprobs + "}]}";

    private static HttpClient Server(Func<JsonObject, (int Status, string Text)> answer,
        string models = """{"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 128}]}""") =>
        new(new Handler(answer, models)) { BaseAddress = new Uri("http://server") };

    private sealed class Handler(Func<JsonObject, (int Status, string Text)> answer, string models) : HttpMessageHandler
    {
        private readonly Lock _gate = new();

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(models) };
            }

            var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!.AsObject();
            lock (_gate)
            {
                var (status, text) = answer(body);
                return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(text) };
            }
        }
    }
}
