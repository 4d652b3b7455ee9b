using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Phi4R.Cli;
using Phi4R.Inference.Local;
using Phi4R.Runs;

namespace Phi4R.Tests.Cli;

/// <summary>Who may ask the server, and how much one request may ask for.</summary>
public sealed class ServerAccessTests : IAsyncLifetime, IDisposable
{
    private const string Completions = "/v1/completions";
    private const string Short = """{"prompt": [1], "max_tokens": 2}""";

    private readonly ServedModel _served;
    private readonly Engine _engine;
    private readonly List<WebApplication> _apps = [];
    private readonly HttpClient _http = new();

    public ServerAccessTests()
    {
        _served = ServedModel.Load(OpenAiServerTests.StageFolder());
        _engine = _served.Start();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _engine.Dispose();
        _served.Dispose();
    }

    // A page whose own name was pointed at this machine sends that name.
    [Theory]
    [InlineData("evil.example", 403)]
    [InlineData("evil.example:8000", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("0.0.0.0", 403)]
    [InlineData("192.168.0.1:8000", 403)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:9", 200)]
    [InlineData("127.0.0.1:8000", 200)]
    [InlineData("[::1]:8000", 200)]
    public async Task A_request_for_another_host_is_refused(string host, int status)
    {
        var url = await Serve(new ServerAccess());
        await Expect(status, await Post(url, Short, host: host));
        await Expect(status, await Send(HttpMethod.Get, $"{url}/v1/models", host: host));
    }

    [Theory]
    [InlineData("http://evil.example", 403)]
    [InlineData("http://localhost:1", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost:3000", 200)]
    [InlineData("https://chat.example", 200)]
    [InlineData(null, 200)]
    public async Task A_page_may_ask_only_from_an_origin_that_was_named(string? origin, int status)
    {
        var url = await Serve(new ServerAccess { Origins = ["http://localhost:3000/", "https://CHAT.example:443"] });
        using var response = await Post(url, Short, origin: origin);
        await Expect(status, response);
        Assert.Equal(status == 200 && origin is not null, response.Headers.Contains("Access-Control-Allow-Origin"));
        using var asked = await Send(
            HttpMethod.Options, url + Completions, origin: origin ?? "http://none.example", preflight: true);
        Assert.Equal(status == 200 && origin is not null ? 204 : 403, (int)asked.StatusCode);
        Assert.Equal(asked.IsSuccessStatusCode, asked.Headers.Contains("Access-Control-Allow-Headers"));
    }

    [Fact]
    public async Task A_page_of_the_server_itself_may_ask_and_no_other_where_none_was_named()
    {
        var url = await Serve(new ServerAccess());
        await Expect(200, await Post(url, Short, origin: url));
        await Expect(403, await Post(url, Short, origin: "http://localhost:3000"));
    }

    // What a page can send without being asked first: a form, a text, or a body without a type.
    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("text/plain; x=application/json", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData(null, 415)]
    [InlineData("application/json", 200)]
    [InlineData("Application/JSON; charset=utf-8", 200)]
    public async Task A_body_that_is_not_said_to_be_JSON_is_refused(string? type, int status) =>
        await Expect(status, await Post(await Serve(new ServerAccess()), Short, type: type));

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("Bearer secret-1", 401)]
    [InlineData("Bearer secret-123", 401)]
    [InlineData("Basic secret-12", 401)]
    [InlineData("secret-12", 401)]
    [InlineData("Bearer secret-12", 200)]
    [InlineData("bearer secret-12", 200)]
    public async Task Where_there_is_a_key_a_request_must_bring_it(string? authorization, int status)
    {
        var url = await Serve(new ServerAccess { ApiKey = "secret-12" });
        await Expect(status, await Post(url, Short, authorization: authorization));
        await Expect(status, await Send(HttpMethod.Get, $"{url}/v1/models", authorization: authorization));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("Schlüssel")]
    [InlineData("line\n")]
    public void A_key_that_no_header_can_carry_is_refused_at_the_start(string key)
    {
        var problem = Assert.Throws<ArgumentException>(() => new ServerAccess { ApiKey = key });
        Assert.Contains("a header cannot carry it", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("localhost:3000")]
    [InlineData("http://localhost:3000/page")]
    [InlineData("file:///page")]
    public void An_origin_is_a_scheme_a_host_and_a_port(string origin)
    {
        var problem = Assert.Throws<ArgumentException>(() => new ServerAccess { Origins = [origin] });
        Assert.Contains($"\"{origin}\" is no origin", problem.Message, StringComparison.Ordinal);
    }

    // 400,000 stop texts once held the threads that draw for everyone for over a minute.
    [Theory]
    [InlineData("stop", 32, 256, 200)]
    [InlineData("stop", 33, 1, 400)]
    [InlineData("stop", 1, 257, 400)]
    [InlineData("stop", 400_000, 4, 400)]
    [InlineData("stop_token_ids", 256, 0, 200)]
    [InlineData("stop_token_ids", 257, 0, 400)]
    public async Task Stops_have_limits(string field, int count, int length, int status)
    {
        var stop = field == "stop" ? (object)new string('x', length) : 5;
        var row = new Dictionary<string, object>
        {
            ["prompt"] = new[] { 1 },
            ["max_tokens"] = 2,
            [field] = Enumerable.Repeat(stop, count),
        };
        await Expect(status, await Post(await Serve(new ServerAccess()), JsonSerializer.Serialize(row)));
    }

    // All 32 stops begin as the text does, so each place of what is held back is compared with each of them.
    [Fact]
    public void The_most_stops_that_are_allowed_cost_less_than_a_millisecond_a_token()
    {
        string[] stops = [.. Enumerable.Range(0, 32).Select(i => new string('a', 255) + (char)('b' + i))];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(45, Phi4R.Text.StopSequences.Certain(new string('a', 300), stops));
        }

        Assert.InRange(clock.Elapsed.TotalMilliseconds / 200, 0, 1);
    }

    // The length of a chunk is past what 64 bits hold; the body is broken, and the answer says so.
    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF\r\n{}", 400)]
    [InlineData("7FFFFFFFFFFFFFFF\r\n{}", 400)]
    [InlineData("nothing\r\n{}", 400)]
    public async Task A_body_that_breaks_the_rules_of_HTTP_is_an_error_object(string chunks, int status)
    {
        var url = new Uri(await Serve(new ServerAccess()));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, url.Port);
        await using var stream = client.GetStream();
        string[] head =
        [
            $"POST {Completions} HTTP/1.1", $"Host: {url.Authority}", "Content-Type: application/json",
            "Transfer-Encoding: chunked", "Connection: close", "", "",
        ];
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", head) + chunks));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\"error\":{\"message\":\"", answer, StringComparison.Ordinal);
    }

    private async Task<string> Serve(ServerAccess access)
    {
        var app = new OpenAiServer(_served, _engine, access).Build(port: 0);
        _apps.Add(app);
        await app.StartAsync();
        return app.Urls.Single();
    }

    private Task<HttpResponseMessage> Post(
        string url,
        string body,
        string? type = "application/json",
        string? host = null,
        string? origin = null,
        string? authorization = null)
    {
        var content = new StringContent(body);
        content.Headers.Remove("Content-Type");
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return Send(HttpMethod.Post, url + Completions, content, host, origin, authorization);
    }

    private async Task<HttpResponseMessage> Send(
        HttpMethod method,
        string url,
        HttpContent? content = null,
        string? host = null,
        string? origin = null,
        string? authorization = null,
        bool preflight = false)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.Host = host;
        foreach (var (name, value) in new[]
        {
            ("Origin", origin),
            ("Authorization", authorization),
            ("Access-Control-Request-Method", preflight ? "POST" : null),
            ("Access-Control-Request-Headers", preflight ? "authorization,content-type" : null),
        })
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await _http.SendAsync(request);
    }

    // Whatever is refused says why, in the form that clients of these endpoints read.
    private static async Task Expect(int status, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        if (status >= 400)
        {
            Assert.NotEmpty((string)JsonNode.Parse(text)!["error"]!["message"]!);
        }
    }
}
