using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Runs;

/// <summary>What a result depends on besides its settings and inputs.</summary>
/// <param name="Versions">Of the operating system, the runtime and the libraries that compute.</param>
/// <param name="Machine">In words.</param>
/// <param name="Code">
/// Hash of the library's compiled instructions and constants: the same wherever the same source was built.
/// </param>
/// <param name="Processor">Null in records of before it was kept.</param>
public sealed record RunFacts(
    IReadOnlyDictionary<string, string> Versions, string Machine, string Code, CpuFacts? Processor = null)
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Libraries = new(LookAtVersions);
    private static readonly Lazy<string> Compiled = new(() => CodeOf(typeof(LanguageModel).Assembly));

    /// <summary>Of this process, with the threads that libtorch has now.</summary>
    public static RunFacts Here => new(Libraries.Value, InWords(), Compiled.Value, CpuFacts.Here);

    /// <summary>
    /// What differs between two, a line each: processor and threads first, then versions, the machine and the code.
    /// </summary>
    internal static IEnumerable<string> Differences(RunFacts a, RunFacts b)
    {
        if (a.Processor is { } first && b.Processor is { } second)
        {
            foreach (var line in CpuFacts.Differences(first, second))
            {
                yield return line;
            }
        }
        else if (a.Processor is not null || b.Processor is not null)
        {
            yield return $"the processor is {Name(a)} and {Name(b)}";
        }

        foreach (var name in a.Versions.Keys.Union(b.Versions.Keys).Where(name => Version(a, name) != Version(b, name)))
        {
            yield return $"the version of {name} is {Version(a, name)} and {Version(b, name)}";
        }

        if (a.Machine != b.Machine)
        {
            yield return $"the machine is \"{a.Machine}\" and \"{b.Machine}\"";
        }

        if (a.Code != b.Code && a.Code.Length > 0 && b.Code.Length > 0)
        {
            yield return $"the code is another ({a.Code[..12]} and {b.Code[..12]})";
        }

        static string Name(RunFacts facts) =>
            facts.Processor is { } known ? $"{known.Vendor} {known.Name}" : "not recorded";

        static string Version(RunFacts facts, string name) => facts.Versions.GetValueOrDefault(name, "not recorded");
    }

    private static IReadOnlyDictionary<string, string> LookAtVersions()
    {
        Dictionary<string, string> versions = new(StringComparer.Ordinal)
        {
            ["system"] = RuntimeInformation.OSDescription,
            [".NET"] = RuntimeInformation.FrameworkDescription,
            ["TorchSharp"] = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion.Split('+')[0] ?? "?",
            ["libtorch"] = __version__,
            ["Phi4R"] = typeof(RunFacts).Assembly.GetName().Version?.ToString(3) ?? "?",
        };
        foreach (var (library, built) in LibtorchBuild.Versions)
        {
            versions[library] = built;
        }

        if (CLibrary() is { } version)
        {
            versions["glibc"] = version;
        }

        return versions;
    }

    // .NET's exponentials and logarithms are those of the system's C library.
    private static string? CLibrary()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Marshal.PtrToStringUTF8(gnu_get_libc_version()) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // Another C library, such as musl, which tells no version.
        }
    }

    [DllImport("libc")]
    private static extern IntPtr gnu_get_libc_version();

    private static string InWords()
    {
        var bits = System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : 256;
        var devices = cuda.is_available() ? $"{cuda.device_count()} CUDA devices" : "no CUDA device";
        return $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, "
            + $"{Environment.ProcessorCount} cores, {get_num_threads()} threads of libtorch, "
            + $"vectors of {bits} bits, {devices}";
    }

    // Names, instructions and texts in the order of the metadata; paths and times of the build are not among them. The
    // names of array constants are hashes of their bytes.
    internal static string CodeOf(Assembly assembly)
    {
        if (!File.Exists(assembly.Location))
        {
            return assembly.ManifestModule.ModuleVersionId.ToString("N");
        }

        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var method in reader.MethodDefinitions.Select(reader.GetMethodDefinition))
        {
            Add(reader.GetString(method.Name));
            if (method.RelativeVirtualAddress != 0)
            {
                hash.AppendData(file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? []);
            }
        }

        foreach (var field in reader.FieldDefinitions.Select(reader.GetFieldDefinition))
        {
            Add(reader.GetString(field.Name));
        }

        for (var text = MetadataTokens.UserStringHandle(0); ;)
        {
            text = reader.GetNextHandle(text);
            if (text.IsNil)
            {
                return Convert.ToHexStringLower(hash.GetHashAndReset());
            }

            Add(reader.GetUserString(text));
        }

        void Add(string value) => hash.AppendData(Encoding.UTF8.GetBytes(value + "\n"));
    }
}
