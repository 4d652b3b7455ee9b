using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Cli;
using Phi4R.Recipes;
using Phi4R.Sampling;
using Phi4R.Tests.Reference;
using Xunit.Abstractions;

namespace Phi4R.Tests.Cli;

public sealed class GenerateVerbTests(ITestOutputHelper output)
{
    [Fact]
    public void Rows_are_answered_in_order_as_the_reference_answers_them()
    {
        if (Fixtures.Find("phi3-tiny/a-longrope-tied-f32", output) is not { } folder)
        {
            return;
        }

        var cases = Fixtures.Json(Path.Combine(folder, "generate.json")).EnumerateObject().Where(entry => entry.Name.StartsWith("prompt", StringComparison.Ordinal)).Select(entry => entry.Value).ToList();
        var rows = cases.Select(one => $$"""{"ids": {{JsonSerializer.Serialize(one.GetProperty("prompt").Ids())}}, "max_new_tokens": 32, "temperature": 0, "stop_ids": []}""");
        var (code, answers) = Run(folder, [.. rows]);
        Assert.Equal(0, code);
        foreach (var (one, answer) in cases.Zip(answers))
        {
            var sample = answer.GetProperty("samples")[0];
            Assert.Equal(one.GetProperty("continuation").Ids(), sample.GetProperty("ids").Ids());
            Assert.Equal("length", sample.GetProperty("finish_reason").GetString());
            Assert.Equal(JsonValueKind.Null, sample.GetProperty("text").ValueKind);
            Assert.Equal(32, sample.GetProperty("logprobs").GetArrayLength());
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_answers_in_any_company()
    {
        if (Fixtures.Find("phi3-tiny/a-longrope-tied-f32", output) is not { } folder)
        {
            return;
        }

        const string Row = """{"ids": [5, 6, 7], "n": 3, "max_new_tokens": 70, "seed": 11, "top_k": 50, "top_p": 0.9}""";
        var alone = Run(folder, [Row]).Answers[0];
        var others = Enumerable.Range(0, 20).Select(i => $$"""{"ids": [{{i}}, 9], "n": {{1 + (i % 4)}}, "max_new_tokens": 40, "seed": {{i}}}""");
        Assert.Equal(alone.GetRawText(), Run(folder, [.. others, Row]).Answers[20].GetRawText());
        Assert.Equal(3, alone.GetProperty("samples").EnumerateArray().Select(sample => sample.GetProperty("ids").GetRawText()).Distinct().Count());
        Assert.NotEqual(alone.GetRawText(), Run(folder, [Row.Replace("11", "12", StringComparison.Ordinal)]).Answers[0].GetRawText());
    }

    [Theory]
    [InlineData("""{"ids": []}""", "The prompt is empty")]
    [InlineData("""{"ids": [320]}""", "the id 320; the model's are 0 to 319")]
    [InlineData("""{"ids": [-1]}""", "the id -1")]
    [InlineData("""{"ids": [1.5]}""", "1.5")]
    [InlineData("""{}""", "this one has none")]
    [InlineData("""{"ids": [1], "prompt": "x"}""", "ids and prompt")]
    [InlineData("""{"prompt": "x"}""", "has no tokenizer that is known here")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}]}""", "has no chat template that is known here")]
    [InlineData("""{"ids": [1], "n": -1}""", "\"n\" is -1")]
    [InlineData("""{"ids": [1], "n": 1000000000}""", "\"n\" is 1000000000")]
    [InlineData("""{"ids": [1], "max_new_tokens": 0}""", "\"max_new_tokens\" is 0")]
    [InlineData("""{"ids": [1], "temperature": NaN}""", "is not a request")]
    [InlineData("""{"ids": [1], "temperature": "NaN"}""", "a finite number")]
    [InlineData("""{"ids": [1], "temperature": -1}""", "Temperature is -1")]
    [InlineData("""{"ids": [1], "top_p": 1.5}""", "TopP is 1.5")]
    [InlineData("""{"ids": [1], "top_k": -2}""", "\"top_k\" is -2")]
    [InlineData("""not json""", "is not a request")]
    public void A_bad_row_is_an_error_in_its_place(string bad, string message)
    {
        if (Fixtures.Find("phi3-tiny/a-longrope-tied-f32", output) is not { } folder)
        {
            return;
        }

        const string Good = """{"ids": [1], "max_new_tokens": 2}""";
        var (code, answers) = Run(folder, [Good, bad, Good]);
        Assert.Equal(1, code);
        Assert.Equal(3, answers.Count);
        Assert.Contains(message, answers[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(answers[0].GetRawText(), answers[2].GetRawText());
    }

    // 256 positions: 255 leave room for one token, 256 for none.
    [Fact]
    public void A_prompt_may_leave_room_for_one_token_and_no_less()
    {
        if (Fixtures.Find("phi3-tiny/a-longrope-tied-f32", output) is not { } folder)
        {
            return;
        }

        string Row(int tokens) => $$"""{"ids": {{JsonSerializer.Serialize(Enumerable.Range(0, tokens))}}, "max_new_tokens": 5, "stop_ids": []}""";
        var (_, answers) = Run(folder, [Row(255), Row(256)]);
        Assert.Equal(1, answers[0].GetProperty("samples")[0].GetProperty("ids").GetArrayLength());
        Assert.Equal("length", answers[0].GetProperty("samples")[0].GetProperty("finish_reason").GetString());
        Assert.Contains("256 tokens; the model holds 256", answers[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static (int Code, List<JsonElement> Answers) Run(string folder, string[] rows)
    {
        using var served = ServedModel.Load(folder);
        using var engine = new Engine(served.Model);
        using var written = new MemoryStream();
        var code = JsonLinesVerb.RunTogether(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', rows))), written, row => GenerateVerbs.Answer(served, engine, row));
        return (code, [.. Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line).Deserialize<JsonElement>())]);
    }
}
