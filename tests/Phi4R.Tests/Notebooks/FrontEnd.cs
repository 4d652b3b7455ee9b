using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// A front end's side of Jupyter's protocol, written from the protocol's page and sharing no code with the kernel.
/// </summary>
internal sealed class FrontEnd : IDisposable
{
    private const string Key = "secret";

    public FrontEnd()
    {
        var ports = FreePorts(5);
        Connection = new ConnectionFile
        {
            Ip = "127.0.0.1",
            ShellPort = ports[0],
            ControlPort = ports[1],
            InputPort = ports[2],
            PublishPort = ports[3],
            HeartbeatPort = ports[4],
            Key = Key,
        };
    }

    public ConnectionFile Connection { get; }

    public DealerSocket Shell { get; } = new();

    public DealerSocket Control { get; } = new();

    public DealerSocket Input { get; } = new();

    public SubscriberSocket Published { get; } = new();

    public void Connect()
    {
        foreach (var (socket, port) in new (NetMQSocket, int)[]
        {
            (Shell, Connection.ShellPort),
            (Control, Connection.ControlPort),
            (Input, Connection.InputPort),
            (Published, Connection.PublishPort),
        })
        {
            socket.Options.Identity = "tests"u8.ToArray();
            socket.Connect($"tcp://127.0.0.1:{port}");
        }

        Published.SubscribeToAnyTopic();
        Thread.Sleep(200); // a subscription takes a moment to arrive
    }

    public void Dispose()
    {
        Shell.Dispose();
        Control.Dispose();
        Input.Dispose();
        Published.Dispose();
    }

    public static string Send(DealerSocket socket, string type, JsonObject content, string key = Key)
    {
        var id = Guid.NewGuid().ToString();
        var header = new JsonObject
        {
            ["msg_id"] = id,
            ["session"] = "tests",
            ["username"] = "",
            ["date"] = "2026-01-01T00:00:00Z",
            ["msg_type"] = type,
            ["version"] = "5.3",
        };
        SendRaw(socket, header.ToJsonString(), content.ToJsonString(), key);
        return id;
    }

    /// <summary>Signs and sends what may be no message at all.</summary>
    public static void SendRaw(DealerSocket socket, string header, string content, string key = Key)
    {
        string[] parts = [header, "{}", "{}", content];
        var signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(string.Concat(parts))));
        var message = new NetMQMessage();
        foreach (var frame in (string[])["<IDS|MSG>", signature, .. parts])
        {
            message.Append(frame, Encoding.UTF8);
        }

        socket.SendMultipartMessage(message);
    }

    public static (string Type, string? Parent, JsonObject Content) Receive(NetMQSocket socket)
    {
        NetMQMessage? message = null;
        Assert.True(socket.TryReceiveMultipartMessage(TimeSpan.FromSeconds(60), ref message), "no message within 60 s");
        string[] frames = [.. message!.Select(frame => frame.ConvertToString(Encoding.UTF8))
            .SkipWhile(frame => frame != "<IDS|MSG>").Skip(1)];
        Assert.Equal(
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key),
                Encoding.UTF8.GetBytes(string.Concat(frames[1..5])))), frames[0]);
        return ((string)JsonNode.Parse(frames[1])!["msg_type"]!, (string?)JsonNode.Parse(frames[2])!["msg_id"],
            (JsonObject)JsonNode.Parse(frames[4])!);
    }

    public List<(string Type, string? Parent, JsonObject Content)> PublishedUntilIdle(string parent)
    {
        List<(string Type, string? Parent, JsonObject Content)> messages = [];
        while (messages is not [.., { Type: "status" } last] || (string?)last.Content["execution_state"] != "idle")
        {
            var message = Receive(Published);
            if (message.Parent == parent)
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
        {
            listener.Stop();
        }

        return ports;
    }
}
