using System.Runtime.CompilerServices;
using Phi4R.Model;

// Torch's state (threads, scopes, random numbers) belongs to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Phi4R.Tests;

internal static class TestAssembly
{
    [ModuleInitializer]
    internal static void UseOneThread() => NativeLibraries.Prepare(threads: 1);
}
