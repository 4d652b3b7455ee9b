using System.Runtime.CompilerServices;
using Phi4R.Model;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Phi4R.Tests;

/// <summary>Torch's state is global: tests run one after the other, on one thread of libtorch.</summary>
internal static class Assembly
{
    [ModuleInitializer]
    internal static void Prepare() => NativeLibraries.Prepare(threads: 1);
}
