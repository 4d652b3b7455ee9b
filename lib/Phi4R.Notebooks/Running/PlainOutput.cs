using Microsoft.Win32.SafeHandles;

namespace Phi4R.Notebooks.Running;

/// <summary>This process's standard output, past the console.</summary>
internal static class PlainOutput
{
    private const int StandardOutput = 1;

    /// <summary>
    /// Opens it. The console's own stream takes the lock of Console.Out for each write, and a cell that prints holds
    /// that lock while it waits for its outputs': two threads would wait for each other.
    /// </summary>
    public static TextWriter Open()
    {
        var stream = OperatingSystem.IsWindows()
            ? Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return new StreamWriter(stream) { AutoFlush = true };
    }
}
