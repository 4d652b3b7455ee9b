using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Phi4R.Tests.Cluster;

/// <summary>A command of phi4r in a process of its own, to be waited for line by line, and to be killed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = [];

    public WorkerProcess(params string[] words)
        : this([], words)
    {
    }

    /// <param name="environment">Variables that it is given.</param>
    public WorkerProcess(IEnumerable<(string Name, string Value)> environment, params string[] words)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it said.</summary>
    public string Text => string.Join('\n', _lines);

    /// <summary>A port such that the next one is free, too.</summary>
    public static int FreePort()
    {
        while (true)
        {
            using var one = new TcpListener(IPAddress.Loopback, 0);
            one.Start();
            var port = ((IPEndPoint)one.LocalEndpoint).Port;
            try
            {
                using var next = new TcpListener(IPAddress.Loopback, port + 1);
                next.Start();
                return port;
            }
            catch (SocketException)
            {
                // Another has it; look on.
            }
        }
    }

    /// <summary>Waits for a line.</summary>
    public Task<string> LineAsync(string part) =>
        LineAsync(line => line.Contains(part, StringComparison.Ordinal), part);

    /// <summary>Waits for a line.</summary>
    /// <param name="what">What it is, in words.</param>
    public async Task<string> LineAsync(Predicate<string> isIt, string what)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (_lines.FirstOrDefault(line => isIt(line)) is { } line)
            {
                return line;
            }

            Assert.True(!_process.HasExited && clock.Elapsed < Patience, $"no line with '{what}' came:\n{Text}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> EndAsync()
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"it did not end:\n{Text}");
        }

        return _process.ExitCode;
    }

    /// <summary>Ends it without a word, as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
