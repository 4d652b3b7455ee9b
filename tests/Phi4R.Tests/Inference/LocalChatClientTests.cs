using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;
using Phi4R.Cli;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Runs;
using Phi4R.Tests.Cli;
using FinishReason = Phi4R.Data.FinishReason;
using Turn = Phi4R.Text.ChatMessage;

namespace Phi4R.Tests.Inference;

/// <summary>A pocket model of random weights as a chat client, in this process and behind the server.</summary>
public sealed class LocalChatClientTests : IDisposable
{
    private const string Question = "3+4";

    private static readonly ChatOptions Drawn =
        new() { Temperature = 1.3f, TopP = 0.999f, TopK = 79, MaxOutputTokens = 120 };

    private readonly ServedModel _served = ServedModel.Load(OpenAiServerTests.StageFolder(8192));
    private readonly Engine _engine;
    private readonly LocalChatClient _client;

    public LocalChatClientTests()
    {
        _engine = _served.Start();
        _client = _served.ChatClient(_engine);
    }

    public void Dispose()
    {
        _client.Dispose();
        _engine.Dispose();
        _served.Dispose();
    }

    [Fact]
    public async Task An_answer_is_the_text_of_the_tokens_that_the_engine_gives_for_the_seed()
    {
        var prompt = _served.Encode([new Turn("user", "1+1"), new Turn("assistant", "2"), new Turn("user", Question)]);
        var sampling = new SamplingConfig { Temperature = 1.3, TopP = 0.999, TopK = 79, MaxTokens = 120 };
        ChatMessage[] messages =
            [new(ChatRole.User, "1+1"), new(ChatRole.Assistant, "2"), new(ChatRole.User, Question)];
        HashSet<ChatFinishReason> reasons = [];
        HashSet<string> texts = [];
        for (var seed = 0; seed < 20; seed++)
        {
            var request = new SampleRequest(prompt, [Randomness.For(seed, "answers", 0)]);
            var expected = (await _engine.Draw(request, sampling, _served.StopIds))[0];
            var answer = await _client.GetResponseAsync(messages, With(seed, _ => { }));
            Assert.Equal(_served.Decode(expected.TokenIds), answer.Text);
            Assert.Equal(expected.Finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop,
                answer.FinishReason);
            Assert.Equal((prompt.Length, expected.TokenIds.Length, prompt.Length + expected.TokenIds.Length),
                (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
            Assert.Equal(_served.Name, answer.ModelId);
            reasons.Add(answer.FinishReason!.Value);
            texts.Add(answer.Text);
        }

        Assert.Equal((2, 20), (reasons.Count, texts.Count));
    }

    [Fact]
    public async Task A_stream_is_the_same_text_in_pieces_and_a_stop_sequence_ends_it()
    {
        var options = With(1, options => (options.Temperature, options.MaxOutputTokens) = (0, 40));
        var whole = await _client.GetResponseAsync(Question, options);
        List<ChatResponseUpdate> pieces = [];
        await foreach (var piece in _client.GetStreamingResponseAsync(Question, options))
        {
            pieces.Add(piece);
        }

        Assert.Equal(whole.Text, string.Concat(pieces.Select(piece => piece.Text)));
        Assert.InRange(pieces.Count(piece => piece.Text.Length > 0), 20, 40);
        Assert.Equal(ChatFinishReason.Length,
            Assert.Single(pieces, piece => piece.FinishReason is not null).FinishReason);

        // Three characters, which are tokens of their own or parts of several.
        var stop = whole.Text[10..13];
        options.StopSequences = ["no such text", stop];
        var stopped = await _client.GetResponseAsync(Question, options);
        Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
        Assert.Equal(ChatFinishReason.Stop, stopped.FinishReason);
        Assert.InRange(stopped.Usage!.OutputTokenCount!.Value, 1, whole.Usage!.OutputTokenCount!.Value - 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_or_no_longer_reading_ends_the_answer_in_the_engine(bool cancels)
    {
        using var cancel = new CancellationTokenSource();
        var options = new ChatOptions { Temperature = 0 }; // Goes on to the model's limit of 8,192 tokens.
        using var end = new CancellationTokenSource();
        var (read, others) = (0, 0);
        var other = Task.Run(async () =>
        {
            await foreach (var piece in _client.GetStreamingResponseAsync(Question, options, end.Token))
            {
                others++;
            }
        });
        Assert.True(SpinWait.SpinUntil(() => others > 0, TimeSpan.FromSeconds(20)));
        var reading = Task.Run(async () =>
        {
            await foreach (var piece in _client.GetStreamingResponseAsync(Question, options, cancel.Token))
            {
                read++;
                if (!cancels)
                {
                    break;
                }

                await cancel.CancelAsync();
            }
        });
        if (cancels)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        await reading.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.InRange(read, 1, 8000);

        // It is over long before one that began earlier and is as long.
        Assert.True(SpinWait.SpinUntil(() => _engine.Working <= 1, TimeSpan.FromSeconds(60)));
        Assert.InRange(others, 1, 7000);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    // As a server reads the number that a client writes down.
    [Fact]
    public void A_number_of_32_bits_is_the_decimal_that_was_meant()
    {
        var sampling = ChatRequest.Sampling(new ChatOptions { Temperature = 0.8f, TopP = 0.95f }, room: 9);
        Assert.Equal((0.8, 0.95, 9), (sampling.Temperature, sampling.TopP, sampling.MaxTokens));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "penalty", "ChatOptions.FrequencyPenalty (0.5) would change the answer" },
        { "presence", "ChatOptions.PresencePenalty (0.5) would change the answer" },
        { "json", "ChatOptions.ResponseFormat" },
        { "tools", "ChatOptions.Tools (1 of them)" },
        { "required", "ChatOptions.ToolMode (required)" },
        { "reasoning", "ChatOptions.Reasoning" },
        { "conversation", "ChatOptions.ConversationId (c1)" },
        { "more", "ChatOptions.AdditionalProperties (min_p)" },
        { "model", "ChatOptions.ModelId is \"other\"; this model is \"base-0123456789\"" },
        { "stop", "ChatOptions.StopSequences holds an empty text" },
        { "temperature", "ChatOptions.Temperature is -1; it must be 0 or more" },
        { "top p", "ChatOptions.TopP is 1.5; it must be 0 to 1" },
        { "tokens", "ChatOptions.MaxOutputTokens is 0; it must be 1 or more" },
        { "image", "Message 1 (user) holds DataContent; this model reads text only" },
        { "tool turn", "Message 1 is of the role \"tool\"; this model reads system, user, assistant" },
        { "nothing", "There is no message to answer" },
        { "letters", "in \"Größe\"" },
        { "instructions", "cannot write \"<|system|>\"" }, // A turn that the pocket has not.
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_would_change_the_answer_and_cannot_be_done_is_refused_with_its_name(
        string what, string words)
    {
        List<ChatMessage> messages = [new(ChatRole.User, Question)];
        var options = new ChatOptions { MaxOutputTokens = 4 };
        Action change = what switch
        {
            "penalty" => () => options.FrequencyPenalty = 0.5f,
            "presence" => () => options.PresencePenalty = 0.5f,
            "json" => () => options.ResponseFormat = ChatResponseFormat.Json,
            "tools" => () => options.Tools = [AIFunctionFactory.Create(() => 1, "one")],
            "required" => () => options.ToolMode = ChatToolMode.RequireAny,
            "reasoning" => () => options.Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
            "conversation" => () => options.ConversationId = "c1",
            "more" => () => options.AdditionalProperties = new() { ["min_p"] = 0.1 },
            "model" => () => options.ModelId = "other",
            "stop" => () => options.StopSequences = [""],
            "temperature" => () => options.Temperature = -1,
            "top p" => () => options.TopP = 1.5f,
            "tokens" => () => options.MaxOutputTokens = 0,
            "image" => () => messages.Add(new(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])),
            "tool turn" => () => messages.Add(new(ChatRole.Tool, "7")),
            "nothing" => messages.Clear,
            "instructions" => () => options.Instructions = "1",
            _ => () => messages[0] = new(ChatRole.User, "Größe"),
        };
        await _client.GetResponseAsync(messages, options);
        change();
        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => _client.GetResponseAsync(messages, options));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    // The law of one seam, for texts: a foreign client over HTTP reads what ours gives in this process.
    [Fact]
    public async Task A_foreign_client_of_the_server_gets_the_same_answers_for_the_same_seeds()
    {
        await using var app = new OpenAiServer(_served, _engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        using var foreign = new OpenAI.Chat.ChatClient(_served.Name, new ApiKeyCredential("none"),
            new OpenAIClientOptions { Endpoint = new Uri(app.Urls.Single() + "/v1") }).AsIChatClient();
        for (var seed = 0; seed < 6; seed++)
        {
            // The foreign client does not pass on TopK.
            var options = With(seed, options => (options.TopK, options.StopSequences) = (null, ["12", "take"]));
            var (here, there) = (await _client.GetResponseAsync(Question, options),
                await foreign.GetResponseAsync(Question, options));
            var streamed = await foreign.GetStreamingResponseAsync(Question, options).ToChatResponseAsync();
            Assert.Equal((here.Text, here.FinishReason), (there.Text, there.FinishReason));
            Assert.Equal((here.Text, here.FinishReason), (streamed.Text, streamed.FinishReason));
            Assert.Equal((here.Usage!.InputTokenCount, here.Usage.OutputTokenCount),
                (there.Usage!.InputTokenCount, there.Usage.OutputTokenCount));
        }
    }

    private static ChatOptions With(int seed, Action<ChatOptions> change)
    {
        var options = Drawn.Clone();
        options.Seed = seed;
        change(options);
        return options;
    }
}
