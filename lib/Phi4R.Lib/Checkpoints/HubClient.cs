using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Checkpoints;

/// <summary>What lies under a name on the hub.</summary>
internal enum HubKind
{
    /// <summary>A model: weights, tokenizer, settings.</summary>
    Model,

    /// <summary>A data set, mostly of several parts.</summary>
    DataSet,
}

/// <summary>A file of a model or a data set on the hub.</summary>
/// <param name="Path">Its path within it, with forward slashes.</param>
/// <param name="Tag">What its content is known by: a SHA-256 of 64 digits, or a git blob's SHA-1 of 40.</param>
/// <param name="Size">Bytes.</param>
internal sealed record HubFile(string Path, string Tag, long Size);

/// <summary>
/// The hub's public interface: which files a model or a data set has, what is known of each, and their content from a
/// byte on.
/// </summary>
internal sealed partial class HubClient : IDisposable
{
    private const int Hops = 5;
    private const int LongestList = 32 << 20;
    private const int MostFiles = 10_000;
    private const int LongestPath = 1000;
    private const long LargestFile = 1L << 48;

    private readonly HubSettings _settings;
    private readonly string _model;
    private readonly HubKind _kind;

    // Forwarding is followed here: what is known of a file stands in the hub's own answer and not in that of the place
    // to which it forwards, and .NET would drop the token on the hub's own hops too.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public HubClient(HubSettings settings, string model, HubKind kind = HubKind.Model)
    {
        (_settings, _model, _kind) = (settings, model, kind);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The commit that a revision stands for, and the paths of its files.</summary>
    /// <exception cref="HttpRequestException">The hub does not answer, or refuses.</exception>
    /// <exception cref="InvalidDataException">The answer is none of a hub.</exception>
    public async Task<(string Commit, IReadOnlyList<string> Paths)> List(string revision, CancellationToken cancel)
    {
        using var answer = await Send(HttpMethod.Get,
            $"api/{(_kind == HubKind.Model ? "models" : "datasets")}/{_model}/revision/"
            + Uri.EscapeDataString(revision), 0, leaves: false, cancel).ConfigureAwait(false);
        Refuse(answer, $"revision '{revision}'");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_settings.Patience);
        try
        {
            using var json = JsonDocument.Parse(await Body(answer, patience.Token).ConfigureAwait(false));
            var commit = json.RootElement.GetProperty("sha").GetString() ?? "";
            var files = json.RootElement.GetProperty("siblings");
            if (files.GetArrayLength() is 0 or > MostFiles)
            {
                throw new InvalidDataException($"The hub lists {files.GetArrayLength():N0} files of {_model}; "
                    + $"expected were 1 to {MostFiles:N0}. Look at --revision.");
            }

            var paths = files.EnumerateArray().Select(file => file.GetProperty("rfilename").GetString() ?? "")
                .Distinct(StringComparer.Ordinal).ToList();
            CheckPaths(paths);
            return Commit().IsMatch(commit) ? (commit, paths)
                : throw new InvalidDataException($"The hub gives '{Shown(commit)}' as the commit of {_model}; "
                    + "expected were 40 hexadecimal digits.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw new InvalidDataException($"{_settings.Endpoint} does not answer like a hub "
                + $"({Shown(exception.Message)}); look at HF_ENDPOINT.", exception);
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            throw new HttpRequestException($"The list of the files of {_model} did not come within "
                + $"{_settings.Patience.TotalSeconds:F0} s.", exception);
        }
    }

    // A list may have any length, and none has this one.
    private async Task<ReadOnlyMemory<byte>> Body(HttpResponseMessage answer, CancellationToken cancel)
    {
        using var body = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var whole = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = await body.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > LongestList)
            {
                throw new InvalidDataException($"The hub's list of the files of {_model} has more than "
                    + $"{LongestList >> 20} MB and was given up; look at HF_ENDPOINT.");
            }
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static void CheckPaths(List<string> paths)
    {
        var folders = paths.SelectMany(path => path.Split('/').SkipLast(1)
            .Select((_, depth) => string.Join('/', path.Split('/').Take(depth + 1)))).ToHashSet(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var fault = path.Length == 0 || path.Contains('\\')
                || path.Split('/').Any(part => part is "" or "." or "..") ? "which would lie outside its folder"
                : path.Any(char.IsControl) ? "whose name holds control characters"
                : path.Length > LongestPath ? $"whose name has {path.Length:N0} signs"
                : folders.Contains(path) ? "which is the folder of another, too"
                : null;
            if (fault is not null)
            {
                throw new InvalidDataException($"The hub lists a file '{Shown(path)}', {fault}. Nothing of it "
                    + "was downloaded.");
            }
        }
    }

    /// <summary>What is known of a file.</summary>
    /// <inheritdoc cref="List"/>
    public async Task<HubFile> Describe(string commit, string path, CancellationToken cancel)
    {
        using var answer = await Send(HttpMethod.Head, Address(commit, path), 0, leaves: false, cancel)
            .ConfigureAwait(false);
        if ((int)answer.StatusCode is < 300 or >= 400)
        {
            Refuse(answer, path);
        }

        var tag = (Header(answer, "X-Linked-ETag") ?? Header(answer, "ETag") ?? "")
            .Replace("W/", "", StringComparison.Ordinal).Trim('"');
        var size = long.TryParse(Header(answer, "X-Linked-Size"), out var linked)
            ? linked
            : answer.IsSuccessStatusCode ? answer.Content.Headers.ContentLength
            : null;
        return Tag().IsMatch(tag) && size is >= 0 and <= LargestFile
            ? new HubFile(path, tag, size.Value)
            : throw new InvalidDataException($"The hub does not say what {Shown(path)} is known by and how long it "
                + $"is (ETag '{Shown(tag)}', size {size}, "
                + $"{LargestFile:N0} at the most); look at HF_ENDPOINT.");
    }

    /// <summary>
    /// The content of a file from a byte on, or from its start where the server does not serve parts.
    /// </summary>
    /// <inheritdoc cref="List"/>
    public async Task<HttpResponseMessage> Open(string commit, string path, long from, CancellationToken cancel)
    {
        var answer = await Send(HttpMethod.Get, Address(commit, path), from, leaves: true, cancel)
            .ConfigureAwait(false);
        try
        {
            if (answer.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                Refuse(answer, path);
            }

            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private string Address(string commit, string path) =>
        $"{(_kind == HubKind.Model ? "" : "datasets/")}{_model}/resolve/{commit}/"
            + $"{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    // Follows the hub where it forwards to itself, and elsewhere where that is asked for; the token goes to the hub
    // alone.
    private async Task<HttpResponseMessage> Send(
        HttpMethod method, string address, long from, bool leaves, CancellationToken cancel)
    {
        var hub = new Uri($"{_settings.Endpoint.ToString().TrimEnd('/')}/{address}");
        var place = hub;
        for (var hop = 0; ; hop++)
        {
            var answer = await Send(method, place, from, IsHub(place), cancel).ConfigureAwait(false);
            if ((int)answer.StatusCode is < 300 or >= 400 || answer.Headers.Location is not { } location || hop == Hops)
            {
                return answer;
            }

            if (!Uri.TryCreate(place, location, out var next) || next.Scheme is not ("http" or "https")
                || (hub.Scheme == "https" && next.Scheme != "https"))
            {
                answer.Dispose();
                throw new InvalidDataException($"The hub forwards to '{Shown(location.OriginalString)}', where "
                    + $"{hub.Scheme} does not lead; look at HF_ENDPOINT.");
            }

            if (!leaves && !IsHub(next))
            {
                return answer;
            }

            answer.Dispose();
            place = next;
        }

        bool IsHub(Uri where) =>
            Uri.Compare(where, hub, UriComponents.SchemeAndServer, UriFormat.Unescaped,
                StringComparison.OrdinalIgnoreCase) == 0;
    }

    private async Task<HttpResponseMessage> Send(
        HttpMethod method, Uri place, long from, bool isHub, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, place);
        if (isHub && _settings.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_settings.Patience);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            throw new HttpRequestException($"{place.GetLeftPart(UriPartial.Authority)} did not answer within "
                + $"{_settings.Patience.TotalSeconds:F0} s.", exception);
        }
    }

    private void Refuse(HttpResponseMessage answer, string what)
    {
        if (!answer.IsSuccessStatusCode)
        {
            var reason = answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => _settings.Token is null
                    ? "the hub wants to know who asks: put an access token in HF_TOKEN, and accept its terms "
                        + "on its page; a name that does not exist is answered the same way"
                    : "the token in HF_TOKEN may not read it: accept its terms on its page, or use "
                        + "another token",
                HttpStatusCode.NotFound => "there is no such thing on the hub: look at the spelling, and at --revision",
                _ => "the hub could not serve it; try again later",
            };
            throw new HttpRequestException($"{_model}, {Shown(what)}: {(int)answer.StatusCode} "
                + $"{Shown(answer.ReasonPhrase ?? "")} from {_settings.Endpoint}; {reason}.", null, answer.StatusCode);
        }
    }

    /// <summary>What a server sent, in a message: one line, cut, and without signs that a terminal obeys.</summary>
    internal static string Shown(string text) =>
        TerminalText.Inert(Listing.Shortened(text)).ReplaceLineEndings(" ").Replace('\t', ' ');

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.First() : null;

    [GeneratedRegex("^[0-9a-f]{40}$", RegexOptions.CultureInvariant)]
    private static partial Regex Commit();

    [GeneratedRegex("^[A-Za-z0-9_-]{8,128}$", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
