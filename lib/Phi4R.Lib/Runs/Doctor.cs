using System.Runtime.InteropServices;
using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Runs;

/// <summary>One thing that a run needs.</summary>
/// <param name="Found">What was found.</param>
/// <param name="Fine">Whether it will do.</param>
/// <param name="Advice">What to do where it will not; empty where it will.</param>
public sealed record Finding(string Subject, string Found, bool Fine, string Advice);

/// <summary>Looks at the machine from within this very process.</summary>
public static class Doctor
{
    private const long Gigabyte = 1 << 30;

    /// <summary>All findings; takes a second, most of it loading libtorch.</summary>
    /// <param name="model">
    /// Folder of a released model; null means the one that <see cref="HostOptions.Model"/> names, if any.
    /// </param>
    public static IReadOnlyList<Finding> Check(string? model = null)
    {
        List<Finding> findings =
            [Platform(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture), Sdk()];
        findings.Add(Torch());
        if (findings[^1].Fine)
        {
            findings.Add(DeviceFinding());
        }

        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        findings.Add(new("memory", $"{memory / (double)Gigabyte:F1} GiB", memory > 3 * Gigabyte,
            "The pocket recipe needs about 3 GiB; close something."));
        var folder = HostOptions.Current.RunsFolder;
        Directory.CreateDirectory(folder);
        var disk = new DriveInfo(folder).AvailableFreeSpace;
        findings.Add(new("disk", $"{disk / (double)Gigabyte:F1} GiB free for {Path.GetFileName(folder)}/",
            disk > Gigabyte, "A run needs about 0.2 GiB; free some space or set PHI4R_RUNS."));
        findings.Add(new("cores", $"{Environment.ProcessorCount}, vectors of "
            + $"{(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512
                : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256 : 128)} bits", true, ""));
        findings.Add(JupyterKernel.Check());
        findings.AddRange(ModelFolder.Check(model ?? HostOptions.Current.Model));
        return [.. findings.Select(finding => finding.Fine ? finding with { Advice = "" } : finding)];
    }

    /// <summary>The device that <see cref="HostOptions.Device"/> asks for: cpu, auto, cuda or cuda:N.</summary>
    /// <exception cref="InvalidOperationException">
    /// CUDA is asked for and is not there; a run never falls back silently.
    /// </exception>
    public static Device ChosenDevice()
    {
        var wanted = HostOptions.Current.Device;
        return wanted switch
        {
            "cpu" => CPU,
            "auto" => cuda.is_available() ? CUDA : CPU,
            _ when !wanted.StartsWith("cuda", StringComparison.Ordinal) =>
                throw new InvalidOperationException(
                    $"PHI4R_DEVICE is '{wanted}'; it can be cpu, auto, cuda or cuda:N."),
            _ when cuda.is_available() => device(wanted),
            _ => throw new InvalidOperationException($"PHI4R_DEVICE is '{wanted}', but this process sees no CUDA "
                + "device. Run environment/setup with PHI4R_DEVICE=cuda on a machine with an NVIDIA driver, "
                + "or unset it."),
        };
    }

    /// <summary>libtorch's package, and how it is made to load, are for one system and one architecture.</summary>
    internal static Finding Platform(bool isLinux, Architecture processor) => new(
        "platform", $"{(isLinux ? "Linux" : RuntimeInformation.OSDescription)} on {processor}",
        isLinux && processor == Architecture.X64,
        "Phi4R runs on 64-bit x64 Linux, WSL2 included; on another machine in a container that emulates one "
            + "(docker run --platform linux/amd64).");

    /// <summary>Cells need the runtime; building, and a <c>#r "nuget:"</c> in a cell, need the SDK beside it.</summary>
    private static Finding Sdk()
    {
        var folder = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "sdk");
        var newest = Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path))
                .Where(name => Version.TryParse(name.Split('-')[0], out var version) && version.Major >= 10)
                .Max(StringComparer.Ordinal)
            : null;
        return new(".NET", $"{RuntimeInformation.FrameworkDescription}, "
            + $"{(newest is null ? "no SDK 10 beside it" : $"SDK {newest}")}", newest is not null,
            "Install the .NET 10 SDK (https://dotnet.microsoft.com/download/dotnet/10.0) and run environment/setup.");
    }

    private static Finding Torch()
    {
        try
        {
            NativeLibraries.Prepare();
            using var three = ones(3).sum();
            return new("libtorch", $"loads, {get_num_threads()} threads; 1 + 1 + 1 = {three.AsDouble()}",
                three.AsDouble() == 3, "Run environment/setup again.");
        }
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException
            or TypeInitializationException or EntryPointNotFoundException)
        {
            return new("libtorch", exception.GetBaseException().Message, false,
                "Run environment/setup, which makes it load where the system's libstdc++ is older than it wants.");
        }
    }

    private static Finding DeviceFinding()
    {
        try
        {
            return new("device", $"{ChosenDevice()}", true, "");
        }
        catch (InvalidOperationException exception)
        {
            return new("device", exception.Message, false, "Unset PHI4R_DEVICE for the processor.");
        }
    }
}
