using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Phi4R.Native;

namespace Phi4R.Runs;

/// <summary>
/// The CPU of a run, and what .NET and libtorch make of it: on another one, sums are added up in another order.
/// </summary>
public sealed record CpuFacts
{
    /// <summary>As the CPU says it, such as GenuineIntel; empty where it cannot be asked.</summary>
    public required string Vendor { get; init; }

    /// <summary>As the CPU says it, with family, model and stepping, which tell those of one name apart.</summary>
    public required string Name { get; init; }

    /// <summary>Those that .NET compiles for, by the names of their classes.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>Which kernels each native library uses, by the library's name.</summary>
    public required IReadOnlyDictionary<string, string> Kernels { get; init; }

    /// <summary>That the process sees.</summary>
    public required int Cores { get; init; }

    /// <summary>Of one operator of libtorch.</summary>
    public required int Threads { get; init; }

    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Lazy<CpuFacts> Facts = new(Look);

    /// <summary>Of this process, with the threads that libtorch has now.</summary>
    public static CpuFacts Here => Facts.Value with { Threads = get_num_threads() };

    /// <summary>What differs between two, a line each.</summary>
    internal static IEnumerable<string> Differences(CpuFacts a, CpuFacts b)
    {
        if ((a.Vendor, a.Name) != (b.Vendor, b.Name))
        {
            yield return $"the processor is {a.Vendor} {a.Name} and {b.Vendor} {b.Name}";
        }

        var libraries = a.Kernels.Keys.Union(b.Kernels.Keys);
        foreach (var library in libraries.Where(library => Kernel(a, library) != Kernel(b, library)))
        {
            yield return $"{library} computes with {Kernel(a, library)} and {Kernel(b, library)}";
        }

        var (onlyA, onlyB) = (a.InstructionSets.Except(b.InstructionSets), b.InstructionSets.Except(a.InstructionSets));
        if (onlyA.Any() || onlyB.Any())
        {
            yield return $".NET's instruction sets: {List(onlyA)} only in the first, {List(onlyB)} only in the second";
        }

        if (a.Cores != b.Cores)
        {
            yield return $"{a.Cores} cores and {b.Cores}";
        }

        if (a.Threads != b.Threads)
        {
            yield return $"{a.Threads} threads of libtorch and {b.Threads}";
        }

        static string Kernel(CpuFacts facts, string library) =>
            facts.Kernels.GetValueOrDefault(library, "not recorded");

        static string List(IEnumerable<string> names) => names.Any() ? string.Join(", ", names) : "none";
    }

    private static CpuFacts Look()
    {
        var (vendor, name) = X86Base.IsSupported ? Identified() : ("", $"{RuntimeInformation.ProcessArchitecture}");
        return new CpuFacts
        {
            Vendor = vendor,
            Name = name,
            InstructionSets = [.. Supported().Order(StringComparer.Ordinal)],
            Kernels = LibtorchBuild.Chosen,
            Cores = Environment.ProcessorCount,
            Threads = get_num_threads()
        };
    }

    // Source: Intel 64 manual, volume 2A, CPUID: leaf 0 holds the vendor, 1 the family, 0x80000002 to 4 the name.
    private static (string Vendor, string Name) Identified()
    {
        var (_, first, third, second) = X86Base.CpuId(0, 0);
        var vendor = Text(first, second, third);
        var (signature, _, _, _) = X86Base.CpuId(1, 0);
        var (family, model) = ((signature >> 8) & 0xF, (signature >> 4) & 0xF);
        (family, model) = (
            family + (family == 0xF ? (signature >> 20) & 0xFF : 0),
            model + (family is 6 or 0xF ? ((signature >> 16) & 0xF) << 4 : 0));
        var name = string.Concat(Enumerable.Range(2, 3).Select(leaf =>
        {
            var (a, b, c, d) = X86Base.CpuId(unchecked((int)0x80000000) + leaf, 0);
            return Text(a, b, c, d);
        }));
        return (vendor, $"{name.Trim('\0', ' ')} (family {family}, model {model}, stepping {signature & 0xF})");
    }

    private static string Text(params ReadOnlySpan<int> registers)
    {
        Span<byte> bytes = stackalloc byte[registers.Length * sizeof(int)];
        for (var i = 0; i < registers.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * sizeof(int))..], registers[i]);
        }

        return Encoding.ASCII.GetString(bytes);
    }

    // Each class of intrinsics has a static IsSupported, so a set that .NET learns of later is among them.
    private static IEnumerable<string> Supported() =>
        from type in typeof(X86Base).Assembly.GetExportedTypes()
        where type is { IsNested: false, Namespace: "System.Runtime.Intrinsics.X86" or "System.Runtime.Intrinsics.Arm" }
        let supported = type.GetProperty("IsSupported", Declared)
        where supported is not null && (bool)supported.GetValue(null)!
        select type.Name;
}
