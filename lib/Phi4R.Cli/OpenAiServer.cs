using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Phi4R.Cli.Chat;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Native;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>
/// The OpenAI-compatible endpoints over an engine for each model: all that is asked of one at once is sampled together.
/// </summary>
internal sealed class OpenAiServer(ServedModels models, ServerAccess access)
{
    public OpenAiServer(ServedModel served, ServedWeights weights, ServerAccess access)
        : this(new ServedModels([(served, weights)]), access)
    {
    }

    public OpenAiServer(ServedModel served, Engine engine, ServerAccess access)
        : this(served, new ServedWeights(served, engine), access)
    {
    }

    private const long MaxBody = 4 << 20;

    // A field that is given twice has two meanings, so the request has none.
    private static readonly JsonDocumentOptions Read = new() { AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private long _requests;

    /// <summary>A server that listens on this machine alone; the caller starts it.</summary>
    /// <param name="port">0 takes any that is free.</param>
    public WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.Limits.MaxRequestBodySize = MaxBody;
        });
        builder.Services.AddCors();
        var app = builder.Build();
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Failed });
        app.Use((context, next) =>
            access.ForeignPlace(context.Request) is { } foreign ? Refuse(context, 403, foreign) : next(context));
        app.UseCors(policy => policy.WithOrigins([.. access.Origins]).AllowAnyHeader().AllowAnyMethod());
        app.Use((context, next) =>
            !ChatPage.Has(context.Request.Path) && access.MissingKey(context.Request) is { } missing
                ? Refuse(context, 401, missing)
                : next(context));
        app.MapGet("/health", () => Results.Ok());
        app.MapGet("/v1/models",
            context => Write(context, 200, new JsonObject { ["object"] = "list", ["data"] = models.Cards() }));
        app.MapGet("/v1/models/{**name}",
            (HttpContext context, string name) => models.Find(name) is { } known
                ? Write(context, 200, known.Weights.Card())
                : Refuse(context, 404, models.Missing(name)));
        app.MapPost("/v1/completions", context => Answer(context, isChat: false));
        app.MapPost("/v1/chat/completions", context => Answer(context, isChat: true));
        app.MapPost("/update_weights_from_disk", UpdateWeights);
        ChatPage.Map(app, models.First.Model);
        app.MapFallback(context => (string?)context.Request.Path is "/v1/completions" or "/v1/chat/completions"
            ? Refuse(context, 405, $"{context.Request.Path} answers to POST.")
            : Refuse(context, 404, $"There is nothing at {context.Request.Path}; there are /v1/models, "
                + "/v1/completions and /v1/chat/completions, and a page to talk at /."));
        return app;
    }

    private async Task UpdateWeights(HttpContext context)
    {
        var (status, problem) = models.IsSingle
            ? await models.First.Weights.UpdateAsync(context.Request)
            : (409, "This server has several models; weights can be replaced where there is one only.");
        await (problem is null
            ? Write(context, status, new JsonObject { ["success"] = true, ["message"] = "The weights are served." })
            : Refuse(context, status, problem));
    }

    private async Task Answer(HttpContext context, bool isChat)
    {
        if (await Body(context) is not { } row)
        {
            return;
        }

        string? name;
        try
        {
            name = row.OptionalText("model");
        }
        catch (InvalidDataException problem)
        {
            await Refuse(context, 400, problem.Message);
            return;
        }

        if (models.Find(name) is not { } asked)
        {
            await Refuse(context, 404, models.Missing(name!));
            return;
        }

        var engine = await asked.Weights.EnterAsync();
        try
        {
            await Answer(context, row, isChat, asked.Model, engine);
        }
        finally
        {
            asked.Weights.Leave();
        }
    }

    // Null where it is none, which the client reads then.
    private static async Task<JsonObject?> Body(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            var type = context.Request.ContentType is { } given ? $"\"{given}\"" : "missing";
            await Refuse(context, 415, $"The Content-Type is {type}; it must be application/json.");
            return null;
        }

        try
        {
            var body = await JsonNode.ParseAsync(
                context.Request.Body, documentOptions: Read, cancellationToken: context.RequestAborted);
            return body as JsonObject ?? throw new InvalidDataException("The body is not a JSON object.");
        }
        catch (IOException problem)
        {
            // A body that is too long, or breaks the rules of HTTP.
            var status = (problem as BadHttpRequestException)?.StatusCode ?? 400;
            var limit = status == 413 ? $" A body may have {MaxBody} bytes." : "";
            await Refuse(context, status, problem.Message + limit);
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or InvalidDataException
            or InvalidOperationException)
        {
            await Refuse(context, 400, problem.Message);
        }

        return null;
    }

    private async Task Answer(HttpContext context, JsonObject row, bool isChat, ServedModel served, Engine engine)
    {
        ServedRequest request;
        ServedAnswer[] answers;
        var started = new List<Task>();
        var tokens = Channel.CreateUnbounded<Piece>();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            request = ServedRequest.Read(served, row, isChat, engine.MaxTokens);
            answers = [.. Enumerable.Range(0, request.Prompts.Count * request.Answers)
                .Select(_ => new ServedAnswer(served.Tokenizer, request))];
            foreach (var (first, draw, sampling) in request.Draws())
            {
                bool Mine(SampledToken token) => Told(token with { Completion = first + token.Completion });
                started.Add(engine.Draw(draw, sampling, request.StopIds, Mine, cancel: cancel.Token));
            }
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or InvalidDataException
            or InvalidOperationException)
        {
            await cancel.CancelAsync();
            await Refuse(context, 400, problem.Message);
            return;
        }

        _ = Task.WhenAll(started).ContinueWith(all => tokens.Writer.TryComplete(all.Exception?.InnerException),
            TaskScheduler.Default);
        var id = $"{(isChat ? "chatcmpl" : "cmpl")}-{Interlocked.Increment(ref _requests)}";
        try
        {
            if (request.IsStreamed)
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.StartAsync(context.RequestAborted);
            }

            await foreach (var piece in tokens.Reader.ReadAllAsync(context.RequestAborted))
            {
                if (request.IsStreamed)
                {
                    var choice = Part(answers[piece.Token.Completion], piece, isChat, request);
                    var part = Envelope(served.Name, id, isChat, isPart: true, new JsonArray(choice));
                    if (isChat && request.TellsIds && piece is { IsFirst: true, Token.Completion: 0 })
                    {
                        part["prompt_token_ids"] = Ids(request.Prompts[0]);
                    }

                    await Event(context, part);
                }
            }

            var usage = Usage(request, answers);
            if (!request.IsStreamed)
            {
                var whole = Envelope(served.Name, id, isChat, isPart: false,
                    new JsonArray([.. answers.Select((answer, i) => (JsonNode)answer.Whole(i, isChat))]));
                whole["usage"] = usage;
                if (request.TellsIds && isChat)
                {
                    whole["prompt_token_ids"] = Ids(request.Prompts[0]);
                }

                await Write(context, 200, whole);
                return;
            }

            if (request.TellsUsage)
            {
                var last = Envelope(served.Name, id, isChat, isPart: true, []);
                last["usage"] = usage;
                await Event(context, last);
            }

            await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone; its answers were cancelled with it.
        }
        catch (NotFiniteException problem) when (context.Response.HasStarted)
        {
            await Event(context, Error(500, problem.Message));
        }
        finally
        {
            await cancel.CancelAsync();
        }

        // On the engine's threads, one token of an answer after the other.
        bool Told(SampledToken token)
        {
            var answer = answers[token.Completion];
            var isFirst = answer.Ids.Count == 0;
            var text = answer.Add(token);
            tokens.Writer.TryWrite(new Piece(token, answer.Tokens[^1].Offset, text, isFirst, answer.Finish));
            return answer.Finish is null;
        }
    }

    private static JsonObject Envelope(string model, string id, bool isChat, bool isPart, JsonArray choices) => new()
    {
        ["id"] = id,
        ["object"] = isChat ? isPart ? "chat.completion.chunk" : "chat.completion" : "text_completion",
        ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        ["model"] = model,
        ["choices"] = choices,
    };

    private static JsonObject Part(ServedAnswer answer, Piece piece, bool isChat, ServedRequest request)
    {
        var (token, offset, text, isFirst, finish) = piece;
        var choice = new JsonObject { ["index"] = token.Completion };
        if (isChat)
        {
            choice["delta"] = isFirst
                ? new JsonObject { ["role"] = "assistant", ["content"] = text }
                : new JsonObject { ["content"] = text };
        }
        else
        {
            choice["text"] = text;
        }

        choice["logprobs"] = answer.LogProbabilities([(token, offset)], isChat);
        choice["finish_reason"] = finish;
        if (request.TellsIds)
        {
            choice["token_ids"] = new JsonArray(token.Token);
            if (isFirst && !isChat)
            {
                choice["prompt_token_ids"] = Ids(request.Prompts[token.Completion / request.Answers]);
            }
        }

        return choice;
    }

    private static JsonObject Usage(ServedRequest request, ServedAnswer[] answers)
    {
        var (asked, drawn) = (request.Prompts.Sum(prompt => prompt.Length), answers.Sum(answer => answer.Ids.Count));
        return new JsonObject
        {
            ["prompt_tokens"] = asked,
            ["completion_tokens"] = drawn,
            ["total_tokens"] = asked + drawn,
        };
    }

    private static JsonNode? Ids(IReadOnlyList<int> ids) => JsonSerializer.SerializeToNode(ids);

    private static Task Event(HttpContext context, JsonObject value) =>
        context.Response.WriteAsync($"data: {value.ToJsonString(Plain)}\n\n", context.RequestAborted);

    private static Task Refuse(HttpContext context, int status, string message) =>
        Write(context, status, Error(status, message));

    private static JsonObject Error(int status, string message)
    {
        var (type, code) = status switch
        {
            401 => ("invalid_request_error", "invalid_api_key"),
            403 => ("permission_error", "foreign_request"),
            404 => ("not_found_error", "not_found"),
            >= 500 => ("server_error", null),
            _ => ("invalid_request_error", (string?)null),
        };
        return new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = null, ["code"] = code },
        };
    }

    // What nobody answered is a fault of the model or of the server: whoever runs it reads all of it.
    private static Task Failed(HttpContext context)
    {
        var problem = context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error;
        Console.Error.WriteLine($"phi4r serve: {(problem is NotFiniteException ? problem.Message : problem)}");
        return Refuse(context, 500, problem.Message);
    }

    private static Task Write(HttpContext context, int status, JsonObject value)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(value.ToJsonString(Plain), context.RequestAborted);
    }

    /// <summary>
    /// A token, where it begins in the text, the text that became certain with it, and why its answer is over, or null.
    /// </summary>
    private readonly record struct Piece(SampledToken Token, int Offset, string Text, bool IsFirst, string? Finish);
}
