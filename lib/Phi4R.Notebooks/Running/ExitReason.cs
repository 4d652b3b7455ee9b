using System.Text.RegularExpressions;

namespace Phi4R.Notebooks.Running;

/// <summary>Words for how a process ended.</summary>
internal static class ExitReason
{
    private const int SignalBase = 128;

    /// <summary>The exit code of a kernel that was told to give up its cell.</summary>
    public const int GivenUp = 75;

    private const string StackOverflow = "Stack overflow";
    private const string FailFast = "Process terminated.";

    /// <summary>Whether the runtime says in this line why it ends the process.</summary>
    public static bool IsTold(string line) =>
        line.StartsWith(StackOverflow, StringComparison.Ordinal) || line.StartsWith(FailFast, StringComparison.Ordinal);

    /// <param name="last">What the process printed last.</param>
    public static string Of(int exitCode, IReadOnlyList<string> last) => exitCode switch
    {
        GivenUp => "the cell did not stop when it was interrupted twice, so its process was ended",
        _ when last.Any(line => line.StartsWith(StackOverflow, StringComparison.Ordinal)) =>
            "the cell called itself too deeply: its stack overflowed",
        _ when last.Any(line => line.StartsWith(FailFast, StringComparison.Ordinal)) =>
            "the process was ended by Environment.FailFast",
        > SignalBase => $"the process died of {Signal(exitCode - SignalBase)}, most likely in native code",
        _ => $"the process ended with exit code {exitCode}, most likely by Environment.Exit",
    };

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

/// <summary>
/// The last lines that a process printed; a native library says there why it gives up. Frames of the kernel's own and
/// of native code are left out.
/// </summary>
internal sealed partial class LastLines
{
    private const int Most = 5;
    private readonly Queue<string> _lines = [];
    private string? _reason; // kept apart: the reader's own frames follow it, and may be many

    public string[] All
    {
        get
        {
            lock (_lines)
            {
                return _reason is null || _lines.Contains(_reason) ? [.. _lines] : [_reason, .. _lines];
            }
        }
    }

    public void Add(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line) && !Frame().IsMatch(line))
        {
            lock (_lines)
            {
                _reason = ExitReason.IsTold(line) ? line : _reason;
                _lines.Enqueue(line);
                if (_lines.Count > Most)
                {
                    _lines.Dequeue();
                }
            }
        }
    }

    [GeneratedRegex(@"^frame #\d+:|^Exception raised from |^-+$|^\s+at (System\.|Phi4R\.Notebooks\."
        + @"|Submission#\d+(\.<|\+<<Initialize))")]
    private static partial Regex Frame();
}
