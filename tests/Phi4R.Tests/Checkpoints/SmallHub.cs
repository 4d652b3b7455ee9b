using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Phi4R.Tests.Checkpoints;

/// <summary>A hub on this machine that can misbehave.</summary>
internal sealed class SmallHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly HttpListener _listener = new();

    public SmallHub(Dictionary<string, byte[]> files)
    {
        Files = files;
        var port = 20_000 + (Environment.ProcessId % 1000);
        for (; ; port++)
        {
            try
            {
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Prefixes.Add($"http://localhost:{port}/");
                _listener.Start();
                break;
            }
            catch (HttpListenerException)
            {
                _listener = new();
            }
        }

        Endpoint = new($"http://127.0.0.1:{port}");
        _ = Task.Run(Listen);
    }

    public Uri Endpoint { get; }

    public Dictionary<string, byte[]> Files { get; }

    /// <summary>Bytes after which each answer of a content breaks off; null for whole answers.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Whether the break-off is silence instead of a closed connection.</summary>
    public bool Hangs { get; set; }

    public bool IgnoresRange { get; set; }

    /// <summary>How many contents are served with one byte wrong.</summary>
    public int WrongContents { get; set; }

    /// <summary>How many requests are answered with 503.</summary>
    public int Troubles { get; set; }

    public string? Token { get; set; }

    /// <summary>Whether contents are sent from another address, as the hub does for large files.</summary>
    public bool Forwards { get; set; }

    /// <summary>Whether the model has another name now, to which the hub forwards.</summary>
    public bool Renamed { get; set; }

    /// <summary>Whether what it has is a data set; there is no model then.</summary>
    public bool IsDataSet { get; set; }

    /// <summary>Method, path and first byte of each request for a file.</summary>
    public List<string> Requests { get; } = [];

    public void Dispose() => _listener.Close();

    public static bool IsLarge(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal)
        || path.EndsWith(".parquet", StringComparison.Ordinal);

    private async Task Listen()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => Serve(context));
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(HttpListenerContext context)
    {
        try
        {
            await Answer(context.Request, context.Response);
            context.Response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException
            or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }

    private async Task Answer(HttpListenerRequest request, HttpListenerResponse response)
    {
        var address = request.Url!.AbsolutePath;
        if (Troubles > 0)
        {
            Troubles--;
            response.StatusCode = 503;
            return;
        }

        var isStore = address.StartsWith("/store/", StringComparison.Ordinal);
        if (Token is not null && !isStore && request.Headers["Authorization"] != $"Bearer {Token}")
        {
            response.StatusCode = 401;
            return;
        }

        if (Renamed && address.Contains("/a/tiny", StringComparison.Ordinal))
        {
            response.AddHeader("Location", address.Replace("/a/tiny", "/b/tiny", StringComparison.Ordinal));
            response.StatusCode = 307;
            return;
        }

        address = address.Replace("/b/tiny", "/a/tiny", StringComparison.Ordinal);
        var api = $"/api/{(IsDataSet ? "datasets" : "models")}/a/tiny/revision/";
        if (address == api + "main" || address == api + Commit)
        {
            var list = new JsonObject
            {
                ["sha"] = Commit,
                ["siblings"] = new JsonArray([.. Files.Keys.Select(path => new JsonObject { ["rfilename"] = path })]),
            };
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(list.ToJsonString()));
            return;
        }

        var start = isStore ? "/store/" : $"{(IsDataSet ? "/datasets" : "")}/a/tiny/resolve/{Commit}/";
        if (!address.StartsWith(start, StringComparison.Ordinal)
            || !Files.TryGetValue(Uri.UnescapeDataString(address[start.Length..]), out var content))
        {
            response.StatusCode = 404;
            return;
        }

        var path = Uri.UnescapeDataString(address[start.Length..]);
        var isLarge = IsLarge(path);
        var tag = isLarge ? Convert.ToHexStringLower(SHA256.HashData(content)) : GitTag(content);
        response.AddHeader("X-Repo-Commit", Commit);
        if (isLarge && Forwards && !isStore)
        {
            response.AddHeader("X-Linked-ETag", $"\"{tag}\"");
            response.AddHeader("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture));
            response.AddHeader("Location", $"http://localhost:{Endpoint.Port}/store/{path}");
            response.StatusCode = 302;
            return;
        }

        response.AddHeader("ETag", $"\"{tag}\"");
        if (request.HttpMethod == "HEAD")
        {
            response.ContentLength64 = content.Length;
            return;
        }

        await Content(request, response, path, content, isStore);
    }

    private async Task Content(HttpListenerRequest request, HttpListenerResponse response, string path, byte[] content,
        bool isStore)
    {
        var from = !IgnoresRange && request.Headers["Range"] is { } range
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
            : 0;
        lock (Requests)
        {
            Requests.Add(
                $"{path} {from}{(isStore && request.Headers["Authorization"] is not null ? " with token" : "")}");
        }

        if (from > 0)
        {
            response.StatusCode = 206;
            response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        var sent = content[from..];
        if (WrongContents > 0 && IsLarge(path))
        {
            WrongContents--;
            sent[^1] ^= 1;
        }

        response.ContentLength64 = sent.Length;
        if (CutAfter is { } cut && cut < sent.Length)
        {
            await response.OutputStream.WriteAsync(sent.AsMemory(0, cut));
            await response.OutputStream.FlushAsync();
            await Task.Delay(Hangs ? 2000 : 30);
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(sent);
    }

    private static string GitTag(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
