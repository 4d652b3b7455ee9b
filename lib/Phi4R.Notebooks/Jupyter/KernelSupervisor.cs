using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Running;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>Runs a kernel in a process of its own; when that dies in native code, says so in the cell that it ran, and starts another.</summary>
public sealed class KernelSupervisor(string connectionFile, ProgramCommand self)
{
    /// <summary>The hidden verb of the process that is supervised.</summary>
    public const string ChildVerb = "serve-cells";

    private const char Mark = '\u001e';
    private const int MostDeathsBeforeAnyCell = 3;

    /// <summary>Front ends take a moment to find sockets again that were gone.</summary>
    private static readonly TimeSpan Reconnection = TimeSpan.FromMilliseconds(600);

    /// <summary>What is sent takes a moment to leave.</summary>
    private static readonly TimeSpan Departure = TimeSpan.FromMilliseconds(200);

    /// <summary>Serves until asked to shut down.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="InvalidDataException">The connection file cannot be used.</exception>
    public int Run()
    {
        var connection = ConnectionFile.Read(connectionFile);
        Console.CancelKeyPress += (_, key) => key.Cancel = true; // interrupts come as messages
        IReadOnlyList<string> waiting = [];
        for (var deaths = 0; ; deaths++)
        {
            var (exitCode, running, ran, last) = RunChild(waiting);
            if (exitCode == 0)
            {
                return 0;
            }

            deaths = ran ? 0 : deaths;
            if (deaths == MostDeathsBeforeAnyCell)
            {
                return exitCode;
            }

            waiting = Announce(connection, running, exitCode, last);
        }
    }

    /// <summary>What the supervised process reads first: the requests that came while there was none, up to an empty line.</summary>
    internal static IEnumerable<(KernelChannel Channel, WireMessage Request)> Waiting(TextReader input)
    {
        while (input.ReadLine() is { Length: > 0 } line)
        {
            var json = (JsonObject)JsonNode.Parse(line)!;
            yield return (Enum.Parse<KernelChannel>((string)json["channel"]!), Read(json));
        }
    }

    /// <summary>The line that tells the supervisor which request runs now; null for none.</summary>
    internal static string Line(WireMessage? request) => Mark + (request is null ? "" : new JsonObject
    {
        ["identities"] = new JsonArray([.. request.Identities.Select(identity => JsonValue.Create(Convert.ToBase64String(identity)))]),
        ["header"] = request.Header.DeepClone(),
    }.ToJsonString());

    private (int ExitCode, WireMessage? Running, bool Ran, string[] Last) RunChild(IReadOnlyList<string> waiting)
    {
        var start = new ProcessStartInfo(self.Program, [.. self.Arguments, "kernel", ChildVerb, connectionFile])
        {
            RedirectStandardInput = true, // closes however this process ends, and the child ends with it
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var last = new LastLines();
        child.ErrorDataReceived += (_, line) =>
        {
            last.Add(line.Data);
            Console.Error.WriteLine(line.Data);
        };
        child.BeginErrorReadLine();
        Hand(waiting, child.StandardInput);
        WireMessage? running = null;
        var ran = false;
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Mark))
            {
                running = line.Length > 1 ? Read((JsonObject)JsonNode.Parse(line[1..])!) : null;
                ran = true;
            }
            else
            {
                last.Add(line);
                Console.WriteLine(line);
            }
        }

        child.WaitForExit();
        return (child.ExitCode, running, ran, last.All);
    }

    private static void Hand(IReadOnlyList<string> waiting, StreamWriter input)
    {
        try
        {
            foreach (var line in waiting)
            {
                input.WriteLine(line);
            }

            input.WriteLine();
            input.Flush();
        }
        catch (IOException)
        {
            // It died before it read them; its exit code says so.
        }
    }

    private static JsonObject Written(WireMessage request) => new()
    {
        ["identities"] = new JsonArray([.. request.Identities.Select(identity => JsonValue.Create(Convert.ToBase64String(identity)))]),
        ["header"] = request.Header.DeepClone(),
        ["content"] = request.Content.DeepClone(),
    };

    private static WireMessage Read(JsonObject json) => new(
        [.. ((JsonArray)json["identities"]!).Select(identity => Convert.FromBase64String((string)identity!))],
        (JsonObject)json["header"]!.DeepClone(), [], (JsonObject?)json["content"]?.DeepClone() ?? []);

    /// <returns>The requests that the next process must answer.</returns>
    private static List<string> Announce(ConnectionFile connection, WireMessage? running, int exitCode, string[] last)
    {
        var format = new WireFormat(connection.Key, Guid.NewGuid().ToString());
        List<string> waiting = [];
        var told = running is null;
        KernelSockets? open = null;
        using var sockets = open = new KernelSockets(connection, format, (channel, request) =>
        {
            // Cells sent before the reader knew would run without what the dead process knew.
            if (request.Type == "execute_request" && !Volatile.Read(ref told))
            {
                open!.Publish(request, "status", new JsonObject { ["execution_state"] = "busy" });
                open.Reply(channel, request, "execute_reply", new JsonObject { ["status"] = "aborted", ["execution_count"] = 0 });
                open.Publish(request, "status", new JsonObject { ["execution_state"] = "idle" });
            }
            else
            {
                var written = Written(request);
                written["channel"] = channel.ToString();
                waiting.Add(written.ToJsonString());
            }
        });
        sockets.Start();
        Thread.Sleep(Reconnection);
        if (running is not null)
        {
            var message = $"{ExitReason.Of(exitCode, last)}. A new one is started: the variables are gone, so run the notebook from its first cell.";
            var error = PublishedOutputs.Error(new ErrorOutput("KernelDied", message, [$"KernelDied: {message}", .. last.Select(line => "  " + line.Trim())], null));
            sockets.Publish(running, "error", (JsonObject)error.DeepClone());
            error["status"] = "error";
            error["execution_count"] = 0;
            Volatile.Write(ref told, true);
            sockets.Reply(KernelChannel.Shell, running, "execute_reply", error);
            sockets.Publish(running, "status", new JsonObject { ["execution_state"] = "idle" });
        }

        sockets.Publish(null, "status", new JsonObject { ["execution_state"] = "restarting" });
        Thread.Sleep(Departure);
        sockets.StopAndEmpty();
        return waiting;
    }
}
