using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>Which of the kernel's sockets.</summary>
internal enum KernelChannel
{
    Shell,
    Control,
    Input,
    Publish,
}

/// <summary>
/// The kernel's five sockets, all owned by one thread; messages from other threads pass through a queue.
/// </summary>
internal sealed class KernelSockets : IKernelLine
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Dictionary<KernelChannel, NetMQSocket> _sockets;
    private readonly ResponseSocket _heartbeat = new();
    private readonly NetMQQueue<(KernelChannel Channel, NetMQMessage Message)> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly WireFormat _format;

    /// <param name="received">Called on the sockets' thread; must not block.</param>
    public KernelSockets(ConnectionFile connection, WireFormat format, Action<KernelChannel, WireMessage> received)
    {
        _format = format;
        _sockets = new()
        {
            [KernelChannel.Shell] = Bound(new RouterSocket(), connection.Address(connection.ShellPort)),
            [KernelChannel.Control] = Bound(new RouterSocket(), connection.Address(connection.ControlPort)),
            [KernelChannel.Input] = Bound(new RouterSocket(), connection.Address(connection.InputPort)),
            [KernelChannel.Publish] = Bound(new PublisherSocket(), connection.Address(connection.PublishPort)),
        };
        _sockets[KernelChannel.Publish].Options.SendHighWatermark = 0; // nothing published is dropped for a slow reader
        _heartbeat.Bind(connection.Address(connection.HeartbeatPort));
        _poller = [_outgoing, _heartbeat];
        foreach (var (channel, socket) in _sockets.Where(pair => pair.Key != KernelChannel.Publish))
        {
            socket.ReceiveReady += (_, _) => Receive(channel, socket, received);
            _poller.Add(socket);
        }

        _heartbeat.ReceiveReady += (_, _) => _heartbeat.SendFrame(_heartbeat.ReceiveFrameBytes());
        _outgoing.ReceiveReady += (_, _) => SendAll();
    }

    public void Start() => _poller.RunAsync("sockets");

    public void Reply(KernelChannel channel, WireMessage to, string type, JsonObject content) =>
        Send(channel, _format.Answer(to, type, content));

    public void Publish(WireMessage? parent, string type, JsonObject content) =>
        Send(KernelChannel.Publish, _format.Publication(parent, type, content));

    /// <summary>Queues a message that is whole but for its signature, from any thread.</summary>
    public void Send(KernelChannel channel, WireMessage message) =>
        _outgoing.Enqueue((channel, _format.Write(message)));

    /// <summary>Stops after sending what is queued.</summary>
    public void Dispose()
    {
        if (_poller.IsRunning)
        {
            _poller.Stop();
        }

        SendAll();
        _poller.Dispose();
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }

        _heartbeat.Dispose();
        _outgoing.Dispose();
    }

    private static NetMQSocket Bound(NetMQSocket socket, string address)
    {
        socket.Options.Linger = Linger;
        socket.Bind(address);
        return socket;
    }

    private void Receive(KernelChannel channel, NetMQSocket socket, Action<KernelChannel, WireMessage> received)
    {
        NetMQMessage? frames = null;
        while (socket.TryReceiveMultipartMessage(ref frames))
        {
            if (_format.TryRead(frames) is { } message)
            {
                received(channel, message);
            }
        }
    }

    private void SendAll()
    {
        while (_outgoing.TryDequeue(out var next, TimeSpan.Zero))
        {
            _sockets[next.Channel].SendMultipartMessage(next.Message);
        }
    }
}
