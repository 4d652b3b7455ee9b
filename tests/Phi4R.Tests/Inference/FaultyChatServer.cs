using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Phi4R.Tests.Inference;

/// <summary>How a server can misbehave.</summary>
internal enum ServerFault
{
    /// <summary>429 with Retry-After.</summary>
    TooMany,

    /// <summary>503 without a word on when to come again.</summary>
    Unavailable,

    /// <summary>The connection is reset before the answer.</summary>
    Reset,

    /// <summary>Half of the body, then a reset.</summary>
    HalfBody,

    /// <summary>200 with what is no JSON.</summary>
    WrongJson,

    /// <summary>200 with JSON that is no completion.</summary>
    WrongShape,

    /// <summary>500.</summary>
    Broken,

    /// <summary>404: the model is gone.</summary>
    NoModel,

    /// <summary>400: never, however often it is asked.</summary>
    BadRequest,

    /// <summary>Nothing at all, until the client goes away.</summary>
    Stall,

    /// <summary>The head and half of the body, then nothing until the client goes away.</summary>
    HalfStall,
}

/// <summary>What a server was asked.</summary>
/// <param name="Number">From 0, over all that it was asked.</param>
internal sealed record ChatAsked(int Number, string Path, JsonObject Body, string? Authorization)
{
    /// <summary>The last message, or the prompt.</summary>
    public string Question => (string?)Body["prompt"]
        ?? (string)Body["messages"]!.AsArray()[^1]!["content"]!;

    public long Seed => (long?)Body["seed"] ?? -1;
}

/// <summary>What it answers.</summary>
internal sealed record ChatReply(string Text)
{
    public string? FinishReason { get; init; } = "stop";

    public int Tokens { get; init; } = 7;

    public string? ReasoningContent { get; init; }

    public string? Reasoning { get; init; }

    public TimeSpan Delay { get; init; }

    public ServerFault? Fault { get; init; }

    public int RetryAfter { get; init; }

    /// <summary>A whole body in place of all of the above.</summary>
    public string? Body { get; init; }

    public static ChatReply Failing(ServerFault fault) => new("") { Fault = fault };
}

/// <summary>An OpenAI-compatible server that answers as it is told to, or misbehaves.</summary>
internal sealed class FaultyChatServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<ChatAsked, ChatReply> _answer;
    private readonly Lock _gate = new();
    private int _number;
    private int _inFlight;

    private FaultyChatServer(Func<ChatAsked, ChatReply> answer)
    {
        _answer = answer;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/v1/chat/completions", Answer);
        _app.MapPost("/v1/completions", Answer);
        _app.MapGet("/v1/models", context => context.Response.WriteAsync(Models, context.RequestAborted));
    }

    /// <summary>Whether what was asked and answered is kept below.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>All that was asked, with faults and without.</summary>
    public ConcurrentQueue<ChatAsked> Asked { get; } = [];

    /// <summary>What was answered whole, in any order.</summary>
    public ConcurrentQueue<ChatAsked> Answered { get; } = [];

    /// <summary>The most requests that were under way at once.</summary>
    public int MostInFlight { get; private set; }

    /// <summary>Requests that are under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>What /v1/models says.</summary>
    public string Models { get; set; } = """{"object": "list", "data": [{"id": "m"}]}""";

    public Uri Address { get; private set; } = null!;

    public static async Task<FaultyChatServer> StartAsync(Func<ChatAsked, ChatReply> answer)
    {
        var server = new FaultyChatServer(answer);
        await server._app.StartAsync();
        server.Address = new Uri(server._app.Urls.Single());
        return server;
    }

    /// <summary>Every fifth request fails, each time in the next of these ways; the others are answered.</summary>
    public static Func<ChatAsked, ChatReply> EveryFifthFails(
        Func<ChatAsked, ChatReply> answer, params ServerFault[] faults) => asked =>
            asked.Number % 5 == 4 ? ChatReply.Failing(faults[asked.Number / 5 % faults.Length]) : answer(asked);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task Answer(HttpContext context)
    {
        var body = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        ChatAsked asked;
        lock (_gate)
        {
            asked = new ChatAsked(_number++, context.Request.Path.Value!, body.AsObject(),
                context.Request.Headers.Authorization.FirstOrDefault());
            MostInFlight = Math.Max(MostInFlight, ++_inFlight);
        }

        Keep(Asked, asked);
        try
        {
            await SendAsync(context, asked, _answer(asked));
        }
        catch (OperationCanceledException)
        {
            // The client went away.
        }
        finally
        {
            lock (_gate)
            {
                _inFlight--;
            }
        }
    }

    private void Keep(ConcurrentQueue<ChatAsked> queue, ChatAsked asked)
    {
        if (Keeps)
        {
            queue.Enqueue(asked);
        }
    }

    private async Task SendAsync(HttpContext context, ChatAsked asked, ChatReply reply)
    {
        var (response, gone) = (context.Response, context.RequestAborted);
        await Task.Delay(reply.Delay, gone);
        var whole = reply.Body ?? Body(asked, reply);
        response.ContentType = "application/json";
        response.StatusCode = reply.Fault switch
        {
            ServerFault.TooMany => 429,
            ServerFault.Unavailable => 503,
            ServerFault.Broken => 500,
            ServerFault.NoModel => 404,
            ServerFault.BadRequest => 400,
            _ => 200,
        };
        switch (reply.Fault)
        {
            case null:
                Keep(Answered, asked);
                await response.WriteAsync(whole, gone);
                break;
            case ServerFault.Reset:
                context.Abort();
                break;
            case ServerFault.HalfBody or ServerFault.HalfStall:
                response.ContentLength = whole.Length;
                await response.WriteAsync(whole[..(whole.Length / 2)], gone);
                await response.Body.FlushAsync(gone);
                await Task.Delay(reply.Fault == ServerFault.HalfBody ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, gone);
                context.Abort();
                break;
            case ServerFault.Stall:
                await Task.Delay(Timeout.InfiniteTimeSpan, gone);
                break;
            case ServerFault.WrongJson:
                await response.WriteAsync("<html>proxy</html>", gone);
                break;
            case ServerFault.WrongShape:
                await response.WriteAsync("""{"error": {"message": "overloaded"}}""", gone);
                break;
            default:
                if (reply.Fault == ServerFault.TooMany)
                {
                    response.Headers.RetryAfter = $"{reply.RetryAfter}";
                }

                await response.WriteAsync(
                    reply.Body ?? $$$"""{"error": {"message": "the fault {{{reply.Fault}}}"}}""", gone);
                break;
        }
    }

    private static string Body(ChatAsked asked, ChatReply reply)
    {
        var choice = new JsonObject { ["index"] = 0, ["finish_reason"] = reply.FinishReason };
        if (asked.Path.EndsWith("/chat/completions", StringComparison.Ordinal))
        {
            choice["message"] = new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = reply.Text,
                ["reasoning_content"] = reply.ReasoningContent,
                ["reasoning"] = reply.Reasoning,
            };
        }
        else
        {
            choice["text"] = reply.Text;
        }

        return new JsonObject
        {
            ["id"] = $"a-{asked.Number}",
            ["model"] = "m",
            ["choices"] = new JsonArray(choice),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 3, ["completion_tokens"] = reply.Tokens },
        }.ToJsonString();
    }
}
