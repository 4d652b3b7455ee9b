using System.Diagnostics;
using System.Security.Cryptography;
using Phi4R.Checkpoints;
using Phi4R.Foundation;

namespace Phi4R.Tests.Checkpoints;

/// <summary>
/// Whatever a server sends, a download comes to a clear end, in bounded time and memory, and nothing lands outside the
/// model's folder.
/// </summary>
public sealed class HostileHubTests
{
    private const string Commit = SmallHub.Commit;
    private static readonly byte[] Weights = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];
    private static readonly string Tag = Convert.ToHexStringLower(SHA256.HashData(Weights));
    private readonly string _cache = Project.Scratch();

    [Fact]
    public async Task A_list_without_end_is_given_up()
    {
        using var hub = new RawHub((_, _) => Endless());
        Assert.Contains("more than 32 MB", await Refusal(hub, patience: 30), StringComparison.Ordinal);
        Assert.InRange(hub.Sent, 32L << 20, 200L << 20);

        static IEnumerable<byte[]> Endless()
        {
            yield return RawHub.Text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"sha\":\"" + Commit
                + "\",\"siblings\":[");
            var names =
                RawHub.Text(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"rfilename\":\"{i}\"}},")));
            while (true)
            {
                yield return names;
            }
        }
    }

    [Fact]
    public async Task A_list_of_too_many_files_and_one_of_none_are_refused()
    {
        using var many = new RawHub((_, _) => [List([.. Enumerable.Range(0, 20_000).Select(i => $"{i}")])]);
        Assert.Contains("lists 20,000 files", await Refusal(many), StringComparison.Ordinal);
        using var none = new RawHub((_, _) => [List()]);
        Assert.Contains("lists 0 files", await Refusal(none), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("data:text/plain,x")]
    [InlineData("gopher://x")]
    public async Task A_way_to_anything_but_a_web_server_is_not_taken(string location)
    {
        using var first = new RawHub((_, _) => [RawHub.Answer("302 Found", $"Location: {location}\r\n", [])]);
        Assert.Contains(location, await Refusal(first), StringComparison.Ordinal);

        // Forwarding to other places is for contents, and there too.
        using var later = new RawHub((method, path) =>
            method == "GET" && path.Contains("/resolve/", StringComparison.Ordinal)
            ? [RawHub.Answer("302 Found", $"Location: {location}\r\n", [])]
            : Honest(method, path));
        Assert.Contains(location, await Refusal(later), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775000")]
    [InlineData("99999999999999999999999")]
    [InlineData("-1")]
    public async Task A_size_that_no_file_has_is_refused(string size)
    {
        using var hub = new RawHub((method, path) => method == "HEAD"
            ? [RawHub.Answer("302 Found", $"X-Linked-ETag: \"{Tag}\"\r\nX-Linked-Size: {size}\r\nLocation: "
                + "http://localhost:1/\r\n", [])]
            : path.Contains("/api/", StringComparison.Ordinal)
                ? [List("a.safetensors", "b.safetensors")]
                : Honest(method, path));
        Assert.Contains("how long it is", await Refusal(hub), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\u001b[2Jb", "control characters")]
    [InlineData("a\\nb", "control characters")]
    [InlineData("../a", "outside")]
    [InlineData("a/../../b", "outside")]
    [InlineData("/a", "outside")]
    [InlineData("a\\\\b", "outside")]
    public async Task A_name_that_no_file_should_have_is_refused_and_shown_harmless(string name, string fault)
    {
        // In JSON an escape sequence is written out.
        using var hub = new RawHub((_, _) =>
            [List("config.json", name.Replace("\u001b", "\\u001b", StringComparison.Ordinal))]);
        Assert.Contains(fault, await Refusal(hub), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_the_folder_of_another_is_refused()
    {
        using var hub = new RawHub((_, _) => [List("a/b", "a")]);
        Assert.Contains("the folder of another", await Refusal(hub), StringComparison.Ordinal);
    }

    // The server of a hundred tries: a part, then more than the whole, so that each time there is progress and in the
    // end none.
    [Fact]
    public async Task Contents_that_are_too_short_and_too_long_in_turns_are_given_up()
    {
        var requests = 0;
        using var hub = new RawHub((method, path) => method != "GET" || path.Contains("/api/", StringComparison.Ordinal)
            ? Honest(method, path)
            : Interlocked.Increment(ref requests) % 2 == 1
                ? [RawHub.Text($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {Weights.Length}\r\n\r\n"),
                    Weights[..1500]]
                : [RawHub.Answer("200 OK", "", [.. Weights, 1, 2, 3])]);
        Assert.Contains("tries in a row brought little more", await Refusal(hub), StringComparison.Ordinal);
        Assert.InRange(requests, 2, 20);
    }

    [Fact]
    public async Task Contents_that_come_byte_by_byte_are_given_up()
    {
        var requests = 0;
        using var hub = new RawHub((method, path) =>
        {
            if (method != "GET" || path.Contains("/api/", StringComparison.Ordinal))
            {
                return Honest(method, path);
            }

            Interlocked.Increment(ref requests);
            return Dripping();
        });
        Assert.Contains("tries in a row", await Refusal(hub), StringComparison.Ordinal);
        Assert.InRange(requests, 1, 300);

        static IEnumerable<byte[]> Dripping()
        {
            yield return RawHub.Text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                + $"{Weights.Length}\r\n\r\n");
            foreach (var one in Weights)
            {
                Thread.Sleep(20);
                yield return [one];
            }
        }
    }

    [Fact]
    public async Task An_answer_without_a_form_ends_clearly_whatever_it_is()
    {
        var clock = Stopwatch.StartNew();
        var (whole, refused) = (0, 0);
        for (var attempt = 0; attempt < 400 && clock.Elapsed < TimeSpan.FromSeconds(12); attempt++)
        {
            var stream = Randomness.For(1, "hub damage", attempt);
            using var hub = new RawHub((method, path) =>
            {
                lock (stream)
                {
                    return [.. Honest(method, path)
                        .Select(bytes => stream.Chance(0.5) ? bytes : Damaged(bytes, stream))];
                }
            });
            _ = await Refusal(hub, mayWork: true) is "" ? whole++ : refused++;
        }

        Assert.True(whole > 5 && refused > 20, $"{whole} downloads, {refused} refused");
    }

    private static byte[] Damaged(byte[] answer, RandomStream stream)
    {
        var text = System.Text.Encoding.Latin1.GetString(answer);
        string[] nasty = ["-1", "9223372036854775807", "\u001b[31m", "\r\n", "../../x", "\"", "{", "file:///x",
            "W/\"\"", "\0", "Transfer-Encoding: chunked\r\n", "1e999", "null"];
        var at = stream.Next(text.Length);
        switch (stream.Next(5))
        {
            case 0:
                return answer[..at];
            case 1:
                answer = [.. answer];
                answer[at] = (byte)stream.Next(256);
                return answer;
            case 2:
                return RawHub.Text(text.Insert(at, nasty[stream.Next(nasty.Length)]));
            case 3:
                var number = System.Text.RegularExpressions.Regex.Matches(text, "[0-9]+");
                return number.Count == 0
                    ? answer
                    : RawHub.Text(text.Replace(number[stream.Next(number.Count)].Value,
                        nasty[stream.Next(nasty.Length)], StringComparison.Ordinal));
            default:
                return RawHub.Text(
                    text.Replace("200 OK", new[]
                    {
                        "302 Found",
                        "206 Partial Content",
                        "416 Range",
                        "503 Busy",
                        "404 \u001b[2J",
                        "100 Continue",
                        "999 x",
                    }[stream.Next(7)], StringComparison.Ordinal));
        }
    }

    // Of one model: a configuration and a file of weights.
    private static byte[][] Honest(string method, string path)
    {
        if (path.Contains("/api/", StringComparison.Ordinal))
        {
            return [List("config.json", "model.safetensors")];
        }

        var content = path.EndsWith("config.json", StringComparison.Ordinal) ? "{}"u8.ToArray() : Weights;
        var answer = RawHub.Answer("200 OK",
            $"ETag: \"{Convert.ToHexStringLower(SHA256.HashData(content))}\"\r\n", content);
        return [method == "HEAD" ? answer[..^content.Length] : answer];
    }

    private static byte[] List(params string[] names) =>
        RawHub.Answer("200 OK", "",
            RawHub.Text(
                $"{{\"sha\":\"{Commit}\",\"siblings\":["
                    + $"{string.Join(',', names.Select(name => $"{{\"rfilename\":\"{name}\"}}"))}]}}"));

    /// <summary>What a download says when it ends, and that it does; an empty text where it worked.</summary>
    private async Task<string> Refusal(RawHub hub, bool mayWork = false, double patience = 0.4)
    {
        var cache = Path.Combine(_cache, Guid.NewGuid().ToString("N"), "cache");
        var settings = new HubSettings
        {
            Endpoint = hub.Endpoint,
            Cache = cache,
            Pause = TimeSpan.FromMilliseconds(1),
            Patience = TimeSpan.FromSeconds(patience),
            Tries = 3,
        };
        Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
        List<string> said = [];
        var download = HubDownload.Run("a/tiny", "main", settings, new InlineProgress<HubProgress>(report =>
        {
            lock (said)
            {
                said.Add(report.Message ?? "");
            }
        }));
        var ended = await Task.WhenAny(download, Task.Delay(TimeSpan.FromSeconds(60)));
        Assert.True(ended == download, "no end after 60 s");
        try
        {
            await download;
            Assert.True(mayWork, "The download worked.");
            return "";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException)
        {
            Assert.All(said.Append(exception.Message), text => Assert.DoesNotContain(text, char.IsControl));
            Assert.InRange(exception.Message.Length, 10, 2000);
            return exception.Message;
        }
        finally
        {
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(cache)!),
                path => path != cache);
            Assert.DoesNotContain(Directory.Exists(cache) ? Directory.EnumerateFileSystemEntries(cache) : [],
                path => Path.GetFileName(path) != "models--a--tiny");
        }
    }
}
