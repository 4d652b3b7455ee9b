using System.Globalization;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>How much memory keys and values may take.</summary>
internal static class CacheRoom
{
    private const string Variable = "PHI4R_CACHE_GB";

    /// <summary>What PHI4R_CACHE_GB says, or else half of what the machine or the accelerator has free now, with the weights in place.</summary>
    /// <remarks>What libtorch's allocator keeps for its next tensors does not count as free, so that after training an accelerator may seem full: a person who knows better can say so.</remarks>
    /// <exception cref="InvalidOperationException">An accelerator cannot be asked.</exception>
    /// <exception cref="ArgumentException">PHI4R_CACHE_GB is no number above 0.</exception>
    public static long Bytes(Device device) => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set
        ? double.TryParse(set, CultureInfo.InvariantCulture, out var gigabytes) && gigabytes is > 0 and < 1e6 ? (long)(gigabytes * 1e9) : throw new ArgumentException($"{Variable} is '{set}'; it must be gigabytes above 0.")
        : (device.type == DeviceType.CPU ? HostMemory.Available() : DeviceMemory.Free(device) ?? throw Unknown(device)) / 2;

    // The machine's own memory says nothing of a card's.
    private static InvalidOperationException Unknown(Device device) => new(
        $"How much memory {device} has free cannot be asked: no CUDA runtime (libcudart) was found. "
        + $"Say in {Variable} how many gigabytes keys and values may take.");
}
