using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Phi4R.Runs;

namespace Phi4R.Tests.Inference;

/// <summary>What a server does wrong.</summary>
internal enum Fault
{
    None,
    Busy,
    Stalls,
    CutStream,
    StaleWeights,
    WrongLogProbs,
    RawLogProbs,
    ShorterContext,
    DroppedToken,
}

/// <summary>
/// Speaks vLLM's, SGLang's or llama.cpp's fields over this project's engine, refuses fields that their documentation
/// does not have, and does wrong what it is set to. Seeds are states of streams, so that its completions are the local
/// engine's.
/// </summary>
internal sealed class ConformanceServer : IAsyncDisposable, IDisposable
{
    private static readonly string[] VllmFields =
    [
        "model", "prompt", "n", "seed", "max_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty",
        "logprobs", "return_token_ids", "skip_special_tokens", "ignore_eos", "stop_token_ids", "stream", "priority",
        "min_tokens", "include_stop_str_in_output", "add_special_tokens", "request_id", "cache_salt",
    ];

    private static readonly string[] SgLangFields =
    [
        "input_ids", "sampling_params", "return_logprob", "logprob_start_len", "top_logprobs_num", "stream", "rid",
        "lora_path",
    ];

    private static readonly string[] SgLangSampling =
    [
        "max_new_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "sampling_seed", "ignore_eos",
        "skip_special_tokens", "stop_token_ids", "n",
    ];

    private static readonly string[] LlamaCppFields =
    [
        "prompt", "n_predict", "seed", "temperature", "top_k", "top_p", "min_p", "repeat_penalty", "samplers",
        "return_tokens", "n_probs", "post_sampling_probs", "stream",
    ];

    private readonly ServedModel _served;
    private readonly ServedWeights _weights;
    private readonly WebApplication _app;
    private readonly ServerKind _kind;
    private readonly bool _lora;
    private string _folder;
    private string? _label;
    private volatile Fault _fault;
    private int _updates = -1;

    private ConformanceServer(ServerKind kind, string model, bool lora)
    {
        (_kind, _lora, _folder) = (kind, lora, model);
        _served = ServedModel.Load(model);
        _weights = new ServedWeights(_served, _served.Start());
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Use(async (context, next) =>
        {
            Asked.Enqueue(context.Request.Path + context.Request.QueryString);
            if (Fault == Fault.Busy)
            {
                context.Response.StatusCode = 503;
                await context.Response.WriteAsync("overloaded");
            }
            else if (Fault == Fault.Stalls && HttpMethods.IsPost(context.Request.Method))
            {
                using var left = context.RequestAborted.Register(() => Left.TrySetResult());
                Stalled.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                await next(context);
            }
        });
        _app.MapGet("/v1/models", () => Tell(new JsonObject { ["data"] = new JsonArray(Card()) }));
        switch (kind)
        {
            case ServerKind.Vllm:
                MapVllm();
                break;
            case ServerKind.SgLang:
                _app.MapGet("/get_model_info", () => Tell(new JsonObject { ["model_path"] = _folder }));
                _app.MapPost("/generate", context => CompleteAsync(context, SgLangFields));
                _app.MapPost("/update_weights_from_disk", UpdateAsync);
                _app.MapPost("/load_lora_adapter", LoadAdapterAsync);
                _app.MapPost("/unload_lora_adapter", UnloadAdapterAsync);
                break;
            default:
                _app.MapGet("/props", () => Tell(new JsonObject
                {
                    ["total_slots"] = 4,
                    ["default_generation_settings"] = new JsonObject { ["n_ctx"] = Longest },
                }));
                _app.MapPost("/completion", context => CompleteAsync(context, LlamaCppFields));
                break;
        }
    }

    /// <summary>The adapters that can be asked for by their names.</summary>
    public ConcurrentDictionary<string, byte> Adapters { get; } = [];

    private int Longest => _served.Config.MaxPositions / (Fault == Fault.ShorterContext ? 2 : 1);

    private JsonObject Card() => _kind switch
    {
        ServerKind.Vllm => new()
        {
            ["id"] = "policy",
            ["owned_by"] = "vllm",
            ["root"] = _folder,
            ["max_model_len"] = Longest,
        },
        ServerKind.SgLang => new() { ["id"] = "policy", ["owned_by"] = "sglang", ["max_model_len"] = Longest },
        _ => new()
        {
            ["id"] = "policy",
            ["owned_by"] = "llamacpp",
            ["meta"] = new JsonObject { ["n_vocab"] = _served.Config.VocabularySize },
        },
    };

    private void MapVllm()
    {
        _app.MapGet("/version", () => Tell(new JsonObject { ["version"] = "0.30.0" }));
        _app.MapGet("/is_sleeping", () => Tell(new JsonObject { ["is_sleeping"] = false }));
        _app.MapPost("/v1/completions", context => CompleteAsync(context, VllmFields));
        _app.MapPost("/pause", () => Tell(new JsonObject { ["status"] = "paused" }));
        _app.MapPost("/collective_rpc", ReloadAsync);
        _app.MapPost("/reset_prefix_cache", () => Tell(new JsonObject { ["success"] = true }));
        _app.MapPost("/update_weight_version", () => Tell(new JsonObject { ["success"] = true }));
        _app.MapPost("/resume", () => Tell(new JsonObject { ["status"] = "resumed" }));
        if (_lora)
        {
            _app.MapPost("/v1/load_lora_adapter", LoadAdapterAsync);
            _app.MapPost("/v1/unload_lora_adapter", UnloadAdapterAsync);
        }
    }

    public Fault Fault { get => _fault; set => _fault = value; }

    /// <summary>All that was asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Is completed when the client of a request goes away.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Is completed when a request waits for ever.</summary>
    public TaskCompletionSource Stalled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Address => _app.Urls.Single();

    /// <param name="lora">Whether it was started with LoRA on.</param>
    public static async Task<ConformanceServer> StartAsync(ServerKind kind, string model, bool lora = false)
    {
        var server = new ConformanceServer(kind, model, lora);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>So many hand-overs from now on are taken, and the next one is not, though it says so.</summary>
    public void StaleAfter(int updates) => _updates = updates;

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _weights.Dispose();
        _served.Dispose();
    }

    private static IResult Tell(JsonObject value) => Results.Text(value.ToJsonString(), "application/json");

    private static async Task<JsonObject> ReadAsync(HttpContext context, string[] fields)
    {
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        var foreign = body.Select(field => field.Key).Except(fields).ToList();
        return foreign.Count == 0
            ? body
            : throw new BadHttpRequestException($"no fields: {string.Join(", ", foreign)}");
    }

    private async Task ReloadAsync(HttpContext context)
    {
        var body = await ReadAsync(context, ["method", "kwargs"]);
        Assert.Equal("reload_weights", (string)body["method"]!);
        if (_lora)
        {
            // vllm issue 39934: under adapters the weights have other names.
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("KeyError: 'layers.0.mlp.gate_up_proj.weight'");
            return;
        }

        await TakeAsync((string)body["kwargs"]!["weights_path"]!, null);
        await context.Response.WriteAsync("""{"results":[null]}""");
    }

    private async Task UpdateAsync(HttpContext context)
    {
        var body = await ReadAsync(context, ["model_path", "weight_version", "flush_cache", "abort_all_requests"]);
        await TakeAsync((string)body["model_path"]!, (string)body["weight_version"]!);
        await context.Response.WriteAsync("""{"success":true,"message":"Succeeded."}""");
    }

    private async Task TakeAsync(string folder, string? label)
    {
        Assert.True(File.Exists(Path.Combine(folder, "config.json")));
        if (Fault != Fault.StaleWeights && _updates-- != 0)
        {
            await _weights.UpdateAsync(folder, label);
            _folder = Project.Scratch();
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
            }
        }

        _label = label;
    }

    private async Task LoadAdapterAsync(HttpContext context)
    {
        var body = await ReadAsync(context, ["lora_name", "lora_path"]);
        var name = (string)body["lora_name"]!;
        if (!_lora)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("""{"success":false,"error_message":"LoRA is not enabled."}""");
            return;
        }

        if (Fault != Fault.StaleWeights)
        {
            var merged = Project.Scratch();
            using (var model = Checkpoint.Open(_folder).Load(torch.CPU))
            {
                AdapterFiles.Read(model, (string)body["lora_path"]!).Merge();
                Weights.Save(model, Path.Combine(merged, "model.safetensors"));
            }

            await _weights.UpdateAsync(merged, name);
        }

        Assert.True(Adapters.TryAdd(name, 0));
        await context.Response.WriteAsync(_kind == ServerKind.Vllm
            ? $"Success: LoRA adapter '{name}' added successfully."
            : """{"success":true,"error_message":""}""");
    }

    private async Task UnloadAdapterAsync(HttpContext context)
    {
        var name = (string)(await ReadAsync(context, ["lora_name"]))["lora_name"]!;
        Assert.True(Adapters.TryRemove(name, out _));
        await context.Response.WriteAsync(_kind == ServerKind.Vllm
            ? $"Success: LoRA adapter '{name}' removed successfully."
            : """{"success":true,"error_message":""}""");
    }

    private async Task CompleteAsync(HttpContext context, string[] fields)
    {
        var engine = await _weights.EnterAsync();
        try
        {
            var body = await ReadAsync(context, fields);
            var adapter = (string?)body[_kind == ServerKind.Vllm ? "model" : "lora_path"];
            if (adapter is not (null or "policy") && !Adapters.ContainsKey(adapter))
            {
                context.Response.StatusCode = 404;
                await context.Response.WriteAsync($"The model `{adapter}` does not exist.");
                return;
            }

            var completion = await DrawAsync(engine, body, context.RequestAborted);
            var (ids, logs) = (completion.TokenIds.ToList(), Told(completion).ToList());
            if (Fault == Fault.DroppedToken && ids.Count > 1)
            {
                ids.RemoveAt(1);
                logs.RemoveAt(1);
            }

            var answer = _kind switch
            {
                ServerKind.Vllm => Vllm(completion, ids, logs),
                ServerKind.SgLang => SgLang(completion, ids, logs),
                _ => LlamaCpp(completion, ids, logs, body),
            };
            var text = Encoding.UTF8.GetBytes(answer.ToJsonString());
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = text.Length;
            if (Fault == Fault.CutStream)
            {
                await context.Response.Body.WriteAsync(text.AsMemory(0, text.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            await context.Response.Body.WriteAsync(text);
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
        finally
        {
            _weights.Leave();
        }
    }

    private async Task<Completion> DrawAsync(Engine engine, JsonObject body, CancellationToken cancel)
    {
        var sampling = _kind == ServerKind.SgLang ? body["sampling_params"]!.AsObject() : body;
        var (seed, limit, prompt) = _kind switch
        {
            ServerKind.Vllm => ("seed", "max_tokens", "prompt"),
            ServerKind.SgLang => ("sampling_seed", "max_new_tokens", "input_ids"),
            _ => ("seed", "n_predict", "prompt"),
        };
        if (_kind == ServerKind.SgLang)
        {
            Assert.Empty(sampling.Select(field => field.Key).Except(SgLangSampling));
        }
        else if (_kind == ServerKind.LlamaCpp)
        {
            // Where no order is asked for, the temperature comes last.
            Assert.Equal("""["temperature","top_k","top_p"]""", body["samplers"]!.ToJsonString());
            Assert.InRange((long)body["seed"]!, 0, uint.MaxValue - 1);
        }

        var stream = new RandomStream(unchecked((ulong)(long)sampling[seed]!));
        return (await engine.Draw(
            new SampleRequest(Ids(body[prompt]), [stream]),
            new SamplingConfig
            {
                MaxTokens = (int)sampling[limit]!,
                Temperature = (double)sampling["temperature"]!,
                TopP = (double)sampling["top_p"]!,
                TopK = Math.Max(0, (int)sampling["top_k"]!),
            },
            _kind == ServerKind.LlamaCpp ? _served.StopIds : Ids(sampling["stop_token_ids"]), cancel: cancel))[0];
    }

    private IEnumerable<float> Told(Completion completion) => Fault switch
    {
        Fault.RawLogProbs => completion.PlainLogProbs!,
        Fault.WrongLogProbs => completion.LogProbs!.Select((value, i) => value + (i % 2 == 0 ? 0.6f : -0.6f)),
        _ => completion.LogProbs!,
    };

    private static string Finish(Completion completion) => completion.IsTruncated ? "length" : "stop";

    private static JsonObject Vllm(Completion completion, List<int> ids, List<float> logs) => new()
    {
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["text"] = "",
            ["token_ids"] = JsonSerializer.SerializeToNode(ids),
            ["logprobs"] = new JsonObject { ["token_logprobs"] = JsonSerializer.SerializeToNode(logs) },
            ["finish_reason"] = Finish(completion),
        }),
        ["usage"] = new JsonObject { ["completion_tokens"] = completion.TokenIds.Length },
    };

    private JsonObject SgLang(Completion completion, List<int> ids, List<float> logs) => new()
    {
        ["text"] = "",
        ["output_ids"] = JsonSerializer.SerializeToNode(ids),
        ["meta_info"] = new JsonObject
        {
            ["finish_reason"] = new JsonObject { ["type"] = Finish(completion) },
            ["completion_tokens"] = completion.TokenIds.Length,
            ["weight_version"] = _label ?? "default",
            ["output_token_logprobs"] =
                new JsonArray([.. ids.Zip(logs, (id, log) => new JsonArray(log, id, null))]),
        },
    };

    private static JsonObject LlamaCpp(Completion completion, List<int> ids, List<float> logs, JsonObject body)
    {
        var isProcessed = (bool)body["post_sampling_probs"]!;
        return new()
        {
            ["content"] = "",
            ["tokens"] = JsonSerializer.SerializeToNode(ids),
            ["tokens_predicted"] = completion.TokenIds.Length,
            ["tokens_evaluated"] = body["prompt"]!.AsArray().Count,
            ["truncated"] = false,
            ["stop_type"] = completion.IsTruncated ? "limit" : "eos",
            ["completion_probabilities"] = new JsonArray([.. ids.Zip(logs, (id, log) => new JsonObject
            {
                ["id"] = id,
                [isProcessed ? "prob" : "logprob"] = isProcessed ? MathF.Exp(log) : log,
            })]),
        };
    }

    private static int[] Ids(JsonNode? list) => [.. list!.AsArray().Select(id => (int)id!)];
}
