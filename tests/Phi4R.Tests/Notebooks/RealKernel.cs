using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Tests.Notebooks;

/// <summary>The kernel as a front end starts it, its processes and sockets.</summary>
internal sealed class RealKernel : IDisposable
{
    private readonly WrittenNotebooks _folder = new();

    public RealKernel()
    {
        File.WriteAllText(_folder.At("connection.json"), JsonSerializer.Serialize(Front.Connection));
        Process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "kernel", "serve", _folder.At("connection.json")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        Process.ErrorDataReceived += (_, _) => { };
        Process.OutputDataReceived += (_, _) => { };
        Process.BeginErrorReadLine();
        Process.BeginOutputReadLine();
        Front.Connect();
    }

    public FrontEnd Front { get; } = new();

    public Process Process { get; }

    /// <summary>Runs a cell and waits for its reply.</summary>
    public JsonObject Run(string code)
    {
        FrontEnd.Send(Front.Shell, "execute_request", new() { ["code"] = code });
        return FrontEnd.Receive(Front.Shell).Content;
    }

    /// <summary>Starts a cell and waits until it has printed.</summary>
    /// <param name="code">Prints something first.</param>
    /// <returns>The request's id.</returns>
    public string Begin(string code)
    {
        var id = FrontEnd.Send(Front.Shell, "execute_request", new() { ["code"] = code });
        for (var message = FrontEnd.Receive(Front.Published); message.Type != "stream"
            || message.Parent != id; message = FrontEnd.Receive(Front.Published))
        {
            Assert.False(message.Type == "error" && message.Parent == id,
                $"The cell failed before it printed: {message.Content.ToJsonString()}");
        }

        return id;
    }

    /// <summary>Waits until the kernel has ended.</summary>
    /// <returns>Its exit code; null where it did not end.</returns>
    public int? Ended() => Process.WaitForExit(10_000) ? Process.ExitCode : null;

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
        Front.Dispose();
        _folder.Dispose();
    }
}
