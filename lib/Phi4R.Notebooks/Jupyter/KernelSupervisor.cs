using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Running;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>
/// Holds a kernel's sockets and runs its cells in a process of their own; when that dies, says so in the cell that it
/// ran, and starts another.
/// </summary>
/// <remarks>
/// The sockets are here for two reasons. They outlive the cells' process, so that nothing sent meanwhile is lost. And
/// .NET delivers what a socket receives on the thread pool: beside a cell that keeps the pool busy, as Parallel.For
/// does, an interrupt would arrive seconds late.
/// </remarks>
public sealed class KernelSupervisor : IDisposable
{
    /// <summary>The hidden verb of the process that is supervised.</summary>
    public const string ChildVerb = "serve-cells";

    private const int MostDeathsBeforeAnyCell = 3;
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>How long the last words of a dead process are waited for.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly List<(KernelChannel Channel, WireMessage Message)> _unanswered = [];
    private readonly KernelSockets _sockets;
    private readonly ProgramCommand _self;
    private readonly int? _frontEnd;
    private BlockingCollection<string>? _child;
    private string? _untold;
    private bool _ends;
    private bool _ran;

    /// <param name="self">How this program is started.</param>
    /// <param name="frontEnd">
    /// The process whose end is this one's too, as Jupyter told it; null where there is none.
    /// </param>
    /// <exception cref="InvalidDataException">The connection file cannot be used.</exception>
    public KernelSupervisor(string connectionFile, ProgramCommand self, int? frontEnd = null)
    {
        _frontEnd = frontEnd;
        var connection = ConnectionFile.Read(connectionFile);
        _self = self;
        _sockets = new KernelSockets(connection, new WireFormat(connection.Key, Guid.NewGuid().ToString()), Receive);
    }

    /// <summary>Serves until asked to shut down, or until the front end's process is gone.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        Console.CancelKeyPress += (_, key) => key.Cancel = true; // interrupts come as messages
        EndWithFrontEnd();
        _sockets.Start();
        for (var deaths = 1; ; deaths++)
        {
            var (exitCode, last) = RunChild();
            lock (_lock)
            {
                if (_ends)
                {
                    return 0;
                }

                deaths = _ran ? 1 : deaths;
                _ran = false;
                if (deaths > MostDeathsBeforeAnyCell)
                {
                    return exitCode == 0 ? 1 : exitCode;
                }

                Announce($"{ExitReason.Of(exitCode, last)}. A new one is started: the variables are gone, so run the "
                    + "notebook from its first cell.", last);
            }
        }
    }

    public void Dispose() => _sockets.Dispose();

    private void Receive(KernelChannel channel, WireMessage request)
    {
        lock (_lock)
        {
            if (request.Type == "execute_request" && _untold is { } message)
            {
                _untold = null;
                _sockets.Publish(request, "status", new JsonObject { ["execution_state"] = "busy" });
                Fail(request, message, []);
                return;
            }

            string line;
            try
            {
                line = MessagePipe.Line(channel, request);
            }
            catch (InvalidOperationException e)
            {
                Refusal.Answer(_sockets, channel, request, e);
                return;
            }

            _ends |= request.Type == "shutdown_request";
            if (request.Type.EndsWith("_request", StringComparison.Ordinal))
            {
                _unanswered.Add((channel, request));
            }

            _child?.Add(line);
        }
    }

    private void PassOn(KernelChannel channel, WireMessage message)
    {
        lock (_lock)
        {
            // it began: one that ends its process is never replied to
            _ran |= (string?)message.ParentHeader["msg_type"] == "execute_request";
            if (channel is KernelChannel.Shell or KernelChannel.Control)
            {
                _unanswered.RemoveAll(waiting => waiting.Message.Id == message.Parent);
            }

            _sockets.Send(channel, message);
        }
    }

    private (int ExitCode, string[] Last) RunChild()
    {
        using var requests = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        using var answers = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var start = new ProcessStartInfo(_self.Program,
            [.. _self.Arguments, "kernel", ChildVerb, requests.GetClientHandleAsString(),
                answers.GetClientHandleAsString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        requests.DisposeLocalCopyOfClientHandle();
        answers.DisposeLocalCopyOfClientHandle();
        child.StandardInput.Close();
        var last = new LastLines();
        Listen(last, Console.Out, begin => child.OutputDataReceived += begin);
        Listen(last, Console.Error, begin => child.ErrorDataReceived += begin);
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();

        var pipe = new MessagePipe(answers, requests);
        using var waiting = new BlockingCollection<string>();
        lock (_lock)
        {
            foreach (var (channel, request) in _unanswered)
            {
                waiting.Add(MessagePipe.Line(channel, request));
            }

            _child = waiting;
        }

        // Written on a thread of its own: the sockets' must not wait for a process that does not read.
        var writer = new Thread(() =>
        {
            foreach (var line in waiting.GetConsumingEnumerable())
            {
                pipe.Write(line);
            }
        })
        { IsBackground = true, Name = "requests" };
        writer.Start();
        foreach (var (channel, message) in pipe.Received())
        {
            PassOn(channel, message);
        }

        lock (_lock)
        {
            _child = null;
        }

        waiting.CompleteAdding();
        writer.Join();
        while (!child.WaitForExit(Glance))
        {
            // Without a limit it would wait for the outputs' ends too, and a program that a cell started may hold them.
        }

        Thread.Sleep(LastWords);
        return (child.ExitCode, last.All);
    }

    private static void Listen(LastLines last, TextWriter log, Action<DataReceivedEventHandler> begin) =>
        begin((_, line) =>
    {
        if (line.Data is { } text)
        {
            last.Add(text);
            log.WriteLine(text);
        }
    });

    /// <summary>
    /// Says in the cell that ran why it ended; where none ran, the next one is told instead of run without its
    /// variables.
    /// </summary>
    private void Announce(string message, string[] last)
    {
        foreach (var (channel, interrupt) in _unanswered.Where(waiting => waiting.Message.Type == "interrupt_request"))
        {
            _sockets.Reply(channel, interrupt, "interrupt_reply", new JsonObject { ["status"] = "ok" });
        }

        var cells = _unanswered.Where(waiting => waiting.Message.Type == "execute_request")
            .Select(waiting => waiting.Message).ToList();
        _unanswered.RemoveAll(waiting => waiting.Message.Type is "execute_request" or "interrupt_request");
        _untold = cells.Count == 0 ? message : null;
        if (cells.Count > 0)
        {
            Fail(cells[0], message, last);
        }

        foreach (var queued in cells.Skip(1))
        {
            _sockets.Publish(queued, "status", new JsonObject { ["execution_state"] = "busy" });
            _sockets.Reply(KernelChannel.Shell, queued, "execute_reply",
                new JsonObject { ["status"] = "aborted", ["execution_count"] = 0 });
            _sockets.Publish(queued, "status", new JsonObject { ["execution_state"] = "idle" });
        }

        _sockets.Publish(null, "status", new JsonObject { ["execution_state"] = "restarting" });
    }

    private void Fail(WireMessage cell, string message, string[] last)
    {
        var error = PublishedOutputs.Error(
            new ErrorOutput("KernelDied", message,
                [$"KernelDied: {message}", .. last.Select(line => "  " + line.Trim())], null));
        _sockets.Publish(cell, "error", (JsonObject)error.DeepClone());
        error["status"] = "error";
        error["execution_count"] = 0;
        _sockets.Reply(KernelChannel.Shell, cell, "execute_reply", error);
        _sockets.Publish(cell, "status", new JsonObject { ["execution_state"] = "idle" });
    }

    /// <summary>Jupyter tells its own process; the end of this one ends the cells'.</summary>
    private void EndWithFrontEnd()
    {
        if (_frontEnd is not { } frontEnd)
        {
            return;
        }

        new Thread(() =>
        {
            while (IsRunning(frontEnd))
            {
                Thread.Sleep(Glance);
            }

            Environment.Exit(0);
        })
        { IsBackground = true, Name = "front end watch" }.Start();
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
