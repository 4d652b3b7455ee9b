using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>How much memory keys and values may take.</summary>
internal static class KvCacheBudget
{
    /// <summary>
    /// What <see cref="HostOptions.CacheGigabytes"/> says, or else half of what the machine or the accelerator has free
    /// now, with the weights in place.
    /// </summary>
    /// <remarks>
    /// What libtorch's allocator keeps for its next tensors does not count as free, so that after training an
    /// accelerator may seem full: a person who knows better can say so.
    /// </remarks>
    /// <exception cref="InvalidOperationException">An accelerator cannot be asked.</exception>
    public static long Bytes(Device device) => HostOptions.Current.CacheGigabytes is { } gigabytes
        ? (long)(gigabytes * 1e9)
        : (device.type == DeviceType.CPU ? HostMemory.Available() : DeviceMemory.Free(device) ?? throw Unknown(device))
            / 2;

    // The machine's own memory says nothing of a card's.
    private static InvalidOperationException Unknown(Device device) => new(
        $"How much memory {device} has free cannot be asked: no CUDA runtime (libcudart) was found. "
        + "Say in PHI4R_CACHE_GB how many gigabytes keys and values may take.");
}
