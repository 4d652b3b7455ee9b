using System.Runtime.InteropServices;

namespace Phi4R.Native;

/// <summary>What must be settled before libtorch is loaded.</summary>
public static partial class NativeLibraries
{
    /// <summary>
    /// Lets libtorch's waiting workers sleep instead of spin (on a shared two-core machine a spinning one takes the
    /// other's core: nine times slower training was measured), and fixes the count of threads, which the last bits of a
    /// result depend on.
    /// </summary>
    /// <param name="threads">Threads of one operator; two, on every machine, by default.</param>
    public static void Prepare(int threads = 2)
    {
        if (OperatingSystem.IsLinux())
        {
            // What .NET sets in its own environment does not reach native code.
            _ = SetVariable("OMP_WAIT_POLICY", "PASSIVE", 1);
        }

        set_num_threads(threads);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
