using System.ClientModel;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using OpenAI;
using OpenAI.Chat;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Runs;
using Phi4R.Tests.House;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Cli;

/// <summary>
/// A pocket model of random weights behind the endpoints, asked by the official client and by plain HTTP.
/// </summary>
public sealed class OpenAiServerTests : IAsyncLifetime, IDisposable
{
    private ServedModel _served = null!;
    private Engine _engine = null!;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _served = ServedModel.Load(StageFolder());
        _engine = _served.Start();
        _app = new OpenAiServer(_served, _engine, new ServerAccess()).Build(port: 0);
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _engine.Dispose();
        _served.Dispose();
    }

    [Fact]
    public async Task The_official_client_is_answered_whole_and_as_a_stream()
    {
        var client = Client();
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 20,
            Temperature = 0,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };
        ChatCompletion whole = await client.CompleteChatAsync([new UserChatMessage("3+4")], options);
        Assert.InRange(whole.Usage.OutputTokenCount, 1, 20);
        Assert.Equal(whole.Usage.OutputTokenCount == 20 ? ChatFinishReason.Length : ChatFinishReason.Stop,
            whole.FinishReason);
        Assert.Equal(whole.Usage.OutputTokenCount, whole.ContentTokenLogProbabilities.Count);
        Assert.All(whole.ContentTokenLogProbabilities, token => Assert.Equal(2, token.TopLogProbabilities.Count));

        var (text, parts) = (new StringBuilder(), 0);
        await foreach (var part in client.CompleteChatStreamingAsync([new UserChatMessage("3+4")], options))
        {
            var piece = string.Concat(part.ContentUpdate.Select(content => content.Text));
            parts += piece.Length > 0 ? 1 : 0;
            text.Append(piece);
        }

        Assert.Equal(whole.Content[0].Text, text.ToString());
        // Not all at its end.
        Assert.True(parts >= whole.Usage.OutputTokenCount / 2, $"The answer came in {parts} pieces.");
    }

    [Fact]
    public async Task The_official_client_asks_many_at_once_and_is_told_what_is_wrong()
    {
        var client = Client();
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 15, Temperature = 0 };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(i => client.CompleteChatAsync([new UserChatMessage($"{i % 4}+4")], options)));
        Assert.All(Enumerable.Range(0, 20),
            i => Assert.Equal(answers[i % 4].Value.Content[0].Text, answers[i].Value.Content[0].Text));
        var problem = await Assert.ThrowsAsync<ClientResultException>(
            () => client.CompleteChatAsync([new UserChatMessage("Größe")], options));
        Assert.Equal(400, problem.Status);
        Assert.Contains("cannot write", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ids_go_in_and_out_and_a_seed_repeats_them()
    {
        const string Body =
            """{"prompt": [1, 9, 26, 10], "max_tokens": 12, "n": 3, "seed": 7, "logprobs": 1, "return_token_ids": true}""";
        var (one, other) = (await Post("/v1/completions", Body), await Post("/v1/completions", Body));
        Assert.Equal(3, one["choices"]!.AsArray().Count);
        Assert.Equal(one["choices"]!.ToJsonString(), other["choices"]!.ToJsonString());
        Assert.Equal("[1,9,26,10]", one["choices"]![0]!["prompt_token_ids"]!.ToJsonString());
        Assert.Equal(3, one["choices"]!.AsArray().Select(choice => choice!["token_ids"]!.ToJsonString())
            .Distinct().Count());
        Assert.Equal(one["choices"]![0]!["token_ids"]!.AsArray().Count,
            one["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_stop_text_ends_an_answer_before_it()
    {
        var whole = await Post("/v1/completions",
            """{"prompt": [1, 9], "max_tokens": 40, "temperature": 0, "ignore_eos": true}""");
        var text = (string)whole["choices"]![0]!["text"]!;
        var stop = text[(text.Length / 2)..((text.Length / 2) + 3)];
        var cut = await Post("/v1/completions", new JsonObject
        {
            ["prompt"] = new JsonArray(1, 9),
            ["max_tokens"] = 40,
            ["temperature"] = 0,
            ["ignore_eos"] = true,
            ["stop"] = stop,
        }.ToJsonString());
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], (string)cut["choices"]![0]!["text"]!);
        Assert.Equal("stop", (string)cut["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public async Task The_offsets_of_tokens_are_told_beside_their_log_probabilities()
    {
        const string Body = """{"prompt": [1, 9], "max_tokens": 12, "temperature": 0, "logprobs": 0}""";
        var answer = await Post("/v1/completions", Body);
        var (text, logprobs) = ((string)answer["choices"]![0]!["text"]!, answer["choices"]![0]!["logprobs"]!);
        var offsets = logprobs["text_offset"]!.AsArray().Select(offset => (int)offset!).ToList();
        Assert.Equal(12, offsets.Count);
        Assert.Equal(offsets.Order(), offsets);
        foreach (var (offset, token) in offsets.Zip(logprobs["tokens"]!.AsArray().Select(token => (string)token!)))
        {
            // The spaces between the pocket's tokens are no tokens.
            Assert.StartsWith(token, text[offset..].TrimStart(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("max_tokens", false)]
    [InlineData("max_tokens", true)]
    [InlineData("max_completion_tokens", true)]
    public async Task A_limit_of_minus_one_is_the_end_of_the_context_for_each_prompt(string field, bool isChat)
    {
        var (path, asked) = isChat
            ? ("/v1/chat/completions", """ "messages": [{"role": "user", "content": "3+4"}] """)
            : ("/v1/completions", """ "prompt": [[1, 9], [1, 9, 26, 10, 26]] """);
        var body = $$"""{{{asked}}, "{{field}}": -1, "ignore_eos": true, "return_token_ids": true}""";
        var answer = await Post(path, body);
        var choices = answer["choices"]!.AsArray();
        Assert.Equal(isChat ? 1 : 2, choices.Count);
        Assert.All(choices, choice =>
        {
            var prompt = (choice!["prompt_token_ids"] ?? answer["prompt_token_ids"])!.AsArray();
            Assert.Equal(128, prompt.Count + choice["token_ids"]!.AsArray().Count);
            Assert.Equal("length", (string)choice["finish_reason"]!);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(3_000_000_000)]
    public async Task Another_limit_below_one_is_refused_with_what_it_may_be(long tokens)
    {
        var body = $$"""{"prompt": [1], "max_tokens": {{tokens}}}""";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/v1/completions", content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("or -1 for as many as", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_called_tools_needs_no_content()
    {
        int[] Prompt(string assistant)
        {
            var messages = $$"""[{"role": "user", "content": "3"}, {{assistant}}, {"role": "user", "content": "7"}]""";
            var row = new JsonObject { ["messages"] = JsonNode.Parse(messages) };
            return ServedRequest.Read(_served, row, isChat: true, maxTokens: 64).Prompts[0];
        }

        var called = Prompt("""{"role": "assistant", "tool_calls": [{"id": "1"}]}""");
        Assert.Equal(Prompt("""{"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}"""), called);
        Assert.NotEqual(Prompt("""{"role": "assistant", "content": "7"}"""), called);
        var silent = Assert.Throws<InvalidDataException>(() => Prompt("""{"role": "assistant"}"""));
        Assert.Contains("\"content\" is missing", silent.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Prompt("""{"role": "user", "tool_calls": []}"""));
    }

    // Pieces as they come; what may be the beginning of a stop text is held back, and a stop text may be split
    // anywhere.
    [Theory]
    [InlineData(new[] { "a", "b", "c" }, "a|b|c", "length")]
    [InlineData(new[] { "aE", "x", "N" }, "a|Ex|N", "length")]
    [InlineData(new[] { "E", "N", "D", "x" }, "", "stop")]
    [InlineData(new[] { "aE", "EN", "Dx" }, "a|E", "stop")]
    [InlineData(new[] { "aEN" }, "aEN", "length")]
    public void A_stop_text_may_be_split_between_tokens(string[] pieces, string told, string finish)
    {
        var request = ServedRequest.Read(_served, JsonNode.Parse("""{"prompt": [1], "stop": ["END"]}""")!.AsObject(),
            isChat: false, maxTokens: 64);
        var answer = new ServedAnswer(new Pieces(pieces), request);
        var shown =
            pieces.Select(
                (_, i) =>
                    answer.Add(new SampledToken
                    {
                        Completion = 0,
                        Token = i,
                        LogProbability = 0,
                        PlainLogProbability = 0,
                        Alternatives = [],
                        Finish = i == pieces.Length - 1 ? FinishReason.Length : null,
                    })).Where(text => text.Length > 0).ToList();
        Assert.Equal((told, finish), (string.Join('|', shown), answer.Finish));
    }

    [Fact]
    public async Task Answers_have_the_room_that_there_is_where_no_limit_is_given_and_content_may_come_in_parts()
    {
        using var served = ServedModel.Load(StageFolder(maxPositions: 32_768));
        using var engine = served.Start(cacheBytes: 1 << 20);
        Assert.InRange(engine.MaxTokens, 100, 10_000);
        await using var app = new OpenAiServer(served, engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        using var content = new StringContent(
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "3+"}, {"type": "text", "text": "4"}]}], "temperature": 0}""", Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(app.Urls.Single() + "/v1/chat/completions", content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        Assert.Equal(engine.MaxTokens, (int)answer["usage"]!["total_tokens"]!);
    }

    [Fact]
    public void Thinking_is_dimmed_though_its_marks_come_in_pieces()
    {
        var thinking = new DimmedThinking();
        var shown = string.Concat(new[]
        {
            "<",
            "think",
            ">",
            "\n1 < 2",
            "</",
            "think",
            ">\n\n",
            "3 <",
        }.Select(thinking.Add)) + thinking.End();
        Assert.Equal("\e[2m<think>\n1 < 2</think>\e[22m\n\n3 <\e[22m", shown);
    }

    [Theory]
    [InlineData("/v1/completions", "no json", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "echo": true}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "best_of": 3}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "temprature": 0}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "1"}], "min_tokens": 5}""", 400)]
    [InlineData("/v1/chat/completions",
        """{"messages": [{"role": "user", "content": "1"}], "frequency_penalty": 0.5}""", 400)]
    [InlineData("/v1/chat/completions",
        """{"messages": [{"role": "user", "content": "1"}], "response_format": {"type": "json_object"}}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "1"}], "top_logprobs": 2}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""",
        400)]
    [InlineData("/v1/completions",
        """{"prompt": [[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1]], "n": 128}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "seed": 1, "seed": 2}""", 400)]
    [InlineData("/v1/completions", """[]""", 400)]
    [InlineData("/v1/completions", """{"prompt": []}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [80]}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "n": 0}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "temperature": -1}""", 400)]
    [InlineData("/v1/completions", """{"prompt": [1], "model": "another"}""", 404)]
    [InlineData("/v1/chat/completions", """{"messages": []}""", 400)]
    [InlineData("/v1/nothing", """{}""", 404)]
    public async Task What_cannot_be_answered_is_an_error_object(string path, string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(path, content);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.NotEmpty((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!);
    }

    [Fact]
    public async Task What_asks_for_nothing_is_no_error_and_a_model_can_be_looked_up()
    {
        _ = await Post("/v1/completions",
            """{"prompt": [1], "max_tokens": 2, "echo": false, "best_of": 1, "frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {}, "suffix": null}""");
        Assert.Equal(_served.Name,
            (string)JsonNode.Parse(await _http.GetStringAsync($"/v1/models/{_served.Name}"))!["id"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/v1/models/another")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _http.GetAsync("/v1/completions")).StatusCode);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        var body = "{\"prompt\": \"" + new string('1', 5 << 20) + "\"}";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("4194304 bytes", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // Answers of 30,000 tokens take far longer than the five seconds in which the places must be free.
    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_stream_frees_its_places()
    {
        using var served = ServedModel.Load(StageFolder(maxPositions: 32_768));
        using var engine = served.Start();
        await using var app = new OpenAiServer(served, engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        const string Endless =
            """{"prompt": [1, 9], "max_tokens": 30000, "ignore_eos": true, "stream": true, "n": 4}""";
        using (var request = new HttpRequestMessage(HttpMethod.Post, app.Urls.Single() + "/v1/completions")
        {
            Content = new StringContent(Endless, Encoding.UTF8, "application/json"),
        })
        using (var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        using (var lines = new StreamReader(await response.Content.ReadAsStreamAsync()))
        {
            Assert.StartsWith("data: {", await lines.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Equal(4, engine.Working);
        }

        var clock = Stopwatch.StartNew();
        while (engine.Working > 0 && clock.Elapsed < TimeSpan.FromSeconds(5))
        {
            await Task.Delay(10);
        }

        Assert.Equal(0, engine.Working);
    }

    [FactWhere("a shell's kill", "command -v kill")]
    public async Task Control_C_stops_an_answer_and_the_talk_goes_on()
    {
        using var talk = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "chat", "--model", StageFolder(maxPositions: 32_768),
                "--max-tokens", "30000", "--temperature", "0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var turn = 0; turn < 2; turn++)
        {
            await talk.StandardInput.WriteLineAsync("1+1");
            await talk.StandardInput.FlushAsync(patience.Token);
            Assert.Equal(1, await talk.StandardOutput.ReadAsync(new char[1], patience.Token));
            HouseTests.Bash($"kill -INT {talk.Id}");
            Assert.EndsWith(" [stopped]", await talk.StandardOutput.ReadLineAsync(patience.Token),
                StringComparison.Ordinal);
        }

        await talk.StandardInput.WriteLineAsync();
        await talk.StandardInput.FlushAsync(patience.Token);
        await talk.WaitForExitAsync(patience.Token);
        Assert.Equal(0, talk.ExitCode);
    }

    [Fact]
    public void A_talk_in_the_terminal_goes_on_after_what_cannot_be_written()
    {
        using var output = new StringWriter();
        ChatVerbs.Talk(_served, _engine, new SamplingConfig { Temperature = 0, TopP = 1, MaxTokens = 8 }, 1,
            new StringReader("1+1\nGröße\n2+2\n\n9\n"), output, isTerminal: false);
        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.Contains("cannot write", lines[1], StringComparison.Ordinal);
    }

    private ChatClient Client() =>
        new(_served.Name, new ApiKeyCredential("none"), new OpenAIClientOptions
        {
            Endpoint = new Uri(_http.BaseAddress!, "v1"),
        });

    private async Task<JsonNode> Post(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    internal static string StageFolder(int maxPositions = 128)
    {
        var folder = Path.Combine(Project.Scratch(), "base-0123456789");
        Directory.CreateDirectory(folder);
        var config = SmallModel.Config with { VocabularySize = 80, MaxPositions = maxPositions };
        using var model = SmallModel.Create(config);
        using (no_grad())
        {
            // Their scores are 0, which is never the largest: the likeliest answer goes on to its limit.
            foreach (var stop in new PocketTokenizer().StopIds)
            {
                model.Parameters[0].Weight.narrow(0, stop, 1).zero_().Dispose();
            }
        }

        ModelExport.Write(model, folder, 0, [3, 0]);
        File.Delete(Path.Combine(folder, "config.json"));
        File.Delete(Path.Combine(folder, "generation_config.json"));
        File.WriteAllText(Path.Combine(folder, "stage.json"),
            JsonSerializer.Serialize(new { Settings = new { Model = config } }, JsonFormat.Indented));
        return folder;
    }

    // Each id a piece of text.
    private sealed class Pieces(string[] pieces) : ITokenizer
    {
        public int VocabularySize => pieces.Length;

        public int EndOfText => 0;

        public IReadOnlyList<int> StopIds => [];

        public int[] Encode(string text, bool special = false) => throw new NotSupportedException();

        public string Decode(ReadOnlySpan<int> ids) => string.Concat(ids.ToArray().Select(id => pieces[id]));
    }
}
