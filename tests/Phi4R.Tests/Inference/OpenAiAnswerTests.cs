using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Phi4R.Inference.Remote;

namespace Phi4R.Tests.Inference;

/// <summary>What servers of other dialects write into one answer.</summary>
public sealed class OpenAiAnswerTests
{
    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("eos", "stop")]
    [InlineData("eos_token", "stop")]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("length", "length")]
    [InlineData("max_tokens", "length")]
    [InlineData("content_filter", "content_filter")]
    public void A_word_for_the_end_is_read_in_every_dialect(string written, string expected) =>
        Assert.Equal(new ChatFinishReason(expected), Read(written, "7")!.FinishReason);

    [Theory]
    [InlineData("7", 7L)]
    [InlineData("7.0", 7L)]
    [InlineData("\"7\"", 7L)]
    [InlineData("-7", null)]
    [InlineData("7.5", null)]
    [InlineData("1e30", null)]
    [InlineData("null", null)]
    public void A_count_that_is_none_is_not_known(string written, long? expected) =>
        Assert.Equal(expected, Read("stop", written)!.Usage!.OutputTokenCount);

    private static ChatResponse? Read(string finish, string tokens) => OpenAiAnswer.Read(new JsonObject
    {
        ["choices"] = new JsonArray(new JsonObject
        {
            ["message"] = new JsonObject { ["content"] = "x" },
            ["finish_reason"] = finish,
        }),
        ["usage"] = new JsonObject { ["completion_tokens"] = JsonNode.Parse(tokens) },
    }, isChat: true);
}
