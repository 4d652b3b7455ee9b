using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A model behind any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama, this project's, a hosted one).
/// </summary>
/// <remarks>
/// One request for one answer, without a second try: <see cref="ChatPool"/> tries again. An answer is its whole text;
/// where the server tells the thinking apart (<c>reasoning_content</c> or <c>reasoning</c>) it stands in front again,
/// between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>. Whatever goes wrong is a <see cref="ChatServerException"/>.
/// </remarks>
public sealed class OpenAiChatClient : IChatClient
{
    private const int MostToldOfAnError = 300;

    // A field that is given twice has two meanings, so the answer has none.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly HttpClient _http;
    private readonly OpenAiOptions _options;
    private readonly string _model;
    private readonly ChatClientMetadata _metadata;

    // A server that knows only the newer word for the limit says so once.
    private volatile string _limitField = "max_tokens";

    /// <param name="address">
    /// Of the server, as http://127.0.0.1:8000 or https://host/v1; where it has no path, /v1 is meant.
    /// </param>
    /// <param name="model">The model's name at the server.</param>
    /// <param name="options">Null for chat without a key.</param>
    /// <param name="handler">Sends the requests, and stays the caller's; null for a handler of its own.</param>
    public OpenAiChatClient(
        Uri address, string model, OpenAiOptions? options = null, HttpMessageHandler? handler = null)
    {
        (_model, _options) = (model, options ?? new());
        var path = address.AbsolutePath.TrimEnd('/');
        Address = new Uri($"{address.GetLeftPart(UriPartial.Authority)}{(path.Length == 0 ? "/v1" : path)}/");
        _metadata = new("openai", Address, model);

        // Limits of time are a try's own: an answer of half an hour is as good as a short one.
        _http = new HttpClient(handler ?? Handler(), disposeHandler: handler is null)
        {
            BaseAddress = Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (_options.ApiKey is { Length: > 0 } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>Where the requests go, with a slash at its end.</summary>
    public Uri Address { get; }

    /// <inheritdoc/>
    /// <exception cref="ChatServerException">There is no answer; the message says why.</exception>
    /// <exception cref="NotSupportedException">
    /// What is asked for would change the answer and cannot be sent.
    /// </exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var isChat = _options.Protocol == ChatProtocol.Chat;
        var limitField = _limitField;
        var body = OpenAiRequest.Write([.. messages], options, options?.ModelId ?? _model, isChat, limitField);
        try
        {
            return await PostAsync(body, isChat, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatServerException refusal) when (refusal.Fault == ChatFault.Refused && limitField == "max_tokens"
            && refusal.Message.Contains("max_completion_tokens", StringComparison.Ordinal))
        {
            _limitField = "max_completion_tokens";
            return await PostAsync(OpenAiRequest.Write([.. messages], options, options?.ModelId ?? _model, isChat,
                _limitField), isChat, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The answer in one piece, when it is whole.</summary>
    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (var update in response.ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    /// <summary>
    /// How many tokens of prompt and answer the server holds, where it says so (vLLM, SGLang and this project's do);
    /// null where it does not.
    /// </summary>
    /// <exception cref="ChatServerException">The server is not there, or has no list of models.</exception>
    public async Task<int?> ContextLengthAsync(CancellationToken cancel = default)
    {
        var card = (await CardsAsync(cancel).ConfigureAwait(false)).FirstOrDefault(card => Name(card) == _model);
        return card?["max_model_len"] is JsonValue value && value.TryGetValue<int>(out var length) && length > 0
            ? length
            : null;
    }

    /// <summary>The names of the models that the server has.</summary>
    /// <exception cref="ChatServerException">The server is not there, or has no list of models.</exception>
    public async Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancel = default) =>
        [.. (await CardsAsync(cancel).ConfigureAwait(false)).Select(Name).OfType<string>()];

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false, // A request that is sent on elsewhere takes its key along, or loses its body.
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    };

    private async Task<IEnumerable<JsonObject>> CardsAsync(CancellationToken cancel)
    {
        var list = await SendAsync(HttpMethod.Get, "models", null, cancel).ConfigureAwait(false);
        return (list["data"] as JsonArray ?? []).OfType<JsonObject>();
    }

    private static string? Name(JsonObject card) =>
        card["id"] is JsonValue id && id.TryGetValue<string>(out var name) ? name : null;

    private async Task<ChatResponse> PostAsync(JsonObject body, bool isChat, CancellationToken cancel)
    {
        var answer = await SendAsync(HttpMethod.Post, isChat ? "chat/completions" : "completions", body, cancel)
            .ConfigureAwait(false);
        try
        {
            return OpenAiAnswer.Read(answer, isChat) ?? throw new ChatServerException(
                $"what came is no completion: {Short(answer.ToJsonString())}", ChatFault.Broken);
        }
        catch (InvalidOperationException problem) // A text with half a sign in it.
        {
            throw new ChatServerException($"what came is no text: {problem.Message}", ChatFault.Broken, inner: problem);
        }
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
                request.Content.Headers.ContentType = new("application/json");
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel)
                .ConfigureAwait(false);
            using var text = await ReadAsync(response.Content, idle).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw Failure(response, text);
            }

            return JsonNode.Parse(text, documentOptions: Strict) as JsonObject
                ?? throw new ChatServerException("the answer is no JSON object", ChatFault.Broken);
        }
        catch (Exception problem) when (problem is HttpRequestException or JsonException
            or (IOException and not ChatServerException))
        {
            throw new ChatServerException(problem is JsonException
                ? $"the answer is no JSON: {problem.Message}"
                : problem.Message, ChatFault.Broken, inner: problem);
        }
        catch (OperationCanceledException problem) when (!cancel.IsCancellationRequested)
        {
            throw new ChatServerException(idle.IsCancellationRequested
                ? $"the answer began and then nothing came for {_options.IdleTime.TotalSeconds:0} s"
                : problem.Message, ChatFault.Slow, inner: problem);
        }
    }

    private async Task<MemoryStream> ReadAsync(HttpContent content, CancellationTokenSource idle)
    {
        var text = new MemoryStream();
        using var stream = await content.ReadAsStreamAsync(idle.Token).ConfigureAwait(false);
        var buffer = new byte[1 << 14];
        while (true)
        {
            idle.CancelAfter(_options.IdleTime);
            if (await stream.ReadAsync(buffer, idle.Token).ConfigureAwait(false) is not (> 0 and var read))
            {
                text.Position = 0;
                return text;
            }

            if (text.Length + read > _options.MaxBodyBytes)
            {
                throw new ChatServerException(
                    $"the answer is longer than {_options.MaxBodyBytes:N0} bytes", ChatFault.Broken);
            }

            text.Write(buffer, 0, read);
        }
    }

    private static ChatServerException Failure(HttpResponseMessage response, MemoryStream text)
    {
        var status = (int)response.StatusCode;
        var fault = response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => ChatFault.Busy,
            HttpStatusCode.NotFound => ChatFault.Missing,
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => ChatFault.Broken,
            _ => status == 529 ? ChatFault.Busy : status >= 500 ? ChatFault.Broken : ChatFault.Refused,
        };
        var after = response.Headers.RetryAfter;
        var pause = after?.Delta ?? (after?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);
        var words = new StreamReader(text).ReadToEnd();
        return new($"{status} {response.ReasonPhrase}: {Short(words)}", fault,
            pause is { } wait && wait < TimeSpan.Zero ? TimeSpan.Zero : pause);
    }

    private static string Short(string text) =>
        text.Length > MostToldOfAnError ? text[..MostToldOfAnError] + "..." : text;
}
