using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Tests.Notebooks;

/// <summary>Feeds that are wrong or slow.</summary>
public sealed class RestoreTests : IDisposable
{
    private const string Package = "#r \"nuget: Phi4R.Nowhere, 1.0.0\"";

    private readonly WrittenNotebooks _folder = new();
    private readonly NotebookSession _session;

    public RestoreTests() => _session = new NotebookSession(_folder.Folder);

    [Fact]
    public async Task A_wrong_feed_fails_one_restore_and_not_those_after_it()
    {
        Assert.Contains(_folder.At("typo"), (await _session.Run($"#i \"nuget: typo\"\n{Package}")).Error!.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.At("typo"), (await _session.Run(Package)).Error!.Message,
            StringComparison.Ordinal);

        Assert.Null((await _session.Run("#i \"nuget: late\"")).Error);
        var failure = (await _session.Run(Package)).Error!.Message;
        Assert.Contains(_folder.At("late"), failure, StringComparison.Ordinal);
        Assert.Contains("no longer looks there", failure, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.At("late"), (await _session.Run(Package)).Error!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_ends_a_restore_from_a_feed_that_never_answers()
    {
        using TcpListener feed = new(IPAddress.Loopback, 0);
        feed.Start();
        var running = _session.Run($"#i \"nuget: https://{feed.LocalEndpoint}/index.json\"\n{Package}");
        using var asking = await feed.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var clock = Stopwatch.StartNew();
        Assert.True(_session.Interrupt(isWatched: true));
        var outputs = await running.WaitAsync(TimeSpan.FromSeconds(20));
        // 0.1 s on a quiet machine; after 2 s the reader would be told of native code
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1_900);
        Assert.Equal("Interrupted", outputs.Error!.Name);

        // The feed sees that nobody asks on: the restore's process is gone.
        var buffer = new byte[4096];
        while (await asking.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10)) > 0)
        {
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }
}
