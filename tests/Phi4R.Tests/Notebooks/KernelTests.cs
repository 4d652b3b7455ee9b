using System.Text.Json.Nodes;
using NetMQ;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

public sealed class KernelTests : IDisposable
{
    private readonly WrittenNotebooks _folder = new();
    private readonly KernelServer _server;
    private readonly FrontEnd _front = new();

    public KernelTests()
    {
        _server = new KernelServer(_front.Connection, _folder.Folder);
        _server.Start();
        _front.Connect();
    }

    [Fact]
    public void Messages_of_one_cell_come_in_the_protocols_order_and_carry_its_id()
    {
        var id = FrontEnd.Send(_front.Shell, "execute_request", new() { ["code"] = "Console.Write(1); display(2); 3" });
        var reply = FrontEnd.Receive(_front.Shell);
        Assert.Equal(("execute_reply", "ok", id), (reply.Type, (string?)reply.Content["status"], reply.Parent));
        Assert.Equal(["status busy", "execute_input", "stream", "display_data", "execute_result", "status idle"],
            _front.PublishedUntilIdle(id).Select(message =>
            message.Type == "status" ? $"status {(string?)message.Content["execution_state"]}" : message.Type));
    }

    [Fact]
    public void An_error_is_published_and_cells_that_wait_behind_it_are_aborted()
    {
        var id = FrontEnd.Send(_front.Shell, "execute_request",
            new() { ["code"] = "await Task.Delay(500);\nthrow new Exception(\"boo\");" });
        FrontEnd.Send(_front.Shell, "execute_request", new() { ["code"] = "1" });
        var (first, second) = (FrontEnd.Receive(_front.Shell), FrontEnd.Receive(_front.Shell));
        Assert.Equal("error", (string?)first.Content["status"]);
        Assert.Equal("   at cell code in cell 1:line 2", (string?)first.Content["traceback"]![1]);
        Assert.Equal("aborted", (string?)second.Content["status"]);
        Assert.Contains(_front.PublishedUntilIdle(id),
            message => message.Type == "error" && (string?)message.Content["evalue"] == "boo");
    }

    [Fact]
    public void An_interrupt_by_message_stops_a_busy_cell_and_kernel_info_is_answered_meanwhile()
    {
        FrontEnd.Send(_front.Shell, "execute_request", new() { ["code"] = "while (true) { }" });
        Thread.Sleep(1_500);
        FrontEnd.Send(_front.Shell, "kernel_info_request", []);
        Assert.Equal("5.3", (string?)FrontEnd.Receive(_front.Shell).Content["protocol_version"]);
        FrontEnd.Send(_front.Control, "interrupt_request", []);
        Assert.Equal("interrupt_reply", FrontEnd.Receive(_front.Control).Type);
        Assert.Equal("Interrupted", (string?)FrontEnd.Receive(_front.Shell).Content["ename"]);
        FrontEnd.Send(_front.Shell, "execute_request", new() { ["code"] = "1" });
        Assert.Equal("ok", (string?)FrontEnd.Receive(_front.Shell).Content["status"]);
    }

    [Fact]
    public void A_message_signed_with_another_key_is_dropped()
    {
        FrontEnd.Send(_front.Shell, "kernel_info_request", [], key: "wrong");
        Assert.False(_front.Shell.TryReceiveFrameBytes(TimeSpan.FromMilliseconds(500), out _));
        FrontEnd.Send(_front.Shell, "kernel_info_request", []);
        Assert.Equal("kernel_info_reply", FrontEnd.Receive(_front.Shell).Type);
    }

    [Fact]
    public void Input_is_asked_for_where_the_front_end_allows_it()
    {
        FrontEnd.Send(_front.Shell, "execute_request", new()
        {
            ["code"] = "Console.ReadLine() + \"!\"",
            ["allow_stdin"] = true,
        });
        Assert.Equal("input_request", FrontEnd.Receive(_front.Input).Type);
        FrontEnd.Send(_front.Input, "input_reply", new() { ["value"] = "hello" });
        Assert.Equal("ok", (string?)FrontEnd.Receive(_front.Shell).Content["status"]);
    }

    [Theory]
    [InlineData("var text = \"\"; text.Subs", "Substring", 20)]
    [InlineData("𝑥 = \"😀\"; Console.WriteL", "WriteLine", 17)]
    [InlineData("DateT", "DateTime", 0)]
    [InlineData("1;\n#!ti", "#!time", 3)]
    public void Completion_counts_in_code_points(string code, string word, int start)
    {
        FrontEnd.Send(_front.Shell, "complete_request", new()
        {
            ["code"] = code,
            ["cursor_pos"] = code.EnumerateRunes().Count(),
        });
        var reply = FrontEnd.Receive(_front.Shell);
        Assert.Contains(word, ((JsonArray)reply.Content["matches"]!).Select(match => (string?)match));
        Assert.Equal(start, (int)reply.Content["cursor_start"]!);
    }

    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("for (var i = 0;", "incomplete")]
    [InlineData("var x = ;", "invalid")]
    public void A_console_learns_whether_a_cell_is_whole(string code, string status)
    {
        FrontEnd.Send(_front.Shell, "is_complete_request", new() { ["code"] = code });
        Assert.Equal(status, (string?)FrontEnd.Receive(_front.Shell).Content["status"]);
    }

    [Fact]
    public void History_is_told_by_range_by_pattern_and_with_results()
    {
        foreach (var code in (string[])["var a = 1;", "a + 1", "a + 2"])
        {
            FrontEnd.Send(_front.Shell, "execute_request", new() { ["code"] = code });
            FrontEnd.Receive(_front.Shell);
        }

        Assert.Equal("""[[0,2,"a \u002B 1"]]""",
            History(new()
            {
                ["hist_access_type"] = "range",
                ["session"] = 0,
                ["start"] = 2,
                ["stop"] = 3,
                ["output"] = false,
            }));
        Assert.Equal("""[[0,3,["a \u002B 2","3"]]]""",
            History(new() { ["hist_access_type"] = "tail", ["n"] = 1, ["output"] = true }));
        Assert.Equal("""[[0,1,"var a = 1;"]]""",
            History(new() { ["hist_access_type"] = "search", ["pattern"] = "var*", ["output"] = false }));

        string History(JsonObject question)
        {
            FrontEnd.Send(_front.Shell, "history_request", question);
            return FrontEnd.Receive(_front.Shell).Content["history"]!.ToJsonString();
        }
    }

    [Fact]
    public void Comm_info_is_answered_and_a_place_in_code_is_described()
    {
        FrontEnd.Send(_front.Shell, "comm_info_request", []);
        Assert.Equal("{}", FrontEnd.Receive(_front.Shell).Content["comms"]!.ToJsonString());
        FrontEnd.Send(_front.Shell, "inspect_request", new()
        {
            ["code"] = "Math.Sqrt(2)",
            ["cursor_pos"] = 7,
            ["detail_level"] = 0,
        });
        Assert.Contains("double Math.Sqrt(double d)",
            (string?)FrontEnd.Receive(_front.Shell).Content["data"]!["text/plain"]);
    }

    [Fact]
    public async Task A_shutdown_request_is_answered_and_ends_the_server()
    {
        FrontEnd.Send(_front.Control, "shutdown_request", new() { ["restart"] = false });
        Assert.Equal("shutdown_reply", FrontEnd.Receive(_front.Control).Type);
        await _server.ShutDown.WaitAsync(TimeSpan.FromSeconds(5));
    }

    public void Dispose()
    {
        _front.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }
}
