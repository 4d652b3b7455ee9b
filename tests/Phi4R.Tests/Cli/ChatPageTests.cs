using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Phi4R.Cli;
using Phi4R.Runs;
using Phi4R.Tests.House;
using Phi4R.Tests.Notebooks;

namespace Phi4R.Tests.Cli;

/// <summary>The page at / of a server of two models, which wants a key.</summary>
public sealed class ChatPageTests : IAsyncLifetime, IDisposable
{
    private const string Key = "sesame";

    private ServedModels _models = null!;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        var first = OpenAiServerTests.StageFolder();
        var second = Path.Combine(Path.GetDirectoryName(first)!, "sft-0123456789");
        Directory.CreateDirectory(second);
        foreach (var file in Directory.GetFiles(first))
        {
            File.Copy(file, Path.Combine(second, Path.GetFileName(file)));
        }

        _models = new ServedModels([.. new[] { first, second }.Select(ServedModel (folder) => ServedModel.Load(folder))
            .Select(served => (served, new ServedWeights(served, served.Start())))]);
        _app = new OpenAiServer(_models, new ServerAccess { ApiKey = Key }).Build(port: 0);
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _models.Dispose();
    }

    [Fact]
    public async Task The_page_comes_without_a_key_loads_nothing_from_elsewhere_and_runs_no_script_of_a_model()
    {
        using var page = await _http.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (var path in new[] { "/", "/chat.js", "/chat.css" })
        {
            var text = await _http.GetStringAsync(path);
            Assert.DoesNotContain("http", text, StringComparison.Ordinal);
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        }

        using var secret = await _http.GetAsync("/chat/about");
        Assert.Equal(HttpStatusCode.Unauthorized, secret.StatusCode);
    }

    [Fact]
    public async Task Requests_go_to_the_model_that_they_name()
    {
        _http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        var models = JsonNode.Parse(await _http.GetStringAsync("/v1/models"))!["data"]!.AsArray();
        Assert.Equal(["base-0123456789", "sft-0123456789"], models.Select(model => (string)model!["id"]!));
        Assert.Equal("base-0123456789", (string)(await Ask("{\"prompt\": \"1+1\"}"))["model"]!);
        Assert.Equal("sft-0123456789",
            (string)(await Ask("{\"model\": \"sft-0123456789\", \"prompt\": \"1+1\"}"))["model"]!);
        Assert.Contains("there are base-0123456789, sft-0123456789",
            (string)(await Ask("{\"model\": \"rl\", \"prompt\": \"1+1\"}"))["error"]!["message"]!,
            StringComparison.Ordinal);
        var about = JsonNode.Parse(await _http.GetStringAsync("/chat/about"))!;
        Assert.True((bool)about["single_turn"]!);
        Assert.Equal(6, about["examples"]!.AsArray().Select(text => (string)text!).Distinct().Count());
    }

    [Fact]
    public void Two_models_of_one_name_are_refused()
    {
        var (one, weights) = _models.First;
        Assert.Contains("base-0123456789", Assert.Throws<ArgumentException>(
            () => new ServedModels([(one, weights), (one, weights)])).Message, StringComparison.Ordinal);
    }

    [FactWhere("a browser: apt-get install chromium", "command -v chromium")]
    public void A_person_asks_two_models_reads_probabilities_and_stops_an_answer()
    {
        using var browser = new Browser();
        using var page = browser.Visit(_app.Urls.Single() + "/");
        page.Until("document.getElementById('note')?.textContent.includes('API key')");
        page.Read($"(document.getElementById('key').value = '{Key}', "
            + "document.getElementById('key').dispatchEvent(new Event('change')))");
        page.Until("document.querySelectorAll('#models input').length == 2");
        page.Read("document.querySelectorAll('#models input')[1].checked = true");
        Assert.Equal("6", page.Read("document.querySelectorAll('#examples button').length"));
        page.Read("document.querySelector('#examples button').click()");
        page.Read("document.getElementById('max_tokens').value = 12");
        page.Read("document.getElementById('send').click()");
        page.Until("document.querySelectorAll('.answer').length == 2 && "
            + "[...document.querySelectorAll('.facts')].every(f => f.textContent.includes('log-probability'))");
        Assert.Contains(" %  ", page.Read("document.querySelector('.text span').dataset.tip"),
            StringComparison.Ordinal);

        page.Read("document.getElementById('max_tokens').value = 120");
        page.Read("document.getElementById('temperature').value = 0");
        page.Read("(document.getElementById('question').value = '1+1', document.getElementById('send').click())");
        page.Read("document.getElementById('stop').click()");
        page.Until("document.getElementById('stop').hidden && document.querySelectorAll('article').length == 2");
    }

    private async Task<JsonNode> Ask(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/v1/completions", content);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
