namespace Phi4R.Model;

/// <summary>The memory behind a tensor on the processor.</summary>
internal static unsafe class NativeData
{
    /// <summary>The address of the first element; valid while the tensor lives.</summary>
    /// <param name="tensor">[any] contiguous, on the processor.</param>
    public static void* Of(Tensor tensor)
    {
        if (!tensor.is_contiguous() || tensor.device_type != DeviceType.CPU)
        {
            throw new ShapeException($"A kernel needs contiguous memory on the processor; it was given {tensor.device} memory with strides [{string.Join(", ", tensor.stride())}].");
        }

        return (void*)Pointer(tensor.Handle);
    }

    /// <summary>The elements as a span of 32-bit numbers.</summary>
    /// <param name="tensor">[any] contiguous 32-bit floats on the processor.</param>
    public static Span<float> Floats(Tensor tensor) => new(Of(tensor), checked((int)tensor.numel()));

    [System.Runtime.InteropServices.DllImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static extern IntPtr Pointer(IntPtr tensor);
}
