using System.Diagnostics;
using System.Globalization;

namespace Phi4R.Tests.Reference;

/// <summary>Another process, and how much memory it had at the most.</summary>
internal sealed class MeasuredCommand : IDisposable
{
    private readonly Process _process;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Thread _watcher;
    private long _peak;

    /// <summary>Starts it; its standard streams are this object's.</summary>
    public MeasuredCommand(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _watcher = new Thread(Watch) { IsBackground = true };
        _watcher.Start();
    }

    /// <summary>What it says on the standard error.</summary>
    public StreamReader Errors => _process.StandardError;

    /// <summary>
    /// Bytes that a process had resident at the most, pages of mapped files included: the kernel's own mark, which is
    /// gone with the process; then 0.
    /// </summary>
    public static long Peak(int process)
    {
        const string Mark = "VmHWM:";
        try
        {
            var line = File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal));
            return line is null
                ? 0
                : 1024 * long.Parse(line[Mark.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Gives it a text to read and waits for its end.</summary>
    /// <param name="input">What it reads.</param>
    public (int Code, string Output, string Errors, double Seconds, long PeakBytes) Finish(string input = "")
    {
        var (output, errors) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
        _process.WaitForExit();
        _watcher.Join();
        return (_process.ExitCode, output.Result, errors.Result, _clock.Elapsed.TotalSeconds, _peak);
    }

    /// <summary>Ends it, and tells its memory.</summary>
    public long Stop()
    {
        _process.Kill();
        _process.WaitForExit();
        _watcher.Join();
        return _peak;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Stop();
        }

        _process.Dispose();
    }

    private void Watch()
    {
        while (!_process.HasExited)
        {
            _peak = Math.Max(_peak, Peak(_process.Id));
            Thread.Sleep(20);
        }
    }
}
