using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Inference.Remote;

/// <summary>Requests to a server: tried again, within limits, where trying again can help.</summary>
internal sealed class RemoteCalls(HttpClient http, RemoteOptions options) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

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
            var started = TimeProvider.System.GetTimestamp();
            for (var attempt = 1; ; attempt++)
            {
                var (answer, problem, pause) = await TryAsync(path, body, cancel).ConfigureAwait(false);
                var waits = pause
                    ?? TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.25 * Math.Pow(2, attempt - 1)));
                if (answer is not null || pause == Timeout.InfiniteTimeSpan)
                {
                    return (answer, problem);
                }

                if (attempt >= options.MaxTries
                    || TimeProvider.System.GetElapsedTime(started) + waits > options.MaxTime)
                {
                    options.Log?.Invoke($"{Address}{path} was tried {attempt} times and given up: {problem}");
                    return (null, problem);
                }

                await Task.Delay(waits, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            _places.Release();
        }
    }

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
