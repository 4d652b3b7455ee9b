using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

/// <summary>What a kernel sends over a line that the test holds.</summary>
public sealed class KernelServerTests : IDisposable
{
    private readonly WrittenNotebooks _folder = new();

    [Fact]
    public void A_cell_whose_error_cannot_be_told_is_replied_to_and_later_cells_run()
    {
        Line line = new() { Fails = 1 };
        using var server = Served(line);
        line.Execute("throw new Exception();");
        Assert.Equal(["execute_reply error", "status idle"], line.Until("status idle").TakeLast(2));
        line.Execute("1");
        Assert.Contains("execute_reply ok", line.Until("status idle"));
    }

    // Front ends show the last status, so an idle that belongs to a question would hide that the cell runs.
    [Fact]
    public void A_question_or_a_refusal_while_a_cell_runs_leaves_the_status_busy()
    {
        Line line = new();
        using var server = Served(line);
        var cell = line.Execute("Console.WriteLine(\"on\"); await Task.Delay(100_000);");
        line.Until("stream");
        foreach (var (type, content) in (ReadOnlySpan<(string, string)>)[("kernel_info", "{}"),
            ("complete", "{\"code\": \"Mat\", \"cursor_pos\": 3}"), ("complete", "{\"code\": 5}")])
        {
            line.Ask(type + "_request", content);
            line.Until("status idle");
            Assert.Equal(("status busy", cell), line.Next());
        }

        line.Ask("interrupt_request", "{}");
        line.Until("execute_reply error");
        Assert.Equal(("status idle", cell), line.Next());
        Assert.Null(line.Next(TimeSpan.FromMilliseconds(200)).What);
    }

    public void Dispose() => _folder.Dispose();

    private KernelServer Served(Line line)
    {
        KernelServer server = new(line.Open, _folder.Folder, null);
        server.Start();
        return server;
    }

    private sealed class Line : IKernelLine
    {
        private readonly BlockingCollection<(string What, string? Parent)> _sent = [];
        private Action<KernelChannel, WireMessage> _received = (_, _) => { };

        /// <summary>How many errors cannot be published.</summary>
        public int Fails { get; set; }

        public IKernelLine Open(Action<KernelChannel, WireMessage> received)
        {
            _received = received;
            return this;
        }

        public string Execute(string code) =>
            Ask("execute_request", new JsonObject { ["code"] = code, ["stop_on_error"] = false }.ToJsonString());

        public string Ask(string type, string content)
        {
            var id = Guid.NewGuid().ToString();
            _received(KernelChannel.Shell,
                new WireMessage([], new JsonObject { ["msg_type"] = type, ["msg_id"] = id }, [],
                    (JsonObject)JsonNode.Parse(content)!));
            return id;
        }

        public List<string> Until(string last)
        {
            List<string> all = [];
            while (all is not [.., var newest] || newest != last)
            {
                all.Add(Next().What);
                Assert.NotNull(all[^1]);
            }

            return all;
        }

        public (string What, string? Parent) Next(TimeSpan? patience = null) =>
            _sent.TryTake(out var next, patience ?? TimeSpan.FromSeconds(20)) ? next : default;

        public void Start()
        {
        }

        public void Reply(KernelChannel channel, WireMessage to, string type, JsonObject content) =>
            _sent.Add(($"{type} {(string?)content["status"]}".Trim(), to.Id));

        public void Publish(WireMessage? parent, string type, JsonObject content)
        {
            if (type == "error" && Fails-- > 0)
            {
                throw new InvalidOperationException();
            }

            _sent.Add(($"{type} {(string?)content["execution_state"]}".Trim(), parent?.Id));
        }

        public void Dispose()
        {
        }
    }
}
