using System.Diagnostics;
using System.Text.Json;

namespace Phi4R.Tests.Notebooks;

public sealed class KernelSupervisorTests
{
    [Fact]
    public void A_native_death_is_told_in_its_cell_and_the_next_cell_runs_in_a_new_process()
    {
        using var folder = new WrittenNotebooks();
        using var front = new FrontEnd();
        File.WriteAllText(folder.At("connection.json"), JsonSerializer.Serialize(front.Connection));
        using var kernel = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "kernel", "serve", folder.At("connection.json")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        front.Connect();

        FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "[System.Runtime.InteropServices.DllImport(\"libc\")] static extern void abort();" });
        Assert.Equal("ok", (string?)FrontEnd.Receive(front.Shell).Content["status"]);
        FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "abort();" });
        var died = FrontEnd.Receive(front.Shell).Content;
        Assert.Equal("KernelDied", (string?)died["ename"]);
        Assert.Contains("SIGABRT", (string?)died["evalue"]);

        Thread.Sleep(500);
        FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "1" });
        Assert.Equal("ok", (string?)FrontEnd.Receive(front.Shell).Content["status"]);
        FrontEnd.Send(front.Control, "shutdown_request", new() { ["restart"] = false });
        Assert.True(kernel.WaitForExit(10_000));
        Assert.Equal(0, kernel.ExitCode);
    }
}
