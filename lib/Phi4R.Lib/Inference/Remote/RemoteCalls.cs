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
    public async Task<(JsonObject? Answer, string Problem)> AskAsync(
        string path, JsonObject? body, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await _attempts.RunAsync($"{Address}{path}", () => TryAsync(path, body, cancel), cancel)
                .ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<Attempt<JsonObject>> TryAsync(
        string path, JsonObject? body, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
            request.Content = body is null
                ? null
                : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await http.SendAsync(request, cancel).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var again = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
                    or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
                var problem = $"{(int)response.StatusCode} {response.StatusCode}: "
                    + $"{(text.Length > 300 ? text[..300] + "..." : text)}";
                return new(null, problem, again ? response.Headers.RetryAfter?.Delta : Timeout.InfiniteTimeSpan);
            }

            return JsonNode.Parse(text) is JsonObject answer
                ? new(answer, "")
                : new(null, "the answer is no JSON object");
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or JsonException
            or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new(null, problem.Message);
        }
    }
}
