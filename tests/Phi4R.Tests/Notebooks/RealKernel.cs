using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Tests.Notebooks;

/// <summary>A kernel as a front end starts it, its processes and sockets: ours, or one of another command.</summary>
internal sealed class RealKernel : IDisposable
{
    private readonly WrittenNotebooks _folder = new();

    public RealKernel()
        : this(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "kernel", "serve"]))
    {
    }

    /// <param name="command">Gets the connection file's path as its last word.</param>
    public RealKernel(ProcessStartInfo command)
    {
        File.WriteAllText(_folder.At("connection.json"), JsonSerializer.Serialize(Front.Connection));
        command.ArgumentList.Add(_folder.At("connection.json"));
        command.RedirectStandardError = command.RedirectStandardOutput = true;
        Process = Process.Start(command)!;
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

    /// <summary>Runs all cells of a notebook and writes it, with their outputs as nbformat stores them.</summary>
    public void RunAll(Notebook notebook, string executed)
    {
        AwaitPublishing();
        Dictionary<string, JsonObject> displays = [];
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            var id = FrontEnd.Send(Front.Shell, "execute_request", new() { ["code"] = cell.Source });
            foreach (var (type, _, content) in Front.PublishedUntilIdle(id))
            {
                Assert.False(type == "error", $"{notebook.Path}: {cell.Source}\n{content["evalue"]}");
                if (type is "stream" or "display_data" or "execute_result" or "update_display_data")
                {
                    var display = (string?)content["transient"]?["display_id"];
                    if (type == "stream" && cell.Outputs is [.., JsonObject open] && (string?)open["name"]
                        == (string?)content["name"])
                    {
                        open["text"] = (string?)open["text"] + (string?)content["text"];
                    }
                    else if (type != "update_display_data")
                    {
                        JsonObject output = new() { ["output_type"] = type };
                        cell.Outputs.Add((JsonNode)output);
                        displays[display ?? Guid.NewGuid().ToString()] = output;
                        Keep(output, content);
                    }
                    else if (displays.TryGetValue(display!, out var shown))
                    {
                        Keep(shown, content);
                    }
                }
            }

            FrontEnd.Receive(Front.Shell);
        }

        notebook.Write(executed);

        static void Keep(JsonObject output, JsonObject content)
        {
            foreach (var (name, value) in content.Where(field => field.Key is "data" or "metadata" or "name" or "text"))
            {
                output[name] = value?.DeepClone();
            }
        }
    }

    /// <summary>A subscription that arrives late misses what a kernel published before.</summary>
    private void AwaitPublishing()
    {
        do
        {
            FrontEnd.Send(Front.Shell, "kernel_info_request", []);
            FrontEnd.Receive(Front.Shell);
        }
        while (!Front.Published.TryReceiveFrameBytes(TimeSpan.FromSeconds(1), out _));
        while (Front.Published.TryReceiveFrameBytes(TimeSpan.FromSeconds(1), out _))
        {
            // of the answers before
        }
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
