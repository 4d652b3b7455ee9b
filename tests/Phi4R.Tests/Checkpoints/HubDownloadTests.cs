using System.Diagnostics;
using Phi4R.Checkpoints;
using Phi4R.Foundation;

namespace Phi4R.Tests.Checkpoints;

public sealed class HubDownloadTests : IDisposable
{
    private readonly SmallHub _hub = new(new()
    {
        ["config.json"] = "{}"u8.ToArray(),
        ["notes/a b.txt"] = "text"u8.ToArray(),
        ["empty"] = [],
        ["model-00001-of-00002.safetensors"] = Bytes(1, 300_000),
        ["model-00002-of-00002.safetensors"] = Bytes(2, 200_001),
        ["model.safetensors.index.json"] =
            """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"""u8.ToArray(),
        ["pytorch_model.bin"] = Bytes(3, 1000),
    });

    private readonly HubSettings _settings;
    private readonly List<string> _said = [];

    public HubDownloadTests() => _settings = new()
    {
        Endpoint = _hub.Endpoint,
        Cache = Project.Scratch(),
        Pause = TimeSpan.FromMilliseconds(1),
        Patience = TimeSpan.FromMilliseconds(500),
        Tries = 3,
    };

    private string Home => Path.Combine(_settings.Cache, "models--a--tiny");

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_model_lies_where_the_hubs_own_programs_look_for_it_and_is_not_downloaded_twice()
    {
        var folder = await Download();
        Assert.Equal(Path.Combine(Home, "snapshots", SmallHub.Commit), folder);
        AssertWhole();
        Assert.Equal(SmallHub.Commit, File.ReadAllText(Path.Combine(Home, "refs", "main")));
        Assert.StartsWith("../../blobs/", new FileInfo(Path.Combine(folder, "config.json")).LinkTarget);
        Assert.StartsWith("../../../blobs/", new FileInfo(Path.Combine(folder, "notes", "a b.txt")).LinkTarget);
        Assert.Equal(folder, ModelHub.Resolve("a/tiny", "main", _settings));
        Assert.Equal(folder, ModelHub.Resolve(folder, "main", _settings));
        var requests = _hub.Requests.Count;
        Assert.Equal(folder, await Download());
        Assert.Equal(requests, _hub.Requests.Count);
    }

    [Fact]
    public async Task Weights_in_other_formats_are_left_out_where_there_are_safetensors() =>
        Assert.False(File.Exists(Path.Combine(await Download(), "pytorch_model.bin")));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broken_or_silent_connection_is_gone_on_with_from_the_byte_where_it_stopped(bool hangs)
    {
        (_hub.CutAfter, _hub.Hangs) = (130_000, hangs);
        await Download();
        AssertWhole();
        Assert.Contains("model-00001-of-00002.safetensors 130000", _hub.Requests);
        Assert.Contains("model-00001-of-00002.safetensors 260000", _hub.Requests);
        Assert.Contains(_said, line => line.Contains("stopped at 130,000 of 300,000 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_serve_parts_starts_again()
    {
        (_hub.CutAfter, _hub.IgnoresRange) = (130_000, true);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Download());
        Assert.Contains("run the same command again", error.Message);
        AssertNothingIsTakenForWhole();
        _hub.CutAfter = null;
        await Download();
        AssertWhole();
    }

    [Fact]
    public async Task A_download_that_was_broken_off_goes_on_later()
    {
        _hub.CutAfter = 0;
        await Assert.ThrowsAsync<HttpRequestException>(() => Download());
        AssertNothingIsTakenForWhole();
        _hub.CutAfter = 250_000;
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => HubDownload.Run("a/tiny", "main", _settings, new InlineProgress<HubProgress>(report =>
        {
            if (report.Done > 260_000)
            {
                stop.Cancel();
            }
        }), stop.Token));
        AssertNothingIsTakenForWhole();
        _hub.Requests.Clear();
        _hub.CutAfter = null;
        await Download();
        AssertWhole();
        Assert.Contains(_hub.Requests, request => !request.EndsWith(" 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_bytes_are_thrown_away_and_fetched_once_more()
    {
        _hub.WrongContents = 1;
        await Download();
        AssertWhole();
        Assert.Contains(_said, line => line.Contains("not what the hub says", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_stay_wrong_are_an_error_and_nothing_of_them_is_kept()
    {
        _hub.WrongContents = 100;
        Assert.Contains("came twice with a content other than",
            (await Assert.ThrowsAsync<InvalidDataException>(() => Download())).Message);
        AssertNothingIsTakenForWhole();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(400_000)]
    public async Task What_is_left_of_another_attempt_is_not_trusted(int length)
    {
        await Download();
        var blob = Directory.GetFiles(Path.Combine(Home, "blobs")).Single(path => new FileInfo(path).Length == 300_000);
        File.Delete(blob);
        File.WriteAllBytes(blob + ".incomplete", new byte[length]);
        Assert.Throws<InvalidDataException>(() => ModelHub.Resolve("a/tiny", "main", _settings));
        await Download();
        AssertWhole();
    }

    [Fact]
    public async Task A_shortened_file_is_noticed()
    {
        await Download();
        var blob = Directory.GetFiles(Path.Combine(Home, "blobs")).Single(path => new FileInfo(path).Length == 300_000);
        File.WriteAllBytes(blob, new byte[10]);
        await Download();
        AssertWhole();
    }

    [Fact]
    public async Task A_server_in_trouble_is_asked_again()
    {
        _hub.Troubles = 2;
        await Download();
        AssertWhole();
    }

    [Fact]
    public async Task A_refusal_says_what_to_do_and_is_not_repeated()
    {
        _hub.Token = "secret";
        Assert.Contains("HF_TOKEN", (await Assert.ThrowsAsync<HttpRequestException>(() => Download())).Message);
        Assert.Contains("may not read it",
            (await Assert.ThrowsAsync<HttpRequestException>(
                () => Download(_settings with { Token = "other" }))).Message);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_where_it_forwards()
    {
        (_hub.Token, _hub.Forwards) = ("secret", true);
        await Download(_settings with { Token = "secret" });
        AssertWhole();
        Assert.DoesNotContain(_hub.Requests, request => request.EndsWith("with token", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_renamed_model_is_followed_with_the_token(bool forwards)
    {
        (_hub.Token, _hub.Renamed, _hub.Forwards) = ("secret", true, forwards);
        await Download(_settings with { Token = "secret" });
        AssertWhole();
        Assert.DoesNotContain(_hub.Requests, request => request.EndsWith("with token", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a/other", "main", "404")]
    [InlineData("a/tiny", "no-such", "no-such")]
    public async Task What_the_hub_does_not_have_is_named(string model, string revision, string message) =>
        Assert.Contains(message,
            (await Assert.ThrowsAsync<HttpRequestException>(
                () => HubDownload.Run(model, revision, _settings))).Message);

    [Theory]
    [InlineData("tiny", "main")]
    [InlineData("../tiny", "main")]
    [InlineData("a/..", "main")]
    [InlineData("a/b/c", "main")]
    [InlineData("a/tiny", "../../x")]
    public async Task A_name_that_leaves_the_cache_is_refused(string model, string revision) =>
        await Assert.ThrowsAsync<ArgumentException>(() => HubDownload.Run(model, revision, _settings));

    [Theory]
    [InlineData("../evil")]
    [InlineData("/evil")]
    [InlineData("a//b")]
    public async Task A_file_that_would_lie_outside_is_refused(string path)
    {
        _hub.Files[path] = "x"u8.ToArray();
        Assert.Contains("outside", (await Assert.ThrowsAsync<InvalidDataException>(() => Download())).Message);
    }

    [Fact]
    public void A_model_that_was_not_downloaded_is_an_error_that_says_how_to_get_it() =>
        Assert.Contains("phi4r download a/tiny",
            Assert.Throws<FileNotFoundException>(() => ModelHub.Resolve("a/tiny", "main", _settings)).Message);

    [Fact]
    public async Task A_killed_command_goes_on_where_it_was()
    {
        (_hub.CutAfter, _hub.Hangs) = (100_000, true);
        using (var process = Command())
        {
            while (!Directory.Exists(Path.Combine(Home, "blobs"))
                || Directory.GetFiles(Path.Combine(Home, "blobs"), "*.incomplete")
                    .Sum(Length) < 200_000)
            {
                Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
                await Task.Delay(10);
            }

            process.Kill();
            await process.WaitForExitAsync();
        }

        AssertNothingIsTakenForWhole();
        (_hub.CutAfter, _hub.Hangs) = (null, false);
        _hub.Requests.Clear();
        using var again = Command();
        var folder = again.StandardOutput.ReadToEndAsync();
        var said = await again.StandardError.ReadToEndAsync();
        await again.WaitForExitAsync();
        Assert.True(again.ExitCode == 0, said);
        Assert.Equal(Path.Combine(Home, "snapshots", SmallHub.Commit), (await folder).Trim());
        AssertWhole();
        Assert.Contains("model-00001-of-00002.safetensors 100000", _hub.Requests);
    }

    // A small file is whole, and has its own name, between the look at the folder and this one.
    private static long Length(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private Process Command() =>
        Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "download", "a/tiny"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
        {
            ["HF_ENDPOINT"] = _hub.Endpoint.ToString(),
            ["HF_HUB_CACHE"] = _settings.Cache,
            ["HF_TOKEN"] = "",
        },
            })!;

    private Task<string> Download(HubSettings? settings = null) =>
        HubDownload.Run("a/tiny", "main", settings ?? _settings, new InlineProgress<HubProgress>(report =>
    {
        Assert.InRange(report.Done, 0, report.Total);
        if (report.Message is { } message)
        {
            lock (_said)
            {
                _said.Add(message);
            }
        }
    }));

    private void AssertWhole()
    {
        var snapshot = Path.Combine(Home, "snapshots", SmallHub.Commit);
        foreach (var (path, content) in _hub.Files.Where(file => file.Key != "pytorch_model.bin"))
        {
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(snapshot, path)));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(Home, "blobs"), "*.incomplete"));
    }

    private void AssertNothingIsTakenForWhole()
    {
        Assert.ThrowsAny<IOException>(() => ModelHub.Resolve("a/tiny", "main", _settings));
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(Home, "blobs")), path =>
            !path.EndsWith(".incomplete", StringComparison.Ordinal)
                && !_hub.Files.Values.Any(content => content.AsSpan().SequenceEqual(File.ReadAllBytes(path))));
    }

    private static byte[] Bytes(int seed, int count)
    {
        var stream = Randomness.For(seed, "content");
        return [.. Enumerable.Range(0, count).Select(_ => (byte)stream.Next(256))];
    }
}
