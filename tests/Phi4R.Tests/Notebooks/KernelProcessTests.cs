using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Phi4R.Tests.Notebooks;

/// <summary>What a cell does to the kernel's real processes, and what the reader then sees.</summary>
public sealed class KernelProcessTests : IDisposable
{
    private const string IsLoaded = "throw new Exception(AppDomain.CurrentDomain.GetAssemblies().Any(one => "
        + "one.GetName().Name == \"Microsoft.CodeAnalysis.Features\").ToString());";

    private readonly RealKernel _kernel = new();

    // .NET delivers what a socket receives on the thread pool, which these cells keep busy: with the sockets in their
    // process the interrupt took seconds.
    [Fact]
    public void An_interrupt_reaches_a_cell_that_keeps_the_thread_pool_busy()
    {
        foreach (var code in (string[])
        [
            "Parallel.For(0, 1_000_000, i => { double s = 0; for (var j = 0; j < 1_000_000; j++) { s += "
                + "Math.Sqrt(j); } });",
            "Parallel.For(0, 1_000_000, i => System.Threading.Thread.Sleep(20));",
        ])
        {
            _kernel.Begin("Console.WriteLine(\"on\");\n" + code);
            Thread.Sleep(500); // until every thread of the pool is in it
            var clock = Stopwatch.StartNew();
            FrontEnd.Send(_kernel.Front.Shell, "kernel_info_request", []);
            Assert.Equal("kernel_info_reply", FrontEnd.Receive(_kernel.Front.Shell).Type);
            FrontEnd.Send(_kernel.Front.Control, "interrupt_request", []);
            Assert.Equal("interrupt_reply", FrontEnd.Receive(_kernel.Front.Control).Type);
            Assert.Equal("Interrupted", (string?)FrontEnd.Receive(_kernel.Front.Shell).Content["ename"]);
            Assert.InRange(clock.ElapsedMilliseconds, 0, 1_500); // 0.3 s on a quiet machine
            Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
        }
    }

    [Fact]
    public void A_death_is_told_in_its_cell_with_its_last_words_and_the_next_cell_runs()
    {
        foreach (var (code, words, last) in (ReadOnlySpan<(string, string, string)>)
        [
            ("int Deep(int n) => Deep(n + 1) + 1;\nDeep(0)", "its stack overflowed", "Stack overflow"),
            ("Environment.Exit(3);", "exit code 3, most likely by Environment.Exit", ""),
            ("Environment.Exit(0);", "exit code 0, most likely by Environment.Exit", ""),
            ("Environment.FailFast(\"no way on\");", "Environment.FailFast", "no way on"),
        ])
        {
            var id = FrontEnd.Send(_kernel.Front.Shell, "execute_request",
                new() { ["code"] = "Console.WriteLine(\"on\");\n" + code });
            var died = FrontEnd.Receive(_kernel.Front.Shell).Content;
            Assert.Equal("KernelDied", (string?)died["ename"]);
            Assert.Contains(words, (string?)died["evalue"]);
            var published = _kernel.Front.PublishedUntilIdle(id);
            Assert.Contains(published, message => message.Type == "stream"
                && (string?)message.Content["text"] == "on\n");
            Assert.Contains(last,
                published.Single(message => message.Type == "error").Content["traceback"]!.ToJsonString());
            Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
        }
    }

    [Fact]
    public void Every_death_in_a_row_is_told_though_no_cell_between_them_ended_well()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("KernelDied", (string?)_kernel.Run("Environment.Exit(3);")["ename"]);
        }
    }

    [Fact]
    public void A_death_between_cells_is_told_by_the_next_cell()
    {
        _kernel.Run("var kept = 1; new System.Threading.Thread(() => { System.Threading.Thread.Sleep(300); "
            + "Environment.Exit(4); }).Start();");
        Thread.Sleep(2_000);
        var died = _kernel.Run("kept");
        Assert.Equal("KernelDied", (string?)died["ename"]);
        Assert.Contains("exit code 4", (string?)died["evalue"]);
        Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
    }

    // The program holds the dead process's standard output open.
    [Fact]
    public void A_death_is_noticed_though_a_program_that_the_cell_started_goes_on()
    {
        _kernel.Run("var other = System.Diagnostics.Process.Start(\"sleep\", \"30\");");
        var clock = Stopwatch.StartNew();
        Assert.Equal("KernelDied", (string?)_kernel.Run("Environment.Exit(3);")["ename"]);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 15_000);
    }

    [Fact]
    public void Too_large_an_array_is_an_error_of_its_cell_and_the_variables_are_kept()
    {
        _kernel.Run("var kept = 41;");
        var error = _kernel.Run("var all = new List<long[]>();\nwhile (true) { all.Add(new long[2_000_000_000]); }");
        Assert.Equal("System.OutOfMemoryException", (string?)error["ename"]);
        Assert.Equal("   at cell code in cell 2:line 2", (string?)((JsonArray)error["traceback"]!)[^1]);
        Assert.Equal("ok", (string?)_kernel.Run("if (kept != 41) { throw new Exception(); }")["status"]);
    }

    [Fact]
    public void What_is_signed_but_no_message_is_dropped()
    {
        foreach (var (header, content) in (ReadOnlySpan<(string, string)>)
        [
            ("[]", "{}"),
            ("5", "{}"),
            ("{", "{}"),
            ("{}", "{}"),
            ("{\"msg_type\": 5, \"msg_id\": \"a\"}", "{}"),
            ("{\"msg_type\": \"execute_request\", \"msg_id\": []}", "{\"code\": \"1\"}"),
            ("{\"msg_type\": \"execute_request\", \"msg_id\": \"\\ud800\"}", "{\"code\": \"1\"}"),
            ("{\"msg_type\": \"execute_request\", \"msg_id\": \"a\"}", "\"1\""),
            ("{\"msg_type\": \"execute_request\", \"msg_id\": \"a\"}", "{\"code\": \"1\", \"code\": \"2\"}"),
            ("{\"msg_type\": \"input_reply\", \"msg_id\": \"a\"}", "{\"value\": 5}"),
        ])
        {
            FrontEnd.SendRaw(_kernel.Front.Shell, header, content);
            Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
        }
    }

    [Fact]
    public void A_request_with_a_part_of_the_wrong_kind_is_answered_and_the_kernel_goes_on()
    {
        foreach (var (type, content, status) in (ReadOnlySpan<(string, string, string)>)
        [
            ("execute", "{\"code\": 5}", "error"),
            ("execute", "{\"code\": \"1\", \"silent\": \"no\"}", "error"),
            ("execute", "{\"code\": \"\\ud800\"}", "error"),
            ("complete", "{\"code\": \"1\", \"cursor_pos\": \"end\"}", "error"),
            ("complete", "{\"code\": \"1\", \"cursor_pos\": -7}", "ok"),
            ("inspect", "{\"code\": [], \"cursor_pos\": 0}", "error"),
            ("history", "{\"n\": 1.5}", "error"),
        ])
        {
            FrontEnd.SendRaw(_kernel.Front.Shell, $"{{\"msg_type\": \"{type}_request\", \"msg_id\": \"a\"}}", content);
            var reply = FrontEnd.Receive(_kernel.Front.Shell);
            Assert.Equal((type + "_reply", "a", status), (reply.Type, reply.Parent, (string?)reply.Content["status"]));
            Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
        }
    }

    [Fact]
    public void A_message_signed_with_another_key_is_not_answered_and_not_run()
    {
        FrontEnd.Send(_kernel.Front.Shell, "execute_request", new() { ["code"] = "var forged = 1;" }, key: "wrong");
        FrontEnd.Send(_kernel.Front.Control, "shutdown_request", new() { ["restart"] = false }, key: "wrong");
        Assert.Contains("'forged' does not exist", (string?)_kernel.Run("forged")["evalue"]);
    }

    [Fact]
    public void After_two_hundred_cells_words_are_completed_soon_and_the_heap_has_not_grown_much()
    {
        Cells(20);
        Assert.Equal(["Substring"], Complete("name7.Subs")); // the first takes longer
        var before = Heap();
        Cells(200);
        var clock = Stopwatch.StartNew();
        Assert.Equal(["Substring"], Complete("name7.Subs"));
        // About 1 s of processor time, as two hundred cells are new to the services; the next question takes 0.1 s.
        Assert.InRange(clock.ElapsedMilliseconds, 0, 10_000);
        // 18, as each cell adds to a chain that later ones are compiled against
        Assert.InRange(Heap() - before, -100, 40);

        void Cells(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.Equal("ok", (string?)_kernel.Run($"var name{i % 10} = \"{i}\"; name{i % 10} + 1")["status"]);
            }
        }

        // Megabytes in use.
        double Heap() =>
            double.Parse((string)_kernel.Run("throw new Exception((GC.GetTotalMemory(true) / "
                + "1e6).ToString(System.Globalization.CultureInfo.InvariantCulture));")["evalue"]!,
                    CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_language_services_are_loaded_by_a_first_question_that_comes_at_once()
    {
        Assert.Equal("False", Cell(IsLoaded)); // no program that sends cells one after the other pays for them
        Assert.Equal(["Substring"], Complete("\"a\".Subs"));
        Assert.Equal("True", Cell(IsLoaded));
    }

    [Fact]
    public void After_a_quiet_second_the_first_question_is_answered_as_soon_as_later_ones()
    {
        Assert.Equal("False", Cell(IsLoaded));
        var cells = int.Parse(Cell("throw new Exception(Environment.ProcessId.ToString());"),
            CultureInfo.InvariantCulture);
        Assert.True(SpinWait.SpinUntil(
            () => File.ReadAllText($"/proc/{cells}/maps").Contains("CodeAnalysis.CSharp.Features.dll",
                StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
        for (var before = -1.0; Processor() is var now && now - before > 0.02; before = now)
        {
            Thread.Sleep(2000); // until it is at rest
        }

        // Of the processor, as others share it: 1.5 s where nothing was loaded, 0.05 here.
        Assert.InRange(Cost("Console.Wri", "Write"), 0, 0.4);
        Assert.InRange(Cost("1.ToS", "ToString"), 0, 0.4);

        double Cost(string code, string word)
        {
            var before = Processor();
            Assert.Contains(word, Complete(code));
            return Processor() - before;
        }

        double Processor() => File.ReadAllText($"/proc/{cells}/stat").Split(')')[^1].Split(' ')[12..14]
            .Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / 100;
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-KILL")]
    public void However_the_kernel_ends_its_cells_end_with_it(string signal)
    {
        Assert.Equal("ok", (string?)_kernel.Run("1")["status"]);
        var error = _kernel.Run("throw new Exception(Environment.ProcessId.ToString());");
        var cells = int.Parse((string)error["evalue"]!, CultureInfo.InvariantCulture);
        Assert.True(Directory.Exists($"/proc/{cells}"));
        using var kill = Process.Start("kill", [signal, _kernel.Process.Id.ToString(CultureInfo.InvariantCulture)])!;
        Assert.NotNull(_kernel.Ended());
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{cells}"), TimeSpan.FromSeconds(10)));
    }

    public void Dispose() => _kernel.Dispose();

    /// <summary>The message of a cell that throws one.</summary>
    private string Cell(string code) => (string)_kernel.Run(code)["evalue"]!;

    private IEnumerable<string?> Complete(string code)
    {
        FrontEnd.Send(_kernel.Front.Shell, "complete_request",
            new() { ["code"] = code, ["cursor_pos"] = code.Length });
        return ((JsonArray)FrontEnd.Receive(_kernel.Front.Shell).Content["matches"]!).Select(match => (string?)match);
    }
}
