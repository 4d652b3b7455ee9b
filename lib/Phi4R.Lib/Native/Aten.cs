using System.Runtime.InteropServices;

namespace Phi4R.Native;

/// <summary>
/// The operators of libtorch that TorchSharp does not bind, through libtorch's stable C interface; gradients flow.
/// </summary>
/// <remarks>
/// Source: libtorch 2.10, torch/csrc/stable. Every argument of an operator's schema stands on the stack in order; a
/// tensor handle on the stack is consumed by the call. A refused call returns an error code; libtorch prints its reason
/// on standard error.
/// </remarks>
internal static unsafe class Aten
{
    private static readonly ulong Version = aoti_torch_abi_version();
    private static readonly Lazy<bool> MultipliesHalves = new(() => Multiplies(CUDA));

    /// <summary>Scaled dot-product attention in which each key/value head serves a run of query heads.</summary>
    /// <param name="queries">[B, H, T, C].</param>
    /// <param name="keys">[B, K, S, C].</param>
    /// <param name="values">[B, K, S, C].</param>
    /// <param name="mask">[B, 1, T, S], true where a query may look, or null for a causal pass.</param>
    /// <returns>[B, H, T, C].</returns>
    public static Tensor GroupedAttention(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        // An accelerator's flash kernel shares heads, but takes neither masks nor 32 bits; the one that takes them
        // shares none, and without it all scores would be kept.
        var group = queries.shape[1] / keys.shape[1];
        if (group > 1 && queries.device_type != DeviceType.CPU
            && (mask is not null || queries.dtype == ScalarType.Float32))
        {
            using var scope = NewDisposeScope();
            return Attention(queries, keys.repeat_interleave(group, 1), values.repeat_interleave(group, 1), mask)
                .MoveToOuterDisposeScope();
        }

        return Attention(queries, keys, values, mask);
    }

    private static Tensor Attention(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        Span<ulong> stack =
        [
            Handle(queries), Handle(keys), Handle(values), mask is null ? 0 : Optional(Handle(mask)),
            Number(0), mask is null ? 1UL : 0, 0, 1,
        ];
        Call("aten::scaled_dot_product_attention\0"u8, stack);
        return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
    }

    /// <summary>
    /// Attention of one query to what its sequence has cached, each key and value read once for all query heads that
    /// share them.
    /// </summary>
    /// <param name="queries">[B, H, 1, C].</param>
    /// <param name="keys">[B, K, S, C].</param>
    /// <param name="values">[B, K, S, C].</param>
    /// <param name="mask">[B, 1, 1, S], true where a query may look.</param>
    /// <returns>[B, H, 1, C].</returns>
    public static Tensor SingleQueryAttention(Tensor queries, Tensor keys, Tensor values, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (batch, heads, width) = (queries.shape[0], queries.shape[1], queries.shape[3]);
        var grouped = queries.reshape(batch * keys.shape[1], -1, width);  // [B * K, H / K, C]
        // [B * K, H / K, S]
        var scores = WideProduct(grouped, keys.flatten(0, 1).transpose(1, 2))
            .mul_(RootedScalar.Of(1 / Math.Sqrt(width)))
            .view(batch, keys.shape[1], -1, keys.shape[2]);  // [B, K, H / K, S]
        scores.masked_fill_(mask.logical_not(), RootedScalar.Of(double.NegativeInfinity));
        return scores.softmax(-1).to_type(values.dtype).matmul(values).view(batch, heads, 1, width)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Products of matrices with sums and results in 32 bits: rounded to 16, scores of 256 and more would be two apart.
    /// </summary>
    /// <param name="left">[B, M, I].</param>
    /// <param name="right">[B, I, N] of the same type.</param>
    /// <returns>[B, M, N] in 32 bits.</returns>
    public static Tensor WideProduct(Tensor left, Tensor right)
    {
        if (HasWideProducts(left))
        {
            return ProductOfHalves(left, right);
        }

        using var scope = NewDisposeScope();
        return left.to_type(ScalarType.Float32).bmm(right.to_type(ScalarType.Float32)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether the device of a 16-bit tensor multiplies such without widening them first.</summary>
    /// <param name="tensor">[any].</param>
    public static bool HasWideProducts(Tensor tensor) =>
        tensor.device_type == DeviceType.CUDA && tensor.dtype == ScalarType.BFloat16 && MultipliesHalves.Value;

    // The operator is young: a device without it, or with another meaning, is asked once.
    private static bool Multiplies(Device device)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        try
        {
            var factor = full([1, 2, 2], RootedScalar.Of(1.5), dtype: ScalarType.BFloat16, device: device);
            var product = ProductOfHalves(factor, factor);
            return product.dtype == ScalarType.Float32 && product.eq(RootedScalar.Of(4.5)).all().AsBoolean();
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static Tensor ProductOfHalves(Tensor left, Tensor right)
    {
        Span<ulong> stack = [Handle(left), Handle(right), (ulong)ScalarType.Float32];
        Call("aten::bmm\0"u8, stack, "dtype\0"u8);
        return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
    }

    /// <summary>One AdamW step of all tensors at once.</summary>
    /// <param name="weights">[any] each; changed in place.</param>
    /// <param name="gradients">[as the weights] each; divided by <paramref name="gradientScale"/> in place.</param>
    /// <param name="firstMoments">[as the weights] each.</param>
    /// <param name="secondMoments">[as the weights] each.</param>
    /// <param name="steps">[] each: how often this tensor was changed, this step included.</param>
    /// <param name="gradientScale">[] what gradients are divided by first.</param>
    public static void FusedAdamW(
        IReadOnlyList<Tensor> weights,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor> steps,
        (double Rate, double Beta1, double Beta2, double Decay, double Epsilon) numbers,
        Tensor gradientScale)
    {
        Span<ulong> stack =
        [
            Handles(weights), Handles(gradients), Handles(firstMoments), Handles(secondMoments), Handles([]),
            Handles(steps),
            Number(numbers.Rate), Number(numbers.Beta1), Number(numbers.Beta2), Number(numbers.Decay),
            Number(numbers.Epsilon), 0, 0,
            Optional(Handle(gradientScale)), 0,
        ];
        Call("aten::_fused_adamw_\0"u8, stack);
    }

    /// <summary>The root-mean-square norm in one kernel on CUDA, computed in 32 bits.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="weight">[D] of the same type.</param>
    /// <returns>[..., D].</returns>
    public static Tensor RootMeanSquareNorm(Tensor x, Tensor weight, double epsilon)
    {
        Span<ulong> stack = [Handle(x), List([(ulong)weight.shape[0]]), Optional(Handle(weight)),
            Optional(Number(epsilon))];
        Call("aten::rms_norm\0"u8, stack);
        return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
    }

    /// <summary>Rows of a table.</summary>
    /// <param name="weight">[V, D].</param>
    /// <param name="ids">[B, T].</param>
    /// <returns>[B, T, D].</returns>
    public static Tensor Embedding(Tensor weight, Tensor ids)
    {
        Span<ulong> stack = [Handle(weight), Handle(ids), ulong.MaxValue, 0, 0];
        Call("aten::embedding\0"u8, stack);
        return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
    }

    /// <summary>A tensor over memory that belongs to someone else and outlives it.</summary>
    public static Tensor Borrowed(void* memory, IReadOnlyList<long> shape, ScalarType type)
    {
        Span<long> sizes = stackalloc long[Math.Max(1, shape.Count)],
            strides = stackalloc long[Math.Max(1, shape.Count)];
        for (var (i, stride) = (shape.Count - 1, 1L); i >= 0; i--)
        {
            (sizes[i], strides[i]) = (shape[i], stride);
            stride *= Math.Max(1, shape[i]);
        }

        IntPtr handle;
        fixed (long* size = sizes, stride = strides)
        {
            if (aoti_torch_create_tensor_from_blob(memory, shape.Count, size, stride, 0, (int)type, 0, 0, &handle) != 0)
            {
                throw new InvalidOperationException($"libtorch made no tensor of shape [{string.Join(", ", shape)}] "
                    + $"over memory of type {type}; its reason stands on standard error.");
            }
        }

        return Tensor.UnsafeCreateTensor(handle);
    }

    private static void Call(ReadOnlySpan<byte> name, Span<ulong> stack) => Call(name, stack, "\0"u8);

    private static void Call(ReadOnlySpan<byte> name, Span<ulong> stack, ReadOnlySpan<byte> variant)
    {
        fixed (byte* operation = name, overload = variant)
        fixed (ulong* values = stack)
        {
            if (torch_call_dispatcher(operation, overload, values, Version) != 0)
            {
                throw new InvalidOperationException(
                    $"libtorch refused {System.Text.Encoding.ASCII.GetString(name[..^1])}; its reason stands on "
                        + "standard error. "
                    + "Check the shapes and types of the arguments.");
            }
        }
    }

    private static ulong Handle(Tensor tensor)
    {
        IntPtr handle;
        if (aoti_torch_new_tensor_handle(tensor.Handle, &handle) != 0)
        {
            throw new InvalidOperationException("libtorch gave no handle for a tensor; was it disposed?");
        }

        GC.KeepAlive(tensor);
        return (ulong)handle;
    }

    private static ulong Handles(IReadOnlyList<Tensor> tensors) => List([.. tensors.Select(Handle)]);

    private static ulong List(ReadOnlySpan<ulong> values)
    {
        IntPtr list;
        var failed = torch_new_list_reserve_size((nuint)values.Length, &list);
        foreach (var value in values)
        {
            failed |= torch_list_push_back(list, value);
        }

        if (failed != 0)
        {
            throw new InvalidOperationException($"libtorch made no list of {values.Length}.");
        }

        return (ulong)list;
    }

    private static ulong Number(double value) => BitConverter.DoubleToUInt64Bits(value);

    // An optional argument is passed by address; libtorch frees the cell.
    private static ulong Optional(ulong value)
    {
        var cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    [DllImport("torch_cpu")]
    private static extern int torch_call_dispatcher(byte* operation, byte* overload, ulong* stack, ulong version);

    [DllImport("torch_cpu")]
    private static extern int aoti_torch_create_tensor_from_blob(void* data, long dimensions, long* sizes,
        long* strides, long offset, int type, int deviceType, int deviceIndex, IntPtr* handle);

    [DllImport("torch_cpu")]
    private static extern int aoti_torch_new_tensor_handle(IntPtr original, IntPtr* handle);

    [DllImport("torch_cpu")]
    private static extern int torch_new_list_reserve_size(nuint size, IntPtr* list);

    [DllImport("torch_cpu")]
    private static extern int torch_list_push_back(IntPtr list, ulong value);

    [DllImport("torch_cpu")]
    private static extern ulong aoti_torch_abi_version();
}
