using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>A Jupyter kernel: answers one connection file's front ends until one of them asks it to shut down.</summary>
/// <remarks>
/// Three kinds of threads: the sockets' own, which must never wait; the session's, on which cells run; and one that takes
/// execute requests in order. Questions about code are answered while a cell runs.
/// </remarks>
public sealed class KernelServer : IDisposable
{
    private readonly string _sessionId = Guid.NewGuid().ToString();
    private readonly KernelSockets _sockets;
    private readonly NotebookSession _session;
    private readonly KernelQuestions _questions;
    private readonly BlockingCollection<WireMessage> _requests = [];
    private readonly BlockingCollection<string> _answers = [];
    private readonly TaskCompletionSource _shutDown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _warm;

    /// <param name="folder">Where relative paths start: Jupyter starts a kernel in its notebook's folder.</param>
    /// <param name="notebook">The notebook's path where the front end tells it.</param>
    public KernelServer(ConnectionFile connection, string folder, string? notebook = null)
    {
        _session = new NotebookSession(folder, notebook);
        _questions = new KernelQuestions(_session);
        _sockets = new KernelSockets(connection, new WireFormat(connection.Key, _sessionId), Receive);
    }

    /// <summary>Called with each execute request as it starts, and with null as it ends.</summary>
    internal Action<WireMessage?> Running { get; init; } = _ => { };

    /// <summary>Called when a front end interrupts again a cell that has not stopped.</summary>
    internal Action GivenUp { get; init; } = () => { };

    /// <summary>Ends when a front end has asked for it.</summary>
    public Task ShutDown => _shutDown.Task;

    public void Start() => Start([]);

    /// <param name="waiting">Requests that came before there was this process.</param>
    internal void Start(IEnumerable<(KernelChannel Channel, WireMessage Request)> waiting)
    {
        _sockets.Publish(null, "status", new JsonObject { ["execution_state"] = "starting" });
        foreach (var (channel, request) in waiting)
        {
            Receive(channel, request);
        }

        _sockets.Start();
        new Thread(ExecuteAll) { IsBackground = true, Name = "requests" }.Start();
    }

    public void Dispose()
    {
        _requests.CompleteAdding();
        _sockets.Dispose();
        _session.Dispose();
    }

    private void Receive(KernelChannel channel, WireMessage request)
    {
        switch (request.Type)
        {
            case "execute_request":
                _requests.Add(request);
                break;
            case "input_reply":
                _answers.Add((string?)request.Content["value"] ?? "");
                break;
            case "interrupt_request":
                var stops = _session.Interrupt(isWatched: true);
                Answer(channel, request, "interrupt_reply", new JsonObject { ["status"] = "ok" });
                if (!stops)
                {
                    GivenUp();
                }

                break;
            case "shutdown_request":
                Answer(channel, request, "shutdown_reply", new JsonObject { ["status"] = "ok", ["restart"] = request.Content["restart"]?.DeepClone() ?? false });
                _shutDown.TrySetResult();
                break;
            case "kernel_info_request":
                Answer(channel, request, "kernel_info_reply", KernelQuestions.KernelInfo());
                if (Interlocked.Exchange(ref _warm, 1) == 0)
                {
                    _ = _session.WarmUpAsync(); // only now: it would have taken the processor from this answer
                }

                break;
            case "comm_open":
                _sockets.Publish(request, "comm_close", new JsonObject { ["comm_id"] = request.Content["comm_id"]?.DeepClone(), ["data"] = new JsonObject() });
                break;
            case var type when KernelQuestions.Knows(type):
                // Binding code takes a while: not on the sockets' thread, nor on the pool's, which a cell may keep busy.
                new Thread(() => Answer(channel, request, type.Replace("_request", "_reply", StringComparison.Ordinal), _questions.Answer(request))) { IsBackground = true, Name = "question" }.Start();
                break;
        }
    }

    private void Answer(KernelChannel channel, WireMessage request, string type, JsonObject content)
    {
        Status(request, "busy");
        _sockets.Reply(channel, request, type, content);
        Status(request, "idle");
    }

    private void Status(WireMessage request, string state) => _sockets.Publish(request, "status", new JsonObject { ["execution_state"] = state });

    private void ExecuteAll()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            Status(request, "busy");
            Running(request);
            var failed = Execute(request);
            Running(null);
            Status(request, "idle");
            if (failed && ((bool?)request.Content["stop_on_error"] ?? true))
            {
                AbortQueued();
            }
        }
    }

    private bool Execute(WireMessage request)
    {
        var code = (string?)request.Content["code"] ?? "";
        var silent = (bool?)request.Content["silent"] ?? false;
        var isRemembered = !silent && ((bool?)request.Content["store_history"] ?? true);
        _count += isRemembered ? 1 : 0;

        var published = new PublishedOutputs(_sockets, request, _count, (prompt, secret) => Ask(request, prompt, secret));
        IOutputSink sink = silent ? new Silence() : published;
        if (!silent)
        {
            _sockets.Publish(request, "execute_input", new JsonObject { ["code"] = code, ["execution_count"] = _count });
        }

        var error = _session.RunAsync(code, $"cell {_count}", sink).GetAwaiter().GetResult().Error;
        if (isRemembered)
        {
            _questions.Remember(_count, code, published.Result);
        }

        var reply = error is null
            ? new JsonObject { ["status"] = "ok", ["payload"] = new JsonArray(), ["user_expressions"] = new JsonObject() }
            : PublishedOutputs.Error(error);
        reply["status"] = error is null ? "ok" : "error";
        reply["execution_count"] = _count;
        _sockets.Reply(KernelChannel.Shell, request, "execute_reply", reply);
        return error is not null;
    }

    /// <summary>Cells that waited behind one that failed are not run.</summary>
    private void AbortQueued()
    {
        while (_requests.TryTake(out var waiting))
        {
            Answer(KernelChannel.Shell, waiting, "execute_reply", new JsonObject { ["status"] = "aborted", ["execution_count"] = _count });
        }
    }

    private string? Ask(WireMessage request, string prompt, bool secret)
    {
        if (!((bool?)request.Content["allow_stdin"] ?? true))
        {
            return null;
        }

        while (_answers.TryTake(out _))
        {
            // An answer to a question whose cell was interrupted.
        }

        _sockets.Reply(KernelChannel.Input, request, "input_request", new JsonObject { ["prompt"] = prompt, ["password"] = secret });
        return _answers.Take();
    }

    private sealed class Silence : IOutputSink
    {
        public void Write(CellOutput output)
        {
        }

        public string? Ask(string prompt, bool secret) => null;
    }
}
