using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

public sealed class KernelTests : IDisposable
{
    private const string Key = "secret";
    private readonly WrittenNotebooks _folder = new();
    private readonly ConnectionFile _connection;
    private readonly KernelServer _server;
    private readonly DealerSocket _shell = new();
    private readonly DealerSocket _control = new();
    private readonly DealerSocket _input = new();
    private readonly SubscriberSocket _published = new();

    public KernelTests()
    {
        var ports = FreePorts(5);
        _connection = new ConnectionFile { Ip = "127.0.0.1", ShellPort = ports[0], ControlPort = ports[1], InputPort = ports[2], PublishPort = ports[3], HeartbeatPort = ports[4], Key = Key };
        _server = new KernelServer(_connection, _folder.Folder);
        _server.Start();
        foreach (var (socket, port) in new (NetMQSocket, int)[] { (_shell, ports[0]), (_control, ports[1]), (_input, ports[2]), (_published, ports[3]) })
        {
            socket.Options.Identity = "tests"u8.ToArray();
            socket.Connect($"tcp://127.0.0.1:{port}");
        }

        _published.SubscribeToAnyTopic();
        Thread.Sleep(200); // a subscription takes a moment to arrive
    }

    [Fact]
    public void Messages_of_one_cell_come_in_the_protocols_order_and_carry_its_id()
    {
        var id = Send(_shell, "execute_request", new() { ["code"] = "Console.Write(1); display(2); 3" });
        var reply = Receive(_shell);
        Assert.Equal(("execute_reply", "ok", id), (reply.Type, (string?)reply.Content["status"], reply.Parent));
        Assert.Equal(["status busy", "execute_input", "stream", "display_data", "execute_result", "status idle"], PublishedUntilIdle(id).Select(message =>
            message.Type == "status" ? $"status {(string?)message.Content["execution_state"]}" : message.Type));
    }

    [Fact]
    public void An_error_is_published_and_cells_that_wait_behind_it_are_aborted()
    {
        var id = Send(_shell, "execute_request", new() { ["code"] = "await Task.Delay(500);\nthrow new Exception(\"boo\");" });
        Send(_shell, "execute_request", new() { ["code"] = "1" });
        var (first, second) = (Receive(_shell), Receive(_shell));
        Assert.Equal("error", (string?)first.Content["status"]);
        Assert.Equal("   at cell code in cell 1:line 2", (string?)first.Content["traceback"]![1]);
        Assert.Equal("aborted", (string?)second.Content["status"]);
        Assert.Contains(PublishedUntilIdle(id), message => message.Type == "error" && (string?)message.Content["evalue"] == "boo");
    }

    [Fact]
    public void An_interrupt_by_message_stops_a_busy_cell_and_kernel_info_is_answered_meanwhile()
    {
        Send(_shell, "execute_request", new() { ["code"] = "while (true) { }" });
        Thread.Sleep(1_500);
        Send(_shell, "kernel_info_request", []);
        Assert.Equal("5.3", (string?)Receive(_shell).Content["protocol_version"]);
        Send(_control, "interrupt_request", []);
        Assert.Equal("interrupt_reply", Receive(_control).Type);
        Assert.Equal("Interrupted", (string?)Receive(_shell).Content["ename"]);
        Send(_shell, "execute_request", new() { ["code"] = "1" });
        Assert.Equal("ok", (string?)Receive(_shell).Content["status"]);
    }

    [Fact]
    public void A_message_signed_with_another_key_is_dropped()
    {
        Send(_shell, "kernel_info_request", [], key: "wrong");
        Assert.False(_shell.TryReceiveFrameBytes(TimeSpan.FromMilliseconds(500), out _));
        Send(_shell, "kernel_info_request", []);
        Assert.Equal("kernel_info_reply", Receive(_shell).Type);
    }

    [Fact]
    public void Input_is_asked_for_where_the_front_end_allows_it()
    {
        Send(_shell, "execute_request", new() { ["code"] = "Console.ReadLine() + \"!\"", ["allow_stdin"] = true });
        Assert.Equal("input_request", Receive(_input).Type);
        Send(_input, "input_reply", new() { ["value"] = "hello" });
        Assert.Equal("ok", (string?)Receive(_shell).Content["status"]);
    }

    [Theory]
    [InlineData("var text = \"\"; text.Subs", "Substring", 20)]
    [InlineData("𝑥 = \"😀\"; Console.WriteL", "WriteLine", 17)]
    [InlineData("DateT", "DateTime", 0)]
    public void Completion_counts_in_code_points(string code, string word, int start)
    {
        Send(_shell, "complete_request", new() { ["code"] = code, ["cursor_pos"] = code.EnumerateRunes().Count() });
        var reply = Receive(_shell);
        Assert.Contains(word, ((JsonArray)reply.Content["matches"]!).Select(match => (string?)match));
        Assert.Equal(start, (int)reply.Content["cursor_start"]!);
    }

    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("for (var i = 0;", "incomplete")]
    [InlineData("var x = ;", "invalid")]
    public void A_console_learns_whether_a_cell_is_whole(string code, string status)
    {
        Send(_shell, "is_complete_request", new() { ["code"] = code });
        Assert.Equal(status, (string?)Receive(_shell).Content["status"]);
    }

    [Fact]
    public async Task A_shutdown_request_is_answered_and_ends_the_server()
    {
        Send(_control, "shutdown_request", new() { ["restart"] = false });
        Assert.Equal("shutdown_reply", Receive(_control).Type);
        await _server.ShutDown.WaitAsync(TimeSpan.FromSeconds(5));
    }

    public void Dispose()
    {
        _shell.Dispose();
        _control.Dispose();
        _input.Dispose();
        _published.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    private static string Send(DealerSocket socket, string type, JsonObject content, string key = Key)
    {
        var id = Guid.NewGuid().ToString();
        var header = new JsonObject { ["msg_id"] = id, ["session"] = "tests", ["username"] = "", ["date"] = "2026-01-01T00:00:00Z", ["msg_type"] = type, ["version"] = "5.3" };
        string[] parts = [header.ToJsonString(), "{}", "{}", content.ToJsonString()];
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(string.Concat(parts))));
        var message = new NetMQMessage();
        foreach (var frame in (string[])["<IDS|MSG>", signature, .. parts])
        {
            message.Append(frame, Encoding.UTF8);
        }

        socket.SendMultipartMessage(message);
        return id;
    }

    private static (string Type, string? Parent, JsonObject Content) Receive(NetMQSocket socket)
    {
        NetMQMessage? message = null;
        Assert.True(socket.TryReceiveMultipartMessage(TimeSpan.FromSeconds(20), ref message), "no message within 20 s");
        string[] frames = [.. message!.Select(frame => frame.ConvertToString(Encoding.UTF8)).SkipWhile(frame => frame != "<IDS|MSG>").Skip(1)];
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(string.Concat(frames[1..5])))), frames[0]);
        return ((string)JsonNode.Parse(frames[1])!["msg_type"]!, (string?)JsonNode.Parse(frames[2])!["msg_id"], (JsonObject)JsonNode.Parse(frames[4])!);
    }

    private List<(string Type, string? Parent, JsonObject Content)> PublishedUntilIdle(string parent)
    {
        List<(string Type, string? Parent, JsonObject Content)> messages = [];
        while (messages is not [.., { Type: "status" } last] || (string?)last.Content["execution_state"] != "idle")
        {
            var message = Receive(_published);
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
