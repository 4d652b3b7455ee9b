using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Inference.Remote;

/// <summary>Requests to a server: tried again, within limits, where trying again can help.</summary>
internal sealed class RemoteCalls(HttpClient http, RemoteOptions options) : IDisposable
{
    private readonly Attempts<JsonObject> _attempts = new(options.MaxTries, options.MaxTime, options.Log);
    private readonly SemaphoreSlim _places = new(options.MaxInFlight);

    public void Dispose() => _places.Dispose();

    /// <summary>Where the server is, as a person reads it.</summary>
    public string Address => http.BaseAddress?.GetLeftPart(UriPartial.Authority) ?? "the server";

    /// <summary>The answer to a GET, or to a POST of a body, or why there is none.</summary>
    /// <param name="mayBeEmpty">Whether anything is an answer, as long as the status is fine.</param>
    public async Task<(JsonObject? Answer, string Problem)> AskAsync(
        string path, JsonObject? body, CancellationToken cancel, bool mayBeEmpty = false)
    {
        await _places.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await _attempts
                .RunAsync($"{Address}{path}", () => TryAsync(path, body, mayBeEmpty, cancel), cancel)
                .ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Has a server load weights as SGLang and this project's server do; why it did not, or null.</summary>
    public async Task<string?> UpdateFromDiskAsync(JsonObject body, CancellationToken cancel)
    {
        var (answer, problem) = await AskAsync("/update_weights_from_disk", body, cancel).ConfigureAwait(false);
        return answer is null ? problem : Refused(answer);
    }

    /// <summary>Has a server do what it answers with anything; why it did not, or null.</summary>
    public async Task<string?> DoAsync(string path, JsonObject body, CancellationToken cancel)
    {
        var (answer, problem) = await AskAsync(path, body, cancel, mayBeEmpty: true).ConfigureAwait(false);
        return (answer is null ? problem : Refused(answer)) is { } refused ? $"{path}: {refused}" : null;
    }

    /// <summary>Has a server load adapters; why it did not, or null.</summary>
    public async Task<string?> LoadAdaptersAsync(string path, string folder, string name, CancellationToken cancel)
    {
        var body = new JsonObject { ["lora_name"] = name, ["lora_path"] = folder };
        var problem = await DoAsync(path, body, cancel).ConfigureAwait(false);

        // No name is used twice: what is there already came with a try of which the answer was lost.
        return problem?.Contains("already", StringComparison.OrdinalIgnoreCase) == true ? null : problem;
    }

    /// <summary>What a server says of what it did not do; null where it says that it did.</summary>
    public static string? Refused(JsonObject answer) =>
        answer["success"] is JsonValue success && success.TryGetValue<bool>(out var done) && !done
            ? (answer["message"] ?? answer["error_message"]) is JsonValue message
                && message.TryGetValue<string>(out var text)
                ? text
                : "it says that it did not succeed"
            : null;

    private async Task<Attempt<JsonObject>> TryAsync(
        string path, JsonObject? body, bool mayBeEmpty, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.MaxTryTime);
        try
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
            request.Content = body is null
                ? null
                : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var again = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
                    or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
                var problem = $"{(int)response.StatusCode} {response.StatusCode}: "
                    + $"{(text.Length > 300 ? text[..300] + "..." : text)}";
                return new(null, problem, again ? response.Headers.RetryAfter?.Delta : Timeout.InfiniteTimeSpan);
            }

            return mayBeEmpty && !text.StartsWith('{') ? new([], "")
                : JsonNode.Parse(text) is JsonObject answer ? new(answer, "")
                : new(null, "the answer is no JSON object");
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or JsonException
            or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new(null, limit.IsCancellationRequested
                ? $"there was no answer within {options.MaxTryTime.TotalSeconds:0.#} s"
                : problem.Message);
        }
    }
}
