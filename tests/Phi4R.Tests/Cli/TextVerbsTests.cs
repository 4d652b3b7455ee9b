using System.Text.Json.Nodes;

namespace Phi4R.Tests.Cli;

public sealed class TextVerbsTests
{
    [Theory]
    [InlineData("encode", "{\"text\":\"Hello, world!\"}", "{\"ids\":[13225,11,2375,0]}")]
    [InlineData("encode", "{\"text\":\"<|end|>\\t\\n x\",\"special\":true}", "{\"ids\":[200020,87]}")]
    [InlineData("encode", "{\"text\":\"<|end|>\",\"special\":false}", "{\"ids\":[27,91,419,91,29]}")]
    [InlineData("encode", "{\"text\":\"\"}", "{\"ids\":[]}")]
    [InlineData("decode", "{\"ids\":[200021,13225,200020]}", "{\"text\":\"<|user|>Hello<|end|>\"}")]
    [InlineData("render",
        "{\"template\":\"instruct\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
            + "\"add_generation_prompt\":false}",
        "{\"text\":\"<|user|>Hello<|end|><|endoftext|>\",\"ids\":[200021,13225,200020,199999]}")]
    public void A_verb_answers_in_one_line(string verb, string row, string expected)
    {
        var (code, output) = JsonLinesVerbTests.Phi4r(verb, row + "\n");
        Assert.Equal(expected + "\n", output);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("encode", "{\"text\":\"a\",\"special\":1}", "special")]
    [InlineData("decode", "{\"ids\":[1,200064]}", "Token 1 has id 200064")]
    [InlineData("decode", "{\"ids\":[-5]}", "Token 0 has id -5")]
    [InlineData("render", "{\"template\":\"chatml\",\"messages\":[]}", "known are instruct")]
    [InlineData("render", "{\"template\":\"instruct\",\"messages\":[{\"role\":\"user\"}]}", "content")]
    [InlineData("render", "{\"template\":\"instruct\",\"messages\":[7]}", "7 at place 0")]
    [InlineData("render", "{\"template\":\"instruct\"}", "messages")]
    public void A_bad_row_names_what_is_wrong(string verb, string row, string message)
    {
        var (code, output) = JsonLinesVerbTests.Phi4r(verb, row + "\n");
        Assert.Equal(1, code);
        Assert.Contains(message, (string)JsonNode.Parse(output)!["error"]!);
    }
}
