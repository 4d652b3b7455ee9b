using System.Diagnostics;

namespace Phi4R.Notebooks.Sessions;

/// <summary>A folder of this process that is gone when the process is; what a killed process left is removed by the next one.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "phi4r-session-";
    private static int Count;

    public TemporaryFolder()
    {
        RemoveOrphans();
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref Count)}");
        Remove(Path);
        Directory.CreateDirectory(Path);
        AppDomain.CurrentDomain.ProcessExit += RemoveAtExit;
    }

    public string Path { get; }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= RemoveAtExit;
        Remove(Path);
    }

    private void RemoveAtExit(object? sender, EventArgs e) => Remove(Path);

    private static void RemoveOrphans()
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            var name = System.IO.Path.GetFileName(folder)[Prefix.Length..];
            if (int.TryParse(name.Split('-')[0], out var process) && process != Environment.ProcessId && !IsRunning(process))
            {
                Remove(folder);
            }
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use (Windows), or another user's: the next process tries again.
        }
    }
}
