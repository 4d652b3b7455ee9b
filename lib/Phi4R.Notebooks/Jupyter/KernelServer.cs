using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>A Jupyter kernel: answers its front ends until one of them asks it to shut down.</summary>
/// <remarks>
/// Four kinds of threads: the line's own, which must never wait; the session's, on which cells run; one that takes
/// execute requests in order; and one that answers questions about code while a cell runs.
/// </remarks>
public sealed class KernelServer : IDisposable
{
    private readonly IKernelLine _line;
    private readonly NotebookSession _session;
    private readonly KernelQuestions _questions;
    private readonly QuestionThread _asked;
    private readonly BlockingCollection<ExecuteRequest> _requests = [];
    private readonly BlockingCollection<string> _answers = [];
    private readonly Lock _statusLock = new();
    private readonly TaskCompletionSource _shutDown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WireMessage? _executing;
    private int _count;
    private int _warm;

    /// <summary>A kernel that holds the sockets of a connection file itself.</summary>
    /// <param name="folder">Where relative paths start: Jupyter starts a kernel in its notebook's folder.</param>
    /// <param name="notebook">The notebook's path where the front end tells it.</param>
    public KernelServer(ConnectionFile connection, string folder, string? notebook = null)
        : this(
            received =>
                new KernelSockets(connection, new WireFormat(connection.Key, Guid.NewGuid().ToString()), received),
                    folder, notebook)
    {
    }

    /// <param name="open">Makes the line, given what takes each request.</param>
    internal KernelServer(Func<Action<KernelChannel, WireMessage>, IKernelLine> open, string folder, string? notebook)
    {
        _session = new NotebookSession(folder, notebook);
        _questions = new KernelQuestions(_session);
        _asked = new QuestionThread(AnswerQuestion, _questions.Prepare);
        _line = open(Receive);
    }

    /// <summary>Called when a front end interrupts again a cell that has not stopped.</summary>
    internal Action GivenUp { get; init; } = () => { };

    /// <summary>Ends when a front end has asked for it.</summary>
    public Task ShutDown => _shutDown.Task;

    public void Start()
    {
        _line.Publish(null, "status", new JsonObject { ["execution_state"] = "starting" });
        _line.Start();
        new Thread(ExecuteAll) { IsBackground = true, Name = "requests" }.Start();
    }

    public void Dispose()
    {
        _requests.CompleteAdding();
        _asked.Dispose();
        _line.Dispose();
        _session.Dispose();
    }

    private void Receive(KernelChannel channel, WireMessage request)
    {
        try
        {
            Take(channel, request);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            Refuse(channel, request, e);
        }
    }

    private void Take(KernelChannel channel, WireMessage request)
    {
        switch (request.Type)
        {
            case "execute_request":
                _requests.Add(ExecuteRequest.Read(request));
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
                Answer(channel, request, "shutdown_reply", new JsonObject
                {
                    ["status"] = "ok",
                    ["restart"] = request.Content["restart"]?.DeepClone() ?? false,
                });
                _shutDown.TrySetResult();
                break;
            case "kernel_info_request":
                Answer(channel, request, "kernel_info_reply", KernelQuestions.KernelInfo());
                if (Interlocked.Exchange(ref _warm, 1) == 0)
                {
                    // Only now: it would have taken the processor from this answer.
                    _ = _asked.BesideAsync(_session.WarmUpAsync);
                }

                break;
            case "comm_open":
                _line.Publish(request, "comm_close", new JsonObject
                {
                    ["comm_id"] = request.Content["comm_id"]?.DeepClone(),
                    ["data"] = new JsonObject(),
                });
                break;
            case var type when KernelQuestions.Knows(type):
                _asked.Add(channel, request);
                break;
        }
    }

    private void AnswerQuestion(KernelChannel channel, WireMessage request, CancellationToken cancel)
    {
        try
        {
            Answer(channel, request, Refusal.ReplyTo(request), _questions.Answer(request, cancel));
        }
        catch (Exception e) // a front end that gets no answer waits for ever
        {
            Refuse(channel, request, e);
        }
    }

    private void Refuse(KernelChannel channel, WireMessage request, Exception reason)
    {
        lock (_statusLock)
        {
            Refusal.Answer(_line, channel, request, reason);
            SayThatTheCellStillRuns();
        }
    }

    private void Answer(KernelChannel channel, WireMessage request, string type, JsonObject content)
    {
        Status(request, "busy");
        _line.Reply(channel, request, type, content);
        lock (_statusLock)
        {
            Status(request, "idle");
            SayThatTheCellStillRuns();
        }
    }

    /// <summary>Front ends show the status that came last, whichever request it belongs to.</summary>
    private void SayThatTheCellStillRuns()
    {
        if (_executing is { } cell)
        {
            Status(cell, "busy");
        }
    }

    private void Status(WireMessage request, string state) =>
        _line.Publish(request, "status", new JsonObject { ["execution_state"] = state });

    private void ExecuteAll()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            lock (_statusLock)
            {
                _executing = request.Message;
                Status(request.Message, "busy");
            }

            _asked.CellBegins();
            var failed = ExecuteOrFail(request);
            _asked.CellEnds();
            lock (_statusLock)
            {
                _executing = null;
                Status(request.Message, "idle");
            }

            if (failed && request.StopsOnError)
            {
                AbortQueued();
            }
        }
    }

    private bool ExecuteOrFail(ExecuteRequest request)
    {
        try
        {
            return Execute(request);
        }
        // without a reply this cell's front end would wait for ever, and without this thread every later cell's
        catch (Exception e)
        {
            Fail(request, ErrorText.Of(e));
            return true;
        }
    }

    private void Fail(ExecuteRequest request, ErrorOutput error)
    {
        var reply = PublishedOutputs.Error(error);
        _line.Publish(request.Message, "error", (JsonObject)reply.DeepClone());
        reply["status"] = "error";
        reply["execution_count"] = _count;
        _line.Reply(KernelChannel.Shell, request.Message, "execute_reply", reply);
    }

    private bool Execute(ExecuteRequest request)
    {
        _count += request.IsRemembered ? 1 : 0;
        var published = new PublishedOutputs(_line, request.Message, _count,
            (prompt, secret) => Ask(request, prompt, secret));
        IOutputSink sink = request.IsSilent ? new Silence() : published;
        if (!request.IsSilent)
        {
            _line.Publish(request.Message, "execute_input", new JsonObject
            {
                ["code"] = request.Code,
                ["execution_count"] = _count,
            });
        }

        var error = _session.RunAsync(request.Code, $"cell {_count}", sink).GetAwaiter().GetResult().Error;
        if (request.IsRemembered)
        {
            _questions.Remember(_count, request.Code, published.Result);
        }

        var reply = error is null
            ? new JsonObject
            {
                ["status"] = "ok",
                ["payload"] = new JsonArray(),
                ["user_expressions"] = new JsonObject(),
            }
            : PublishedOutputs.Error(error);
        reply["status"] = error is null ? "ok" : "error";
        reply["execution_count"] = _count;
        _line.Reply(KernelChannel.Shell, request.Message, "execute_reply", reply);
        return error is not null;
    }

    /// <summary>Cells that waited behind one that failed are not run.</summary>
    private void AbortQueued()
    {
        while (_requests.TryTake(out var waiting))
        {
            Answer(KernelChannel.Shell, waiting.Message, "execute_reply",
                new JsonObject { ["status"] = "aborted", ["execution_count"] = _count });
        }
    }

    private string? Ask(ExecuteRequest request, string prompt, bool secret)
    {
        if (!request.AllowsInput)
        {
            return null;
        }

        while (_answers.TryTake(out _))
        {
            // An answer to a question whose cell was interrupted.
        }

        _line.Reply(KernelChannel.Input, request.Message, "input_request",
            new JsonObject { ["prompt"] = prompt, ["password"] = secret });
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
