using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Inference.Remote;

/// <summary>Requests to a server: tried again, within limits, where trying again can help.</summary>
internal sealed class RemoteCalls(HttpClient http, RemoteOptions options) : IDisposable
{
    private readonly Attempts _attempts =
        new(options.MaxTries, options.MaxTime, options.MaxInFlight, options.Log);

    public void Dispose() => _attempts.Dispose();

    /// <summary>Where the server is, as a person reads it.</summary>
    public string Address => http.BaseAddress?.GetLeftPart(UriPartial.Authority) ?? "the server";

    /// <summary>The answer to a GET, or to a POST of a body, or why there is none.</summary>
    public Task<(JsonObject? Answer, string Problem)> AskAsync(
        string path, JsonObject? body, CancellationToken cancel) =>
        _attempts.RunAsync($"{Address}{path}", () => TryAsync(path, body, cancel), cancel);

    // The pause is infinite where no other try would help, and null where the server does not say how long it should
    // be.
    private async Task<(JsonObject? Answer, string Problem, TimeSpan? Pause)> TryAsync(
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
                return (null, problem, again ? response.Headers.RetryAfter?.Delta : Timeout.InfiniteTimeSpan);
            }

            return JsonNode.Parse(text) is JsonObject answer
                ? (answer, "", null)
                : (null, "the answer is no JSON object", null);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or JsonException
            or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return (null, problem.Message, null);
        }
    }
}
