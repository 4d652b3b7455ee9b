using Phi4R.Foundation;

namespace Phi4R.Model;

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

    /// <summary>Writes tensors in the order given, atomically, one of them in memory at a time.</summary>
    /// <param name="tensors">[any] each, on any device.</param>
    /// <param name="type">What they are converted to; null: as they are.</param>
    /// <exception cref="IOException">The disk is full or cannot be written; nothing that stood there is lost.</exception>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool durable = true, ScalarType? type = null)
    {
        var header = Header(tensors, type, metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                using var frozen = no_grad();
                stream.Write(header);
                foreach (var (_, value) in tensors)
                {
                    using var scope = NewDisposeScope();
                    NativeData.Parts(value.detach().to_type(type ?? value.dtype).cpu().contiguous(), stream.Write);
                }
            },
            durable);
    }

    internal static ScalarType TypeOf(StoredTensor entry) => Types[entry.Type].Type;
}
