using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;

namespace Phi4R.Tests.Inference;

/// <summary>Single answers of OpenAI-compatible servers, as their documentation has them.</summary>
public sealed class OpenAiChatClientTests
{
    private static readonly ChatMessage[] Question = [new(ChatRole.System, "Box it."), new(ChatRole.User, "6 · 7?")];

    private static readonly ChatOptions Options = new()
    {
        Temperature = 0.6f,
        TopP = 0.95f,
        TopK = 20,
        MaxOutputTokens = 100,
        Seed = 1L << 40,
        AdditionalProperties = new() { ["return_token_ids"] = true },
    };

    [Fact]
    public async Task A_chat_request_has_the_fields_that_servers_read_and_numbers_as_they_were_meant()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new("It is 42.") { Tokens = 9 });
        using var client = new OpenAiChatClient(server.Address, "m", new() { ApiKey = "secret" });
        var response = await client.GetResponseAsync(Question, Options);
        var asked = Assert.Single(server.Asked);
        Assert.Equal(("/v1/chat/completions", "Bearer secret"), (asked.Path, asked.Authorization));
        var expected = JsonNode.Parse("""
            {"model": "m", "max_tokens": 100, "temperature": 0.6, "top_p": 0.95, "top_k": 20, "seed": 1099511627776,
             "return_token_ids": true,
             "messages": [{"role": "system", "content": "Box it."}, {"role": "user", "content": "6 · 7?"}]}
            """);
        Assert.True(JsonNode.DeepEquals(expected, asked.Body), asked.Body.ToJsonString());
        Assert.Equal(("It is 42.", ChatFinishReason.Stop, 9L),
            (response.Text, response.FinishReason, response.Usage!.OutputTokenCount));
        Assert.DoesNotContain("secret", new OpenAiOptions { ApiKey = "secret" }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_text_goes_to_completions_and_a_path_that_was_given_is_kept()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new(" 42") { FinishReason = "length" });
        using var client = new OpenAiChatClient(new Uri(server.Address, "v1/"), "m",
            new() { Protocol = ChatProtocol.Completions });
        var response = await client.GetResponseAsync(Question);
        var asked = Assert.Single(server.Asked);
        Assert.Equal("/v1/completions", asked.Path);
        Assert.Equal("""{"model":"m","prompt":"Box it.\n\n6 \u00B7 7?"}""", asked.Body.ToJsonString());
        Assert.Equal((" 42", ChatFinishReason.Length), (response.Text, response.FinishReason));
    }

    // As vLLM (reasoning since 0.10, reasoning_content before) and DeepSeek document it.
    [Theory]
    [InlineData("reasoning_content", "stop", "42", "<think>\n6 and 7\n</think>\n42")]
    [InlineData("reasoning", "stop", "42", "<think>\n6 and 7\n</think>\n42")]
    [InlineData("reasoning", "length", "", "<think>\n6 and 7")]
    [InlineData("", "stop", "42", "42")]
    public async Task Thinking_that_was_told_apart_stands_in_front_again(
        string field, string finish, string content, string whole)
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new(content)
        {
            ReasoningContent = field == "reasoning_content" ? "6 and 7" : null,
            Reasoning = field == "reasoning" ? "6 and 7" : null,
            FinishReason = finish,
        });
        using var client = new OpenAiChatClient(server.Address, "m");
        Assert.Equal(whole, (await client.GetResponseAsync(Question)).Text);
    }

    [Theory]
    [InlineData("""{"choices": [{"message": {"content": [{"type": "text", "text": "4"}, {"text": "2"}]}}]}""", "42")]
    [InlineData("""{"choices": [{"finish_reason": "length", "message": {"content": null}}]}""", "")]
    [InlineData("""{"choices": [{"finish_reason": "stop", "message": {"content": null}}]}""", null)]
    [InlineData("""{"choices": [], "usage": 3}""", null)]
    [InlineData("""{"choices": [{"message": {"content": "4", "content": "2"}}]}""", null)]
    [InlineData("""{"choices": [{"message": {"content": "\ud800"}}]}""", null)]
    [InlineData("[]", null)]
    public async Task Odd_answers_are_read_or_are_a_failure_that_may_pass(string body, string? text)
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new("") { Body = body });
        using var client = new OpenAiChatClient(server.Address, "m");
        if (text is not null)
        {
            Assert.Equal(text, (await client.GetResponseAsync(Question)).Text);
            return;
        }

        var error = await Assert.ThrowsAsync<ChatServerException>(() => client.GetResponseAsync(Question));
        Assert.Equal(ChatFault.Broken, error.Fault);
    }

    [Fact]
    public async Task Token_ids_are_kept_where_the_server_tells_them()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new("")
        {
            Body = """{"choices": [{"token_ids": [5, 6, 7], "finish_reason": "stop", "message": {"content": "x"}}]}""",
        });
        using var client = new OpenAiChatClient(server.Address, "m");
        var response = await client.GetResponseAsync(Question);
        Assert.Equal([5, 6, 7], Assert.IsType<int[]>(response.AdditionalProperties![LocalChatClient.TokenIds]));
    }

    [Theory]
    [InlineData(ServerFault.TooMany, ChatFault.Busy)]
    [InlineData(ServerFault.Unavailable, ChatFault.Busy)]
    [InlineData(ServerFault.Reset, ChatFault.Broken)]
    [InlineData(ServerFault.HalfBody, ChatFault.Broken)]
    [InlineData(ServerFault.WrongJson, ChatFault.Broken)]
    [InlineData(ServerFault.WrongShape, ChatFault.Broken)]
    [InlineData(ServerFault.Broken, ChatFault.Broken)]
    [InlineData(ServerFault.NoModel, ChatFault.Missing)]
    [InlineData(ServerFault.BadRequest, ChatFault.Refused)]
    [InlineData(ServerFault.HalfStall, ChatFault.Slow)]
    internal async Task Each_misbehaviour_is_a_failure_of_its_kind(ServerFault fault, ChatFault kind)
    {
        await using var server = await FaultyChatServer.StartAsync(_ =>
            ChatReply.Failing(fault) with { RetryAfter = 17 });
        using var client = new OpenAiChatClient(server.Address, "m",
            new() { IdleTime = TimeSpan.FromSeconds(0.3) });
        var error = await Assert.ThrowsAsync<ChatServerException>(() => client.GetResponseAsync(Question));
        Assert.Equal((kind, fault == ServerFault.TooMany ? TimeSpan.FromSeconds(17) : null),
            (error.Fault, error.RetryAfter));
        Assert.Contains(fault switch
        {
            ServerFault.WrongShape => "overloaded",
            ServerFault.TooMany or ServerFault.BadRequest => $"the fault {fault}",
            _ => "",
        }, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_a_failure_and_no_memory()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new(new string('x', 100_000)));
        using var client = new OpenAiChatClient(server.Address, "m", new() { MaxBodyBytes = 50_000 });
        var error = await Assert.ThrowsAsync<ChatServerException>(() => client.GetResponseAsync(Question));
        Assert.Contains("longer than 50,000 bytes", error.Message, StringComparison.Ordinal);
    }

    // As OpenAI's own models of the o series refuse it.
    [Fact]
    public async Task A_server_that_wants_the_newer_name_of_the_limit_gets_it()
    {
        await using var server = await FaultyChatServer.StartAsync(asked => asked.Body["max_tokens"] is null
            ? new("42")
            : ChatReply.Failing(ServerFault.BadRequest) with
            {
                Body = """{"error": {"message": "Use 'max_completion_tokens' instead."}}""",
            });
        using var client = new OpenAiChatClient(server.Address, "m");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("42", (await client.GetResponseAsync(Question, Options)).Text);
        }

        Assert.Equal([null, 100, 100], server.Asked.Select(asked => (int?)asked.Body["max_completion_tokens"]));
    }

    [Theory]
    [InlineData("""{"data": [{"id": "other", "max_model_len": 7}, {"id": "m", "max_model_len": 4096}]}""", 4096)]
    [InlineData("""{"data": [{"id": "m"}]}""", null)]
    [InlineData("""{"object": "list"}""", null)]
    public async Task The_length_that_a_server_holds_is_read_where_it_says_so(string models, int? length)
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new(""));
        server.Models = models;
        using var client = new OpenAiChatClient(server.Address, "m");
        Assert.Equal(length, await client.ContextLengthAsync());
    }

    [Fact]
    public async Task What_cannot_be_sent_and_would_change_the_answer_is_refused()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => new(""));
        using var client = new OpenAiChatClient(server.Address, "m");
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            client.GetResponseAsync(Question, new() { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            client.GetResponseAsync([new(ChatRole.User, [new DataContent("data:image/png;base64,AA==")])]));
        Assert.Empty(server.Asked);
    }
}
