using System.Runtime.InteropServices;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Native threads that have nothing to do must sleep, not spin: on few cores they starve the cell's own thread.
/// </summary>
internal static partial class QuietThreads
{
    /// <summary>
    /// Tells OpenMP so; it reads its environment when libtorch loads it, and .NET's own variables do not reach it.
    /// </summary>
    public static void Install()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
