using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Checkpoints;

// The header: a length, then JSON of names, types and places.
public static partial class SafeTensors
{
    private const int MaxHeader = 100 << 20;
    private const int MaxDimensions = 16;

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

    // A name or a field that stands there twice has two meanings.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads and checks a file's header; no more than the header is read or allocated.</summary>
    /// <exception cref="InvalidDataException">
    /// The header is cut, is no JSON, or a tensor's place does not fit its shape, its neighbors or the file; the
    /// message names file and tensor.
    /// </exception>
    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) ReadHeader(
        string path)
    {
        using var stream = new FileStream(OrdinaryFile.Checked(path), FileMode.Open, FileAccess.Read, FileShare.Read);
        Span<byte> sizeBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(sizeBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw new InvalidDataException($"{path} has {stream.Length} bytes; a safetensors file begins with 8 "
                + "bytes of header length. The file is incomplete: get it again.");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(sizeBytes);
        if (size > MaxHeader || (long)size > stream.Length - 8)
        {
            throw new InvalidDataException($"{path} announces a header of {size} bytes, but {stream.Length - 8} "
                + $"bytes follow and {MaxHeader} are the most a header may have. The file is incomplete or not a "
                + "safetensors file.");
        }

        var header = new byte[(int)size];
        stream.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header, Strict);
            Dictionary<string, string> metadata = new(StringComparer.Ordinal);
            List<StoredTensor> tensors = [];
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__")
                {
                    tensors.Add(ReadEntry(path, property, 8 + (long)size, stream.Length));
                    continue;
                }

                foreach (var entry in property.Value.EnumerateObject())
                {
                    metadata[entry.Name] = entry.Value.GetString()
                        ?? throw new FormatException($"__metadata__ holds null under {entry.Name}.");
                }
            }

            CheckPlaces(path, tensors, 8 + (long)size, stream.Length);
            return (tensors, metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException
            or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{path} has a header that cannot be read: {exception.Message}", exception);
        }
    }

    // The format's rule: the tensors fill the data from its first byte to its last, without holes and without overlap.
    private static void CheckPlaces(string path, List<StoredTensor> tensors, long dataStart, long fileLength)
    {
        tensors.Sort((a, b) => (a.Start, a.Length).CompareTo((b.Start, b.Length)));
        var (end, before) = (dataStart, "the header");
        foreach (var tensor in tensors)
        {
            if (tensor.Start < end)
            {
                throw new InvalidDataException($"{path}: the bytes of {tensor.Name} overlap those of {before}.");
            }

            if (tensor.Start > end)
            {
                throw new InvalidDataException($"{path}: {tensor.Start - end} bytes between {before} and "
                    + $"{tensor.Name} belong to no tensor. The header lies.");
            }

            (end, before) = (tensor.Start + tensor.Length, tensor.Name);
        }

        if (end != fileLength)
        {
            throw new InvalidDataException($"{path}: {fileLength - end} bytes after {before} belong to no tensor. "
                + "The header lies, or something was appended.");
        }
    }

    private static StoredTensor ReadEntry(string path, JsonProperty property, long dataStart, long fileLength)
    {
        var type = property.Value.GetProperty("dtype").GetString() ?? "";
        var (places, sizes) = (property.Value.GetProperty("data_offsets"), property.Value.GetProperty("shape"));
        if (!Types.TryGetValue(type, out var known))
        {
            throw new InvalidDataException($"{path}: {property.Name} is of type {type}; known are "
                + $"{string.Join(", ", Types.Keys)}.");
        }

        if (sizes.GetArrayLength() > MaxDimensions)
        {
            throw new InvalidDataException($"{path}: {property.Name} has {sizes.GetArrayLength()} dimensions; "
                + $"{MaxDimensions} are the most that are read.");
        }

        var shape = sizes.EnumerateArray().Select(size => size.GetInt64()).ToList();
        var offsets = places.GetArrayLength() == 2
            ? places.EnumerateArray().Select(offset => offset.GetInt64()).ToList()
            : [];
        if (offsets.Count != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > fileLength - dataStart)
        {
            throw new InvalidDataException($"{path}: {property.Name} claims bytes {string.Join(" to ", offsets)} of "
                + $"{fileLength - dataStart}. The file is incomplete or its header lies.");
        }

        // Sizes beside a zero count too: strides are made from them.
        long widest = known.Bytes;
        foreach (var size in shape)
        {
            if (size < 0 || widest > long.MaxValue / Math.Max(1, size))
            {
                throw new InvalidDataException($"{path}: {property.Name} has the impossible shape "
                    + $"[{string.Join(", ", shape)}].");
            }

            widest *= Math.Max(1, size);
        }

        var needed = shape.Contains(0) ? 0 : widest;
        return needed == offsets[1] - offsets[0]
            ? new StoredTensor(property.Name, type, shape, dataStart + offsets[0], needed)
            : throw new InvalidDataException($"{path}: {property.Name} of shape [{string.Join(", ", shape)}] and "
                + $"type {type} needs {needed} bytes; it has {offsets[1] - offsets[0]}.");
    }

    // As other writers of the format make it, so that a file which is read and written again has the same bytes.
    private static byte[] Header(IReadOnlyList<(string Name, Tensor Value)> tensors, ScalarType? type,
        IReadOnlyDictionary<string, string>? metadata)
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
            foreach (var (name, value) in tensors)
            {
                var (spelled, known) = Types.FirstOrDefault(pair => pair.Value.Type == (type ?? value.dtype));
                json.WriteStartObject(name);
                json.WriteString("dtype", spelled ?? throw new ArgumentException($"{name} is of type {value.dtype}, "
                    + "which a safetensors file of ours does not hold."));
                json.WriteStartArray("shape");
                foreach (var size in value.shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += value.numel() * known.Bytes;
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
