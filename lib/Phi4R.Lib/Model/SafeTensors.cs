using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>One tensor's place in a safetensors file.</summary>
/// <param name="Type">F32, BF16, F16, I64, I32, U8 or BOOL as the format spells it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Start">First byte, counted from the file's beginning.</param>
/// <param name="Length">Bytes.</param>
public sealed record StoredTensor(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Length);

/// <summary>The safetensors format: a header of names, types and places, then the tensors' bytes.</summary>
/// <remarks>Source: github.com/huggingface/safetensors, format description (MIT/Apache-2.0).</remarks>
public static class SafeTensors
{
    private const int MaxHeader = 100 << 20;

    private static readonly Dictionary<string, (ScalarType Type, int Bytes)> Types = new(StringComparer.Ordinal)
    {
        ["F32"] = (ScalarType.Float32, 4),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["F16"] = (ScalarType.Float16, 2),
        ["F64"] = (ScalarType.Float64, 8),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    /// <summary>Reads and checks a file's header.</summary>
    /// <exception cref="InvalidDataException">The header is cut, is no JSON, or a tensor's place does not fit its shape, its neighbours or the file; the message names file and tensor.</exception>
    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) ReadHeader(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Span<byte> sizeBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(sizeBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw new InvalidDataException($"{path} has {stream.Length} bytes; a safetensors file begins with 8 bytes of header length. The file is cut: get it again.");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(sizeBytes);
        if (size > MaxHeader || (long)size > stream.Length - 8)
        {
            throw new InvalidDataException($"{path} announces a header of {size} bytes, but {stream.Length - 8} bytes follow. The file is cut or not a safetensors file.");
        }

        var header = new byte[(int)size];
        stream.ReadExactly(header);
        List<StoredTensor> tensors = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                {
                    foreach (var entry in property.Value.EnumerateObject())
                    {
                        metadata[entry.Name] = entry.Value.GetString() ?? "";
                    }

                    continue;
                }

                if (!names.Add(property.Name))
                {
                    throw new InvalidDataException($"{path} has {property.Name} twice.");
                }

                tensors.Add(ReadEntry(path, property, 8 + (long)size, stream.Length));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{path} has a header that cannot be read: {exception.Message}", exception);
        }

        tensors.Sort((a, b) => a.Start.CompareTo(b.Start));
        for (var i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].Start < tensors[i - 1].Start + tensors[i - 1].Length)
            {
                throw new InvalidDataException($"{path}: the bytes of {tensors[i].Name} overlap those of {tensors[i - 1].Name}.");
            }
        }

        return (tensors, metadata);
    }

    /// <summary>Reads every tensor of a file; the caller owns them.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="ReadHeader"/>.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        var (stored, _) = ReadHeader(path);
        using var file = File.OpenHandle(path);
        Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
        foreach (var entry in stored)
        {
            var tensor = empty([.. entry.Shape], Types[entry.Type].Type);
            ReadInto(file, entry, tensor);
            tensors[entry.Name] = tensor.DetachFromDisposeScope();
        }

        return tensors;
    }

    /// <summary>Writes tensors in the order given, atomically.</summary>
    /// <param name="tensors">[any] each, on any device.</param>
    /// <exception cref="IOException">The disk is full or cannot be written; nothing that stood there is lost.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool durable = true)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var values = tensors.Select(pair => pair.Value.detach().cpu().contiguous()).ToList();
        var header = Header([.. tensors.Select(pair => pair.Name)], values, metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                foreach (var value in values)
                {
                    WriteBytes(stream, value);
                }
            },
            durable);
    }

    private static StoredTensor ReadEntry(string path, JsonProperty property, long dataStart, long fileLength)
    {
        var type = property.Value.GetProperty("dtype").GetString() ?? "";
        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToList();
        var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToList();
        if (!Types.TryGetValue(type, out var known))
        {
            throw new InvalidDataException($"{path}: {property.Name} is of type {type}; known are {string.Join(", ", Types.Keys)}.");
        }

        if (offsets.Count != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > fileLength - dataStart)
        {
            throw new InvalidDataException($"{path}: {property.Name} claims bytes {string.Join(" to ", offsets)} of {fileLength - dataStart}. The file is cut or its header lies.");
        }

        // Sizes beside a zero count too: strides are made from them.
        long widest = known.Bytes;
        foreach (var size in shape)
        {
            if (size < 0 || widest > long.MaxValue / Math.Max(1, size))
            {
                throw new InvalidDataException($"{path}: {property.Name} has the impossible shape [{string.Join(", ", shape)}].");
            }

            widest *= Math.Max(1, size);
        }

        var needed = shape.Contains(0) ? 0 : widest;

        return needed == offsets[1] - offsets[0]
            ? new StoredTensor(property.Name, type, shape, dataStart + offsets[0], needed)
            : throw new InvalidDataException($"{path}: {property.Name} of shape [{string.Join(", ", shape)}] and type {type} needs {needed} bytes; it has {offsets[1] - offsets[0]}.");
    }

    private static unsafe void ReadInto(Microsoft.Win32.SafeHandles.SafeFileHandle file, StoredTensor entry, Tensor tensor)
    {
        var target = (byte*)NativeData.Of(tensor);
        for (long done = 0; done < entry.Length;)
        {
            var part = (int)Math.Min(entry.Length - done, 1 << 26);
            var read = RandomAccess.Read(file, new Span<byte>(target + done, part), entry.Start + done);
            done += read > 0 ? read : throw new InvalidDataException($"{entry.Name} ends {entry.Length - done} bytes early; the file changed while it was read.");
        }
    }

    private static unsafe void WriteBytes(Stream stream, Tensor value)
    {
        var bytes = value.numel() * value.element_size();
        var source = (byte*)NativeData.Of(value);
        for (long done = 0; done < bytes; done += 1 << 26)
        {
            stream.Write(new ReadOnlySpan<byte>(source + done, (int)Math.Min(bytes - done, 1 << 26)));
        }
    }

    private static byte[] Header(List<string> names, List<Tensor> values, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            for (var i = 0; i < names.Count; i++)
            {
                var dtype = values[i].dtype;
                json.WriteStartObject(names[i]);
                json.WriteString("dtype", Types.First(pair => pair.Value.Type == dtype).Key);
                json.WriteStartArray("shape");
                foreach (var size in values[i].shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += values[i].numel() * values[i].element_size();
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The header is filled up with spaces so that the data begin at a multiple of eight bytes.
        var text = Encoding.UTF8.GetString(buffer.ToArray());
        text += new string(' ', (8 - (Encoding.UTF8.GetByteCount(text) % 8)) % 8);
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - 8));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(8));
        return bytes;
    }
}
