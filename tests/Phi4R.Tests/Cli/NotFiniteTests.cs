using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Runs;

namespace Phi4R.Tests.Cli;

/// <summary>A model whose logits are no numbers: whoever asked is told that the model is at fault.</summary>
public sealed class NotFiniteTests : IDisposable
{
    private readonly ServedModel _served;
    private readonly LanguageModel _model;
    private readonly Engine _engine;

    public NotFiniteTests()
    {
        var folder = OpenAiServerTests.StageFolder();
        _served = ServedModel.Load(folder);
        _model = new Checkpoint(_served.Config, Path.Combine(folder, "model.safetensors")).Load(CPU);
        using (no_grad())
        {
            _model.Parameters[^1].Weight.fill_(float.NaN);
        }

        _engine = new Engine(_model);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _model.Dispose();
        _served.Dispose();
    }

    // Several at once and several times: a request that fails takes no other with it, and leaves no place occupied.
    [Theory]
    [InlineData("""{"ids": [1, 9]}""")]
    [InlineData("""{"ids": [1, 9], "n": 20, "temperature": 0.6, "top_p": 0.9, "max_new_tokens": 5}""")]
    [InlineData("""{"ids": [1, 9], "temperature": 0}""")]
    [InlineData("""{"ids": [1, 9], "top_k": 3}""")]
    public void Generate_says_that_the_model_is_at_fault(string row)
    {
        using var written = new MemoryStream();
        using var rows = new MemoryStream(Encoding.UTF8.GetBytes($"{row}\n{row}\n"));
        Assert.Equal(1, JsonLinesVerb.RunTogether(rows, written, each => GenerateVerbs.Answer(_served, _engine, each)));
        var lines = Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line =>
        {
            Assert.Contains("cannot be answered: The model's logits after 2 tokens", line, StringComparison.Ordinal);
            Assert.DoesNotContain("is not a request", line, StringComparison.Ordinal);
        });
        Assert.True(SpinWait.SpinUntil(() => _engine.Working == 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Logits_of_a_row_with_another_field_are_refused()
    {
        var (code, answer) = Logits("{\"ids\": [1], \"id\": 9}");
        Assert.Equal(1, code);
        Assert.Contains("is no field of such a row; known are ids.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_that_are_not_finite_are_no_fault_of_their_row()
    {
        var (code, answer) = Logits("{\"ids\": [1, 9]}");
        Assert.Equal(1, code);
        Assert.Contains("1 cannot be answered: The model's logits after 1 token are", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.InternalServerError)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task A_server_answers_with_an_error_of_its_own(bool isStreamed, HttpStatusCode status)
    {
        await using var app = new OpenAiServer(_served, _engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        using var http = new HttpClient();
        var body = $$"""{"prompt": [1, 9], "logprobs": 1, "stream": {{(isStreamed ? "true" : "false")}}}""";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(app.Urls.Single() + "/v1/completions", content);
        Assert.Equal(status, response.StatusCode);
        var text = (await response.Content.ReadAsStringAsync()).Trim();
        var error = JsonNode.Parse(isStreamed ? text["data: ".Length..] : text)!["error"]!;
        Assert.Equal("server_error", (string)error["type"]!);
        Assert.Contains("fault is the model's, not the request's", (string)error["message"]!, StringComparison.Ordinal);
    }

    private (int Code, string Answer) Logits(string rows)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(rows));
        using var written = new MemoryStream();
        var code = JsonLinesVerb.Run(input, written, (row, writer) => ModelVerbs.Answer(_model, row, writer));
        return (code, Encoding.UTF8.GetString(written.ToArray()));
    }
}
