using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Benchmarks;

/// <summary>A kernel that a kernelspec starts, asked over its sockets as a front end asks it.</summary>
internal sealed class RunningKernel : IDisposable
{
    private const string Key = "benchmark";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly WireFormat _format = new(Key, "benchmark");
    private readonly DealerSocket _shell = new();
    private readonly DealerSocket _control = new();
    private readonly Process _kernel;
    private readonly string _file = Path.GetTempFileName();

    /// <param name="specification">The content of a <c>kernel.json</c>.</param>
    public RunningKernel(JsonObject specification)
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
        string[] words = [.. ((JsonArray)specification["argv"]!)
            .Select(word => ((string)word!).Replace("{connection_file}", _file, StringComparison.Ordinal))];
        ProcessStartInfo start = new(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in (JsonObject?)specification["env"] ?? [])
        {
            start.Environment[name] = (string?)value;
        }

        _kernel = Process.Start(start)!;
        _kernel.BeginOutputReadLine(); // nobody reads it; a full pipe would hold the kernel up
        _kernel.BeginErrorReadLine();
        foreach (var (socket, port) in new[] { (_shell, ports[0]), (_control, ports[1]) })
        {
            socket.Options.Identity = "benchmark"u8.ToArray();
            socket.Connect($"tcp://127.0.0.1:{port}");
        }
    }

    /// <summary>Megabytes that its processes have resident, pages of mapped files included.</summary>
    public double Megabytes() => Ours().Sum(process => process.Kilobytes) / 1024.0;

    /// <summary>What its processes have taken of the processor since they began.</summary>
    public double ProcessorSeconds() => Ours().Sum(process => process.Ticks) / 100.0;

    /// <summary>Waits until it takes no more than two ticks of the processor in two seconds.</summary>
    public void AwaitRest()
    {
        for (var before = -1.0; ProcessorSeconds() is var now && now - before > 0.02; before = now)
        {
            Thread.Sleep(2000);
        }
    }

    public double Cell(string code) => Ask("execute_request", new() { ["code"] = code }).Seconds;

    /// <summary>Seconds until words are offered for the end of a text.</summary>
    public double Complete(string code) =>
        Ask("complete_request", new() { ["code"] = code, ["cursor_pos"] = code.Length }).Seconds;

    /// <summary>Seconds until a running cell has stopped.</summary>
    public double Interrupt(string code)
    {
        Send(_shell, "execute_request", new() { ["code"] = code });
        Thread.Sleep(1500);
        var start = Stopwatch.GetTimestamp();
        Send(_control, "interrupt_request", []);
        Receive(_shell);
        Receive(_control);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The seconds that an answer takes, and the answer.</summary>
    public (double Seconds, JsonObject Content) Ask(string type, JsonObject content)
    {
        var start = Stopwatch.GetTimestamp();
        Send(_shell, type, content);
        var reply = Receive(_shell);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, reply.Content);
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

    private List<Taken> Ours()
    {
        var statuses = Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _))
            .Select(Status).ToDictionary(status => status.Process);
        return [.. statuses.Values.Where(status => IsOurs(status.Process))];

        bool IsOurs(int process) => process == _kernel.Id
            || (statuses.TryGetValue(process, out var status) && status.Parent > 0 && IsOurs(status.Parent));
    }

    private static Taken Status(string path)
    {
        var process = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
        try
        {
            var lines = File.ReadLines(Path.Combine(path, "status"))
                .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
            var times = File.ReadAllText(Path.Combine(path, "stat")).Split(')')[^1].Split(' '); // from the third field
            return new(process, Number(lines["PPid"]),
                lines.TryGetValue("VmRSS", out var resident) ? Number(resident.Split(' ')[0]) : 0,
                Number(times[12]) + Number(times[13]));
        }
        catch (IOException)
        {
            return new(process, 0, 0, 0); // ended meanwhile
        }

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <param name="Ticks">Processor time in hundredths of a second, Linux's USER_HZ.</param>
    private sealed record Taken(int Process, int Parent, int Kilobytes, int Ticks);

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
