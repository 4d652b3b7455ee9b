using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Cli;

public sealed class GenerateVerbTests
{
    [Fact]
    public void Rows_are_answered_in_order_as_the_reference_answers_them()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        var cases = Fixtures.Json(Path.Combine(folder, "generate.json")).EnumerateObject()
            .Where(entry => entry.Name.StartsWith("prompt", StringComparison.Ordinal))
            .Select(entry => entry.Value).ToList();
        var rows =
            cases.Select(
                one =>
                    $$"""{"ids": {{JsonSerializer.Serialize(one.GetProperty("prompt").Ids())}}, "max_new_tokens": 32, "temperature": 0, "stop_ids": []}""");
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
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        const string Row =
            """{"ids": [5, 6, 7], "n": 3, "max_new_tokens": 70, "seed": 11, "top_k": 50, "top_p": 0.9}""";
        var alone = Run(folder, [Row]).Answers[0];
        var others = Enumerable.Range(0, 20)
            .Select(i => $$"""{"ids": [{{i}}, 9], "n": {{1 + (i % 4)}}, "max_new_tokens": 40, "seed": {{i}}}""");
        Assert.Equal(alone.GetRawText(), Run(folder, [.. others, Row]).Answers[20].GetRawText());
        Assert.Equal(3, alone.GetProperty("samples").EnumerateArray()
            .Select(sample => sample.GetProperty("ids").GetRawText()).Distinct().Count());
        Assert.NotEqual(alone.GetRawText(),
            Run(folder, [Row.Replace("11", "12", StringComparison.Ordinal)]).Answers[0].GetRawText());
    }

    // Without stop ids an end of an answer is a token as any other, and stands in the text too. Of 400 answers of three
    // tokens some end in one.
    [Fact]
    public async Task A_token_that_ended_nothing_stays_in_the_text()
    {
        var tokenizer = new PocketTokenizer();
        using var served = ServedModel.Load(
            Path.GetDirectoryName(RecipeRun.Open("smoke", 1, Project.Scratch()).Get(Pipeline.Base).WeightsPath)!);
        using var engine = served.Start();
        var row = JsonNode.Parse(
            """{"ids": [1, 9], "n": 400, "max_new_tokens": 3, "temperature": 3, "stop_ids": []}""")!.AsObject();
        var samples = (await GenerateVerbs.Answer(served, engine, row))["samples"]!.AsArray()
            .Select(sample => (Ids: sample!["ids"].Deserialize<int[]>()!, Text: (string)sample["text"]!)).ToList();
        Assert.Contains(samples, sample => tokenizer.StopIds.Contains(sample.Ids[^1]));
        Assert.All(samples, sample => Assert.Equal(tokenizer.Decode(sample.Ids), sample.Text));
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
    [InlineData("""{"ids": [1], "max_tokens": 5}""", "\"max_tokens\" is no field of such a row; known are ids")]
    [InlineData("""{"ids": [1], "do_sample": null}""", "\"do_sample\" is no field")]
    [InlineData("""not json""", "is not a request")]
    public void A_bad_row_is_an_error_in_its_place(string bad, string message)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

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
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        string Row(int tokens) =>
            $$"""{"ids": {{JsonSerializer.Serialize(Enumerable.Range(0, tokens))}}, "max_new_tokens": 5, "stop_ids": []}""";
        var (_, answers) = Run(folder, [Row(255), Row(256)]);
        Assert.Equal(1, answers[0].GetProperty("samples")[0].GetProperty("ids").GetArrayLength());
        Assert.Equal("length", answers[0].GetProperty("samples")[0].GetProperty("finish_reason").GetString());
        Assert.Contains("256 tokens; the model holds 256", answers[1].GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }

    // The prompts' ids are those of the reference for the rendered text.
    [Fact]
    public void Messages_are_read_as_their_ids_by_a_checkpoint_with_its_tokenizer()
    {
        var path = Fixtures.Find("chat/cases.jsonl");

        var folder = Path.Combine(Project.Scratch(), "checkpoint");
        using (var model = LanguageModel.Create(SmallModel.Config with
        {
            VocabularySize = 200_064,
            Width = 32,
            QueryHeads = 2,
            KeyValueHeads = 1,
            MaxPositions = 1024,
        }, 1, CPU))
        {
            ModelExport.Write(model, folder, endOfText: 199_999, stopIds: [200_020, 199_999]);
        }

        TokenizerExport.Write(folder, ChatTemplate.Instruct);
        var cases = File.ReadLines(path).Select(line => JsonNode.Parse(line)!)
            .Where(one => (string)one["template"]! == "instruct" && (bool)one["add_generation_prompt"]!
                && one["messages"]!.AsArray().Count > 0
            && !one["messages"]!.ToJsonString(JsonLinesVerb.Plain).Contains("<|", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(cases);
        var rows = cases.SelectMany(one => new[]
        {
            $"\"messages\": {one["messages"]!.ToJsonString()}",
            $"\"ids\": {one["ids_hf"]!.ToJsonString()}",
        }).Select(prompt => $"{{{prompt}, \"max_new_tokens\": 4, \"seed\": 3}}");
        var (code, answers) = Run(folder, [.. rows]);
        Assert.Equal(0, code);
        var tokenizer = new Phi4MiniTokenizer();
        foreach (var pair in answers.Chunk(2))
        {
            Assert.Equal(pair[1].GetRawText(), pair[0].GetRawText());
            var sample = pair[0].GetProperty("samples")[0];
            Assert.Equal(tokenizer.Decode(sample.GetProperty("ids").Ids()), sample.GetProperty("text").GetString());
        }
    }

    // Plain loops over the whole sequence at each step, with the long factors from the first token on; in 16 bits near
    // the likeliest only.
    [Theory]
    [InlineData(ScalarType.Float32, 1e-3)]
    [InlineData(ScalarType.BFloat16, 1.2)]
    public void Answers_with_long_factors_are_those_of_plain_loops_in_32_bits_and_near_them_in_16(
        ScalarType type, double slack)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var model = PretrainedModel.Load(folder, CPU);
        var plain = new PlainModel(model.Config, SmallModel.Weights(model));
        var (_, answers) = Run(folder,
            ["""{"ids": [100, 155, 66, 177, 226], "max_new_tokens": 6, "temperature": 0, "stop_ids": []}"""], type,
            RopePolicy.AlwaysLong);
        List<int> ids = [100, 155, 66, 177, 226];
        foreach (var id in answers[0].GetProperty("samples")[0].GetProperty("ids").Ids())
        {
            var scores = plain.Logits([.. ids], useLong: true)[^1];
            Assert.True(scores[id] >= scores.Max() - slack, $"{id} after {string.Join(",", ids)}");
            ids.Add(id);
        }

        Assert.Equal(11, ids.Count);
    }

    private static (int Code, List<JsonElement> Answers) Run(
        string folder, string[] rows, ScalarType type = ScalarType.Float32, RopePolicy? policy = null)
    {
        using var served = ServedModel.Load(folder, type, policy);
        using var engine = served.Start();
        using var written = new MemoryStream();
        var code = JsonLinesVerb.RunTogether(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', rows))), written,
            row => GenerateVerbs.Answer(served, engine, row));
        return (code,
            [.. Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line).Deserialize<JsonElement>())]);
    }
}
