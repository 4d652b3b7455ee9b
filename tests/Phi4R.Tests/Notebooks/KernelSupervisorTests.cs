using Phi4R.Notebooks.Running;

namespace Phi4R.Tests.Notebooks;

public sealed class KernelSupervisorTests
{
    [Theory]
    [InlineData(134, "Stack overflow.", "its stack overflowed")]
    [InlineData(134, "terminate called", "died of SIGABRT (signal 6), most likely in native code")]
    [InlineData(3, "", "exit code 3, most likely by Environment.Exit")]
    public void Words_for_a_death_name_its_cause(int exitCode, string last, string words) =>
        Assert.Contains(words, ExitReason.Of(exitCode, [last]));

    // The end of what libtorch and the runtime print before they give up.
    [Fact]
    public void Last_words_are_the_reason_and_the_readers_own_frames()
    {
        LastLines last = new();
        foreach (var line in (string[])["  what():  shapes differ", "Exception raised from meta",
            "frame #0: c10::Error + 0xb0", "--------", "   at Submission#90.R(Int32)",
            "   at System.Threading.Thread.StartCallback()"])
        {
            last.Add(line);
        }

        Assert.Equal(["  what():  shapes differ", "   at Submission#90.R(Int32)"], last.All);
    }

    [Theory]
    [InlineData("Stack overflow.", "its stack overflowed")]
    [InlineData("Process terminated. no way on", "Environment.FailFast")]
    public void The_reason_is_kept_however_many_of_the_readers_frames_follow(string reason, string words)
    {
        LastLines last = new();
        foreach (var line in (string[])[reason, .. Enumerable.Range(0, 9)
            .Select(i => $"   at Submission#0.F{i}(Int32)")])
        {
            last.Add(line);
        }

        Assert.Equal(reason, last.All[0]);
        Assert.Contains(words, ExitReason.Of(134, last.All), StringComparison.Ordinal);
    }

    [Fact]
    public void A_native_death_is_told_in_its_cell_and_the_next_cell_runs_in_a_new_process()
    {
        using var kernel = new RealKernel();
        var front = kernel.Front;
        FrontEnd.Send(front.Shell, "execute_request", new()
        {
            ["code"] = "[System.Runtime.InteropServices.DllImport(\"libc\")] static extern void abort();",
        });
        Assert.Equal("ok", (string?)FrontEnd.Receive(front.Shell).Content["status"]);
        FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "abort();" });
        var died = FrontEnd.Receive(front.Shell).Content;
        Assert.Equal("KernelDied", (string?)died["ename"]);
        Assert.Contains("SIGABRT", (string?)died["evalue"]);

        // The requests of the next second find the new process not there, starting, and ready.
        for (var i = 0; i < 20; i++)
        {
            FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "1" });
            Thread.Sleep(50);
        }

        var end = FrontEnd.Send(front.Shell, "execute_request", new() { ["code"] = "2" });
        List<string?> statuses = [];
        for (var reply = FrontEnd.Receive(front.Shell); reply.Parent != end; reply = FrontEnd.Receive(front.Shell))
        {
            statuses.Add((string?)reply.Content["status"]);
        }

        Assert.Equal(Enumerable.Repeat("ok", 20), statuses);
        // A thread and a finalizer that throw do not end the process.
        FrontEnd.Send(front.Shell, "execute_request", new()
        {
            ["code"] = "class Bad { ~Bad() { throw new Exception(); } } void Make() { new Bad(); } Make(); "
                + "GC.Collect(); GC.WaitForPendingFinalizers(); var t = new System.Threading.Thread(() => throw new "
                + "Exception()); t.Start(); t.Join(); 1",
        });
        Assert.Equal("ok", (string?)FrontEnd.Receive(front.Shell).Content["status"]);
        FrontEnd.Send(front.Control, "shutdown_request", new() { ["restart"] = false });
        Assert.Equal(0, kernel.Ended());
    }
}
