using System.Runtime.InteropServices;
using System.Text;

namespace Phi4R.Native;

/// <summary>
/// What libtorch says about itself: the libraries in it, and the kernels that they choose on this CPU.
/// </summary>
/// <remarks>
/// Source: at::show_config of libtorch 2.10 and MKL's service functions, which TorchSharp does not bind. The C++ name
/// and the way a string is returned are those of 64-bit Linux on x86; elsewhere there is nothing to read.
/// </remarks>
internal static unsafe class LibtorchBuild
{
    private const string Kernels = "CPU capability usage: ";
    private const string Mkl = "Math Kernel Library Version ";
    private const string OneDnn = "MKL-DNN v";

    private static readonly Lazy<IReadOnlyList<string>> Config =
        new(() => ReadConfig().Split('\n', StringSplitOptions.TrimEntries));

    /// <summary>Versions of the libraries inside libtorch, by name; empty where it cannot be asked.</summary>
    public static IReadOnlyDictionary<string, string> Versions => new[] { ("MKL", Mkl), ("oneDNN", OneDnn) }
        .Select(library => (Name: library.Item1, Version: After(library.Item2)))
        .Where(library => library.Version is not null)
        .ToDictionary(library => library.Name, library => library.Version!, StringComparer.Ordinal);

    /// <summary>
    /// Which kernels each library uses on this CPU, by the library's name; empty where it cannot be asked.
    /// </summary>
    /// <remarks>
    /// libtorch's are named as ATEN_CPU_CAPABILITY names them; MKL's by the numbers of its own CPU detection and of its
    /// branch for reproducible results, and whether it takes the CPU for a Zen.
    /// </remarks>
    public static IReadOnlyDictionary<string, string> Chosen
    {
        get
        {
            Dictionary<string, string> chosen = new(StringComparer.Ordinal);
            if (After(Kernels) is { } capability)
            {
                chosen["libtorch"] = capability;
            }

            if (Versions.ContainsKey("MKL"))
            {
                chosen["MKL"] = $"kernels {mkl_serv_cpu_detect()}, branch {mkl_serv_cbwr_get_auto_branch()}"
                    + (mkl_serv_cpuiszen() != 0 ? ", Zen" : "");
            }

            return chosen;
        }
    }

    // "Version 2024.2-Product Build ..." and "v3.7.1 (Git Hash ...)" end at the first space.
    private static string? After(string label) => Config.Value
        .Where(line => line.Contains(label, StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..].Split(' ')[0])
        .FirstOrDefault();

    // A std::string: a pointer to its characters, their count, and 16 bytes in which a short one stands itself.
    private static string ReadConfig()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "";
        }

        _ = torch.__version__; // Loads libtorch from where TorchSharp finds it.
        Span<nuint> text = stackalloc nuint[4];
        fixed (nuint* result = text)
        {
            show_config(result);
            return Encoding.UTF8.GetString((byte*)text[0], checked((int)text[1]));
        }
    }

    [DllImport("torch_cpu", EntryPoint = "_ZN2at11show_configB5cxx11Ev")]
    private static extern void show_config(nuint* result);

    [DllImport("torch_cpu")]
    private static extern int mkl_serv_cpu_detect();

    [DllImport("torch_cpu")]
    private static extern int mkl_serv_cbwr_get_auto_branch();

    [DllImport("torch_cpu")]
    private static extern int mkl_serv_cpuiszen();
}
