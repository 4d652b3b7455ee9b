using System.Text;

namespace Phi4R.Checkpoints;

/// <summary>The header of a GGUF file: entries, then the tensors' names, shapes, types and places.</summary>
/// <remarks>
/// Source: ggml's docs/gguf.md, version 3 (MIT). Integers are little-endian; an entry's value is an unsigned or signed
/// number of 32 bits, a float, a truth value, a text, or a list of texts or of signed numbers.
/// </remarks>
internal sealed record GgufFile(
    IReadOnlyList<(string Key, object Value)> Entries, IReadOnlyList<GgufTensor> Tensors, long DataStart)
{
    /// <summary>Every tensor begins at a multiple of these bytes.</summary>
    public const int Alignment = 32;

    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const uint Whole = 4, Signed = 5, Real = 6, Truth = 7, Words = 8, List = 9;

    /// <summary>Bytes up to the next place where a tensor may begin.</summary>
    public static int Gap(long at) => (int)((Alignment - (at % Alignment)) % Alignment);

    /// <summary>The tensors one behind the other.</summary>
    public static IReadOnlyList<GgufTensor> Placed(
        IEnumerable<(string Name, IReadOnlyList<long> Shape, GgufType Type)> tensors)
    {
        List<GgufTensor> placed = [];
        long at = 0;
        foreach (var (name, shape, type) in tensors)
        {
            placed.Add(new GgufTensor(name, shape, type, at));
            at += placed[^1].Bytes;
            at += Gap(at);
        }

        return placed;
    }

    /// <summary>Writes the header, filled up to where the first tensor begins.</summary>
    public static void WriteHeader(
        Stream stream, IReadOnlyList<(string Key, object Value)> entries, IReadOnlyList<GgufTensor> tensors)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)entries.Count);
        foreach (var (key, value) in entries)
        {
            WriteText(writer, key);
            WriteValue(writer, value);
        }

        foreach (var tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (var size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write(GgufBlocks.Code(tensor.Type));
            writer.Write((ulong)tensor.Start);
        }

        writer.Flush();
        writer.Write(new byte[Gap(stream.Position)]);
    }

    /// <summary>Reads a header that <see cref="WriteHeader"/> wrote; it knows no other kinds of values.</summary>
    /// <exception cref="InvalidDataException">It is another file, or ends too early.</exception>
    public static GgufFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            if (reader.ReadUInt32() != Magic || reader.ReadUInt32() != Version)
            {
                throw new InvalidDataException($"{path} is no GGUF file of version {Version}.");
            }

            var (tensors, entries) = (checked((int)reader.ReadUInt64()), checked((int)reader.ReadUInt64()));
            List<(string, object)> values = [];
            for (var i = 0; i < entries; i++)
            {
                var key = ReadText(reader);
                values.Add((key, ReadValue(reader, reader.ReadUInt32(), path)));
            }

            List<GgufTensor> found = [];
            for (var i = 0; i < tensors; i++)
            {
                var name = ReadText(reader);
                var sizes = new long[reader.ReadUInt32()];
                for (var j = sizes.Length - 1; j >= 0; j--)
                {
                    sizes[j] = checked((long)reader.ReadUInt64());
                }

                var code = reader.ReadUInt32();
                var type = Enum.GetValues<GgufType>().FirstOrDefault(type => GgufBlocks.Code(type) == code,
                    (GgufType)(-1));
                found.Add(new GgufTensor(name, sizes,
                    type >= 0 ? type : throw new InvalidDataException($"{path}: {name} is of the unknown type {code}."),
                    checked((long)reader.ReadUInt64())));
            }

            var end = stream.Position;
            return new GgufFile(values, found, end + Gap(end));
        }
        catch (Exception problem) when (problem is EndOfStreamException or OverflowException)
        {
            throw new InvalidDataException($"{path} has a header that cannot be read: {problem.Message}", problem);
        }
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(Whole);
                writer.Write(number);
                break;
            case float number:
                writer.Write(Real);
                writer.Write(number);
                break;
            case bool truth:
                writer.Write(Truth);
                writer.Write(truth);
                break;
            case string text:
                writer.Write(Words);
                WriteText(writer, text);
                break;
            case IReadOnlyList<string> texts:
                WriteList(writer, Words, texts, text => WriteText(writer, text));
                break;
            case IReadOnlyList<int> numbers:
                WriteList(writer, Signed, numbers, writer.Write);
                break;
            default:
                throw new ArgumentException($"A GGUF file of ours holds no {value.GetType().Name}.");
        }
    }

    private static void WriteList<T>(BinaryWriter writer, uint kind, IReadOnlyList<T> values, Action<T> write)
    {
        writer.Write(List);
        writer.Write(kind);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
        {
            write(value);
        }
    }

    private static object ReadValue(BinaryReader reader, uint kind, string path) => kind switch
    {
        Whole => reader.ReadUInt32(),
        Real => reader.ReadSingle(),
        Truth => reader.ReadBoolean(),
        Words => ReadText(reader),
        List => (reader.ReadUInt32(), checked((int)reader.ReadUInt64())) switch
        {
            (Words, var count) => Enumerable.Range(0, count).Select(_ => ReadText(reader)).ToArray(),
            (Signed, var count) => Enumerable.Range(0, count).Select(_ => reader.ReadInt32()).ToArray(),
            var (other, _) => throw new InvalidDataException($"{path} has a list of the unknown kind {other}."),
        },
        _ => throw new InvalidDataException($"{path} has a value of the unknown kind {kind}."),
    };

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static string ReadText(BinaryReader reader)
    {
        var length = checked((int)reader.ReadUInt64());
        return reader.BaseStream.Length - reader.BaseStream.Position >= length
            ? Encoding.UTF8.GetString(reader.ReadBytes(length))
            : throw new EndOfStreamException($"A text of {length} bytes is longer than the file.");
    }
}
