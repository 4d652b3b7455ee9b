using System.Runtime.CompilerServices;

// Torch's state (threads, scopes, random numbers) belongs to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Phi4R.Tests;

internal static class TestAssembly
{
    [ModuleInitializer]
    internal static void UseOneThread() => set_num_threads(1);
}
