using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// A real jupyter-notebook server with our kernel and copies of the six notebooks at the smallest profile, and a
/// headless Chromium; all of it in a scratch folder.
/// </summary>
public sealed class NotebookServer : IDisposable
{
    private readonly string _folder = Project.Scratch();
    private readonly List<Process> _processes = [];
    private Browser? _browser;
    private int _server;

    /// <summary>Opens a notebook in a page of its own.</summary>
    internal BrowserPage Open(string name)
    {
        EnsureStarted();
        return Visit($"http://127.0.0.1:{_server}/notebooks/notebooks/{name}.ipynb");
    }

    /// <summary>Opens an address in a page of its own.</summary>
    internal BrowserPage Visit(string address)
    {
        EnsureStarted();
        return _browser!.Visit(address);
    }

    public void Dispose()
    {
        // The server ends its kernels when asked to stop; a killed one would leave them.
        foreach (var process in _processes)
        {
            using var stop = Process.Start("kill",
                ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
            stop.WaitForExit();
            if (!process.WaitForExit(10_000))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        _browser?.Dispose();
    }

    private void EnsureStarted()
    {
        if (_processes.Count == 0)
        {
            Start();
        }
    }

    private void Start()
    {
        var notebooks = Directory.CreateDirectory(Path.Combine(_folder, "notebooks")).FullName;
        File.Copy(Path.Combine(Project.Root, "notebooks", "setup.cs"), Path.Combine(notebooks, "setup.cs"));
        foreach (var path in Directory.GetFiles(Path.Combine(Project.Root, "notebooks"), "0*.ipynb")
            .Where(path => !Path.GetFileName(path).StartsWith("07", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(path);
            const string Pocket = "profile = \\\"pocket\\\"";
            Assert.Contains(Pocket, text, StringComparison.Ordinal);
            text = text.Replace(Pocket, "profile = \\\"smoke\\\"", StringComparison.Ordinal);

            // The notebook whose training is watched has runs of its own, so that nothing of it was done before.
            text = Path.GetFileName(path).StartsWith("02", StringComparison.Ordinal)
                ? text.Replace("int seed = 1;", "int seed = 2;", StringComparison.Ordinal)
                : text;
            File.WriteAllText(Path.Combine(notebooks, Path.GetFileName(path)), text);
        }

        foreach (var beside in new[] { "artifacts", "data" })
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder, beside), Path.Combine(Project.Root, beside));
        }

        var (code, said) = HouseTests.Bash($"JUPYTER_DATA_DIR={_folder}/jupyter PHI4R_LAUNCHER= dotnet "
            + $"{Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")} kernel install");
        Assert.True(code == 0, said);

        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _server = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        Launch("server", $"exec jupyter-notebook --allow-root --no-browser --ip=127.0.0.1 --port={_server} "
            + $"--NotebookApp.token= --NotebookApp.password= --notebook-dir={_folder}");
        _browser = new Browser();
        Wait("server", () =>
        {
            using var probe = new TcpClient();
            return probe.ConnectAsync(IPAddress.Loopback, _server)
                .ContinueWith(connected => connected.IsCompletedSuccessfully, TaskScheduler.Default).Result;
        });
    }

    private void Launch(string name, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"{command} >{_folder}/{name}.log 2>&1"])
        {
            WorkingDirectory = _folder,
        };
        foreach (var (variable, place) in new[]
        {
            ("HOME", "home"),
            ("JUPYTER_DATA_DIR", "jupyter"),
            ("JUPYTER_CONFIG_DIR", "config"),
            ("JUPYTER_RUNTIME_DIR", "runtime"),
            ("PHI4R_RUNS", "runs"),
        })
        {
            start.Environment[variable] = Directory.CreateDirectory(Path.Combine(_folder, place)).FullName;
        }

        _processes.Add(Process.Start(start)!);
    }

    private void Wait(string name, Func<bool> isReady)
    {
        var limit = Environment.TickCount64 + 40_000;
        while (!isReady())
        {
            if (Environment.TickCount64 > limit)
            {
                Assert.Fail($"The {name} is not there after 40 s: "
                    + $"{File.ReadAllText(Path.Combine(_folder, name + ".log"))}");
            }

            Thread.Sleep(100);
        }
    }
}
