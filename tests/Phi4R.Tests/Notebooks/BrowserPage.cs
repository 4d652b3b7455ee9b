using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Phi4R.Tests.Notebooks;

/// <summary>A page of a browser, driven over the DevTools protocol.</summary>
internal sealed class BrowserPage : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private int _last;

    public BrowserPage(Uri address)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        _socket.ConnectAsync(address, limit.Token).GetAwaiter().GetResult();
    }

    /// <summary>The value of a JavaScript expression, as text; what it throws is thrown here.</summary>
    public string Read(string expression)
    {
        var answer = Call("Runtime.evaluate", new JsonObject
        {
            ["expression"] = $"String({expression})",
            ["returnByValue"] = true,
        });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]?.ToJsonString()}");
        return (string)answer["result"]!["value"]!;
    }

    /// <summary>Waits until an expression is true.</summary>
    public void Until(string expression, int seconds = 40)
    {
        var limit = Environment.TickCount64 + (1000 * seconds);
        while (Read(expression) != "true")
        {
            if (Environment.TickCount64 > limit)
            {
                Assert.Fail($"Not true after {seconds} s: {expression}. The page ends with: "
                    + $"{Read("document.body.innerText.slice(-2000)")}");
            }

            Thread.Sleep(100);
        }
    }

    public void Screenshot(string path)
    {
        var answer = Call("Page.captureScreenshot", new JsonObject { ["format"] = "png" });
        File.WriteAllBytes(path, Convert.FromBase64String((string)answer["data"]!));
    }

    public void Dispose() => _socket.Dispose();

    private JsonNode Call(string method, JsonObject parameters)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var id = ++_last;
        var request = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        _socket.SendAsync(Encoding.UTF8.GetBytes(request.ToJsonString()), WebSocketMessageType.Text, true, limit.Token)
            .GetAwaiter().GetResult();
        while (true)
        {
            var answer = Receive(limit.Token);
            if ((int?)answer["id"] == id)
            {
                Assert.True(answer["error"] is null, $"{method}: {answer["error"]?.ToJsonString()}");
                return answer["result"]!;
            }
        }
    }

    private JsonNode Receive(CancellationToken limit)
    {
        using var whole = new MemoryStream();
        var part = new byte[1 << 16];
        WebSocketReceiveResult received;
        do
        {
            received = _socket.ReceiveAsync(part, limit).GetAwaiter().GetResult();
            whole.Write(part, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return JsonNode.Parse(whole.ToArray())!;
    }
}
