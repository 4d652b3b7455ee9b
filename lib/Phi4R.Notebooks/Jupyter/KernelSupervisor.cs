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
        for (var deaths = 0; ; deaths++)
        {
            var (exitCode, running, ran, last) = RunChild();
            if (exitCode == 0)
            {
                return 0;
            }

            deaths = ran ? 0 : deaths;
            if (deaths == MostDeathsBeforeAnyCell)
            {
                return exitCode;
            }

            Announce(connection, running, exitCode, last);
        }
    }

    /// <summary>The line that tells the supervisor which request runs now; null for none.</summary>
    internal static string Line(WireMessage? request) => Mark + (request is null ? "" : new JsonObject
    {
        ["identities"] = new JsonArray([.. request.Identities.Select(identity => JsonValue.Create(Convert.ToBase64String(identity)))]),
        ["header"] = request.Header.DeepClone(),
    }.ToJsonString());

    private (int ExitCode, WireMessage? Running, bool Ran, string[] Last) RunChild()
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
        WireMessage? running = null;
        var ran = false;
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Mark))
            {
                running = Read(line[1..]);
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

    private static WireMessage? Read(string line) => line.Length > 0 && JsonNode.Parse(line) is JsonObject json
        ? new WireMessage([.. ((JsonArray)json["identities"]!).Select(identity => Convert.FromBase64String((string)identity!))], (JsonObject)json["header"]!.DeepClone(), [], [])
        : null;

    private static void Announce(ConnectionFile connection, WireMessage? running, int exitCode, string[] last)
    {
        var format = new WireFormat(connection.Key, Guid.NewGuid().ToString());
        KernelSockets? open = null;
        using var sockets = open = new KernelSockets(connection, format, (channel, request) =>
        {
            // Cells sent meanwhile would run without what the dead process knew.
            if (request.Type == "execute_request")
            {
                open!.Publish(request, "status", new JsonObject { ["execution_state"] = "busy" });
                open.Reply(channel, request, "execute_reply", new JsonObject { ["status"] = "aborted", ["execution_count"] = 0 });
                open.Publish(request, "status", new JsonObject { ["execution_state"] = "idle" });
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
            sockets.Reply(KernelChannel.Shell, running, "execute_reply", error);
            sockets.Publish(running, "status", new JsonObject { ["execution_state"] = "idle" });
        }

        sockets.Publish(null, "status", new JsonObject { ["execution_state"] = "restarting" });
        Thread.Sleep(Departure);
    }
}
