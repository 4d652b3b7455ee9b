using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Phi4R.Text;

/// <summary>The 199,998 byte strings of o200k_base, by id and by bytes.</summary>
internal sealed class O200kVocabulary
{
    /// <summary>What <see cref="Find"/> gives where there is no such token.</summary>
    public const int None = int.MaxValue;

    /// <summary>Tokens; ids are 0 to this, less one.</summary>
    public const int Size = 199_998;

    private const string Package = "Microsoft.ML.Tokenizers.Data.O200kBase";
    private const string Resource = "o200k_base.tiktoken.deflate";
    private const int Slots = 1 << 19;

    private static readonly Lazy<O200kVocabulary> SharedVocabulary = new(Load);

    // All tokens, one behind the other; token i is _bytes[_starts[i].._starts[i + 1]].
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    // Open addressing; a slot holds 32 bits of the hash above and the id plus 1 below, so that most misses touch
    // nothing else.
    private readonly ulong[] _slots = new ulong[Slots];

    // The tokens of two bytes: merging asks for each pair of neighbors first.
    private readonly int[] _pairs = new int[1 << 16];

    private O200kVocabulary(byte[] bytes, int[] starts)
    {
        (_bytes, _starts) = (bytes, starts);
        Array.Fill(_pairs, None);
        for (var id = 0; id < Size; id++)
        {
            var token = this[id];
            var hash = Hash(token);
            var slot = (int)(hash & (Slots - 1));
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (Slots - 1);
            }

            _slots[slot] = (hash & 0xFFFFFFFF00000000) | (uint)(id + 1);
            if (token.Length == 2)
            {
                _pairs[(token[0] << 8) | token[1]] = id;
            }
        }
    }

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    /// <summary>The one of this process, read on first use.</summary>
    public static O200kVocabulary Shared => SharedVocabulary.Value;

    /// <summary>Reads the data package.</summary>
    /// <exception cref="InvalidDataException">The package is another than was expected.</exception>
    private static O200kVocabulary Load()
    {
        using var packed = Assembly.Load(Package).GetManifestResourceStream(Resource)
            ?? throw new InvalidDataException($"{Package} has no {Resource}; run environment/setup again.");
        using var unpacked = new DeflateStream(packed, CompressionMode.Decompress);
        using var text = new MemoryStream();
        unpacked.CopyTo(text);
        return Parse(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>The token of these bytes, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<byte> bytes)
    {
        var hash = Hash(bytes);
        for (var slot = (int)(hash & (Slots - 1)); _slots[slot] is var entry
            && entry != 0; slot = (slot + 1) & (Slots - 1))
        {
            if ((entry ^ hash) >> 32 == 0 && this[(int)(uint)entry - 1].SequenceEqual(bytes))
            {
                return (int)(uint)entry - 1;
            }
        }

        return None;
    }

    /// <summary>The token of two bytes, or <see cref="None"/>.</summary>
    public int Pair(byte first, byte second) => _pairs[(first << 8) | second];

    // After a line that says how many, one token a line in base64, in the order of their ids.
    private static O200kVocabulary Parse(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        var starts = new int[Size + 1];
        var (used, id) = (0, 0);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.IsEmpty || line.StartsWith("Capacity"u8))
            {
                continue;
            }

            if (id == Size
                || Base64.DecodeFromUtf8(line, bytes.AsSpan(used), out _, out var length) != OperationStatus.Done
                || length == 0)
            {
                throw new InvalidDataException($"{Package}: where token {id} was expected stands another thing; run "
                    + "environment/setup again.");
            }

            used += length;
            starts[++id] = used;
        }

        return id == Size
            ? new O200kVocabulary(bytes[..used], starts)
            : throw new InvalidDataException($"{Package} has {id} tokens, expected were {Size}; run "
                + "environment/setup again.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)bytes.Length * Factor;
        while (bytes.Length > 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Factor;
            hash ^= hash >> 32;
            bytes = bytes[8..];
        }

        var rest = bytes.Length switch
        {
            >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32),
            > 0 => bytes[0] | ((ulong)bytes[bytes.Length / 2] << 8) | ((ulong)bytes[^1] << 16),
            _ => 0UL,
        };
        hash = (hash ^ rest) * Factor;
        return hash ^ (hash >> 29);
    }
}
