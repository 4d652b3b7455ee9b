using System.Runtime.CompilerServices;
using Phi4R.Cli;
using Phi4R.Foundation;

// Torch's state (threads, scopes, random numbers) belongs to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Phi4R.Tests;

internal static class TestAssembly
{
    [ModuleInitializer]
    internal static void Prepare()
    {
        NativeLibraries.Prepare(threads: 1);
        HostOptions.Current = HostEnvironment.Read();
    }
}
