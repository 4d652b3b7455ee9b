using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Benchmarks;

/// <summary>How long a reader waits for the notebooks' kernel, over its sockets as a front end sees it.</summary>
internal sealed class KernelSpeed : IDisposable
{
    private const string Key = "benchmark";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WireFormat _format = new(Key, "benchmark");
    private readonly DealerSocket _shell = new();
    private readonly DealerSocket _control = new();
    private readonly Process _kernel;
    private readonly string _file = Path.GetTempFileName();

    private KernelSpeed(string program)
    {
        var listeners = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        listeners.ForEach(listener => listener.Stop());
        var connection = new ConnectionFile
        {
            Ip = "127.0.0.1",
            ShellPort = ports[0],
            ControlPort = ports[1],
            InputPort = ports[2],
            PublishPort = ports[3],
            HeartbeatPort = ports[4],
            Key = Key,
        };
        File.WriteAllText(_file, JsonSerializer.Serialize(connection));
        _kernel = Process.Start(new ProcessStartInfo(program, ["kernel", "serve", _file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        foreach (var (socket, port) in new[] { (_shell, ports[0]), (_control, ports[1]) })
        {
            socket.Options.Identity = "benchmark"u8.ToArray();
            socket.Connect($"tcp://127.0.0.1:{port}");
        }
    }

    public static void Run(string program)
    {
        var ready = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            using var kernel = new KernelSpeed(program);
            kernel.Ask(kernel._shell, "kernel_info_request", []);
            ready.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (round < 2)
            {
                continue;
            }

            Console.WriteLine(
                $"ready, median of 3                  {ready.Order().ElementAt(1),8:F2} s   (asked: 0.6)");
            Thread.Sleep(3000);
            Console.WriteLine($"first cell, 3 s later               {kernel.Cell("1 + 1"),8:F2} s   (0.6)");
            var trivial = Enumerable.Range(0, 200).Select(i => kernel.Cell($"var x{i % 10} = {i}; x{i % 10} + 1"))
                .Order().ToList();
            Console.WriteLine($"trivial cell, median of 200         {1000 * trivial[100],8:F0} ms  (20)");
            var complete = Enumerable.Range(0, 6)
                .Select(
                    _ => kernel.Ask(kernel._shell, "complete_request",
                        new() { ["code"] = "Console.Wri", ["cursor_pos"] = 11 }).Seconds).Skip(1).Order().ToList();
            Console.WriteLine($"completion, warm                    {complete[2],8:F2} s   (0.3)");
            foreach (var (name, code) in new[]
            {
                ("a loop of steps that looks",
                    "var token = Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken; "
                        + "while (!token.IsCancellationRequested) { System.Threading.Thread.Sleep(20); }"),
                ("a managed busy loop", "long n = 0; while (true) { n++; }"),
                ("Task.Wait", "Task.Delay(600000).Wait();"),
                ("Parallel.For, bodies that loop", "Parallel.For(0, 1000000, i => { double s = 0; for (var j = 0; j < "
                    + "1000000; j++) { s += Math.Sqrt(j); } });"),
                ("Parallel.For, bodies of 20 ms", "Parallel.For(0, 1000000, i => System.Threading.Thread.Sleep(20));"),
                ("Thread.Sleep", "System.Threading.Thread.Sleep(600000);"),
            })
            {
                Console.WriteLine($"interrupt of {name,-31} {kernel.Interrupt(code),5:F2} s   (0.5)");
            }

            var heap = kernel.Text("GC.GetTotalMemory(true) / 1000000");
            Console.WriteLine($"managed heap after these cells      {heap,8} MB  (60)");
        }
    }

    public void Dispose()
    {
        Send(_control, "shutdown_request", new() { ["restart"] = false });
        if (!_kernel.WaitForExit(5000))
        {
            _kernel.Kill(entireProcessTree: true);
        }

        _kernel.Dispose();
        _shell.Dispose();
        _control.Dispose();
        File.Delete(_file);
    }

    private double Cell(string code) => Ask(_shell, "execute_request", new() { ["code"] = code }).Seconds;

    private double Interrupt(string code)
    {
        Send(_shell, "execute_request", new() { ["code"] = code });
        Thread.Sleep(1500);
        var start = Stopwatch.GetTimestamp();
        Send(_control, "interrupt_request", []);
        Receive(_shell);
        Receive(_control);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private string Text(string code)
    {
        var seconds = Ask(_shell, "execute_request", new() { ["code"] = $"throw new Exception(({code}).ToString());" });
        return (string)seconds.Content["evalue"]!;
    }

    private (double Seconds, JsonObject Content) Ask(DealerSocket socket, string type, JsonObject content)
    {
        var start = Stopwatch.GetTimestamp();
        Send(socket, type, content);
        var reply = Receive(socket);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, reply.Content);
    }

    private void Send(DealerSocket socket, string type, JsonObject content) =>
        socket.SendMultipartMessage(_format.Write(_format.Answer(null, type, content)));

    private WireMessage Receive(DealerSocket socket)
    {
        NetMQMessage? frames = null;
        return socket.TryReceiveMultipartMessage(Patience, ref frames) && _format.TryRead(frames!) is { } message
            ? message
            : throw new TimeoutException($"The kernel said nothing for {Patience.TotalSeconds:0} s.");
    }
}
