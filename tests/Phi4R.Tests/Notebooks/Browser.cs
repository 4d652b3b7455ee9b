using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Phi4R.Tests.Notebooks;

/// <summary>A headless Chromium with a home of its own in a scratch folder.</summary>
internal sealed class Browser : IDisposable
{
    private readonly string _folder = Project.Scratch();
    private readonly HttpClient _client = new();
    private readonly Process _process;
    private readonly int _port;

    public Browser()
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec chromium --headless=new --no-sandbox --disable-gpu "
            + $"--remote-debugging-port=0 --user-data-dir={_folder}/chromium --window-size=1300,1500 about:blank "
            + $">{_folder}/browser.log 2>&1"])
        {
            WorkingDirectory = _folder,
        };
        start.Environment["HOME"] = _folder;
        _process = Process.Start(start)!;
        var active = Path.Combine(_folder, "chromium", "DevToolsActivePort");
        var limit = Environment.TickCount64 + 40_000;
        while (!File.Exists(active) || File.ReadAllLines(active) is not [var port, ..]
            || !int.TryParse(port, out _port))
        {
            if (Environment.TickCount64 > limit)
            {
                Assert.Fail("The browser is not there after 40 s: "
                    + $"{File.ReadAllText(Path.Combine(_folder, "browser.log"))}");
            }

            Thread.Sleep(100);
        }
    }

    /// <summary>Opens an address in a page of its own.</summary>
    public BrowserPage Visit(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"http://127.0.0.1:{_port}/json/new?{address}");
        var page = JsonNode.Parse(_client.Send(request).Content.ReadAsStream())!;
        return new BrowserPage(new Uri((string)page["webSocketDebuggerUrl"]!));
    }

    public void Dispose()
    {
        using var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])!;
        stop.WaitForExit();
        if (!_process.WaitForExit(10_000))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _client.Dispose();
    }
}
