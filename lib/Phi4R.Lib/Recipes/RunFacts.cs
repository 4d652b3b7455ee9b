using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Phi4R.Model;

namespace Phi4R.Recipes;

/// <summary>What a result depends on besides its settings and inputs.</summary>
/// <param name="Versions">Of the runtime and the packages that compute.</param>
/// <param name="Machine">In words.</param>
/// <param name="Code">Hash of the library's compiled instructions and constants: the same wherever the same source was built.</param>
public sealed record RunFacts(IReadOnlyDictionary<string, string> Versions, string Machine, string Code)
{
    private static readonly Lazy<RunFacts> Facts = new(Look);

    /// <summary>Of this process.</summary>
    public static RunFacts Here => Facts.Value;

    private static RunFacts Look() => new(
        new Dictionary<string, string>
        {
            [".NET"] = RuntimeInformation.FrameworkDescription,
            ["TorchSharp"] = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?",
            ["libtorch"] = __version__,
            ["Phi4R"] = typeof(RunFacts).Assembly.GetName().Version?.ToString(3) ?? "?",
        },
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, {get_num_threads()} threads of libtorch, "
            + $"vectors of {(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : 256)} bits, {(cuda.is_available() ? $"{cuda.device_count()} CUDA devices" : "no CUDA device")}",
        CodeOf(typeof(LanguageModel).Assembly));

    // Names, instructions and texts in the order of the metadata; paths and times of the build are not among them. The names of array constants are hashes of their bytes.
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
