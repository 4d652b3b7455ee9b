namespace Phi4R.Notebooks.Running;

/// <summary>Words for how a process ended.</summary>
internal static class ExitReason
{
    private const int SignalBase = 128;

    public static string Of(int exitCode) => exitCode > SignalBase ? $"the process died of {Signal(exitCode - SignalBase)}" : $"the process ended with exit code {exitCode}";

    private static string Signal(int number) => number switch
    {
        4 => "SIGILL (signal 4)",
        6 => "SIGABRT (signal 6)",
        7 => "SIGBUS (signal 7)",
        8 => "SIGFPE (signal 8)",
        9 => "SIGKILL (signal 9; out of memory, or killed)",
        11 => "SIGSEGV (signal 11)",
        15 => "SIGTERM (signal 15)",
        _ => $"signal {number}",
    };
}

/// <summary>The last lines that a process printed; a native library says there why it gives up.</summary>
internal sealed class LastLines
{
    private const int Most = 5;
    private readonly Queue<string> _lines = [];

    public string[] All
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Most)
                {
                    _lines.Dequeue();
                }
            }
        }
    }
}
