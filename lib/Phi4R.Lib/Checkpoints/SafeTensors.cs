using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Checkpoints;

/// <summary>One tensor's place in a safetensors file.</summary>
/// <param name="Type">F32, BF16, F16, F64, I64, I32, U8 or BOOL as the format spells it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Start">First byte, counted from the file's beginning.</param>
/// <param name="Length">Bytes.</param>
public sealed record StoredTensor(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Length);

/// <summary>The safetensors format: a header of names, types and places, then the tensors' bytes.</summary>
/// <remarks>Source: github.com/huggingface/safetensors, format description (MIT/Apache-2.0).</remarks>
public static partial class SafeTensors
{
    /// <summary>Reads every tensor of a file; the caller owns them.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="ReadHeader"/>.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var file = new MappedTensors(path);
        Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
        foreach (var entry in file.Tensors)
        {
            using var view = file.View(entry);
            tensors[entry.Name] = view.clone().DetachFromDisposeScope();
        }

        return tensors;
    }

    /// <summary>Writes tensors in the order given, atomically, a part of one of them in memory at a time.</summary>
    /// <param name="tensors">[any] each, on any device.</param>
    /// <param name="type">What they are converted to; null: as they are.</param>
    /// <param name="written">Told the name of each tensor that was written.</param>
    /// <exception cref="IOException">
    /// The disk is full or cannot be written; nothing that stood there is lost.
    /// </exception>
    public static void Write(
        string path,
        IReadOnlyList<(string Name, Tensor Value)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool durable = true,
        ScalarType? type = null,
        Action<string>? written = null)
    {
        var header = Header(tensors, type, metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                using var frozen = no_grad();
                stream.Write(header);
                foreach (var (name, value) in tensors)
                {
                    foreach (var (start, count) in Parts(value))
                    {
                        using var scope = NewDisposeScope();
                        var part = value.dim() == 0 ? value.detach() : value.detach().narrow(0, start, count);
                        NativeData.Parts(part.to_type(type ?? value.dtype).cpu().contiguous(), stream.Write);
                    }

                    written?.Invoke(name);
                }
            },
            durable);
    }

    // Rows that are converted together: an embedding of the real model has 2.5 GB in 32 bits.
    private static IEnumerable<(long Start, long Count)> Parts(Tensor value)
    {
        const long Numbers = 1 << 24;
        var rows = value.dim() == 0 ? 1 : value.shape[0];
        var each = Math.Max(1, Numbers / Math.Max(1, value.numel() / Math.Max(1, rows)));
        for (long start = 0; start < rows; start += each)
        {
            yield return (start, Math.Min(each, rows - start));
        }
    }

    internal static ScalarType TypeOf(StoredTensor entry) => Types[entry.Type].Type;
}
