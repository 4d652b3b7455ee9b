using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Phi4R.Text;

/// <summary>
/// Makes ids of text, piece by piece. Short pieces that were met before are answered from a table that a core's cache
/// holds: the vocabulary is larger than that, and a miss for each piece was most of the time.
/// </summary>
/// <remarks>Of one caller at a time. The table is of the vocabulary alone, so ids do not depend on it.</remarks>
internal sealed class PieceEncoder
{
    // 14 bits of entries of 32 bytes: half a megabyte, a quarter of a second-level cache of today.
    private const int PlaceBits = 14;

    // A piece and its length fill a vector.
    private const int LongestKnown = 15;

    private const int MostIds = 3;
    private const int FirstIds = 1 << 12;
    private const int KeptIds = 1 << 20;

    private static readonly byte[] Prefixes = [.. Enumerable.Range(0, 0x100).Select(first => (byte)(
        char.IsAsciiLetter((char)first) ? 0 : first > 0x7F || first is '\r' or '\n' or (>= '0' and <= '9') ? NoWord
            : 1))];

    private const byte NoWord = 0xFF;

    private readonly Known[] _known = new Known[1 << PlaceBits];
    private int[] _ids = new int[FirstIds];
    private int _count;

    /// <summary>The ids so far.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, _count);

    /// <summary>Forgets the ids, not the pieces.</summary>
    public void Clear()
    {
        _count = 0;
        _ids = _ids.Length > KeptIds ? new int[FirstIds] : _ids;
    }

    /// <summary>Adds an id.</summary>
    public void Add(int id)
    {
        Reserve(1);
        _ids[_count++] = id;
    }

    /// <summary>Adds the ids of a text without control tokens.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        for (var start = 0; start < text.Length;)
        {
            var next = Next(text[start..]);
            var length = Word(next);
            if (length == 0)
            {
                length = O200kPieces.End(text, start) - start;
            }

            Add(text.Slice(start, length), next);
            start += length;
        }
    }

    private void Add(ReadOnlySpan<byte> piece, Vector128<byte> next)
    {
        Reserve(piece.Length);
        if (piece.Length > LongestKnown)
        {
            _count += Ask(piece, _ids.AsSpan(_count));
            return;
        }

        var kept = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)piece.Length));
        var key = (next & kept).WithElement(LongestKnown, (byte)piece.Length);
        ref var known = ref _known[Place(key)];
        if (known.Piece == key)
        {
            // All three at once; those behind the count are written over by what comes.
            known.Ids.CopyTo(_ids, _count);
            _count += known.Ids[MostIds];
            return;
        }

        var ids = _ids.AsSpan(_count);
        var count = Ask(piece, ids);
        if (count <= MostIds)
        {
            known = new(key, Vector128.Create(ids[0], ids[1], ids[2], count));
        }

        _count += count;
    }

    private static int Ask(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        var id = O200kVocabulary.Shared.Find(piece);
        if (id == O200kVocabulary.None)
        {
            return BytePairMerging.Encode(piece, O200kVocabulary.Shared, ids);
        }

        ids[0] = id;
        return 1;
    }

    // An id is a byte at least; a vector of them is written at the end.
    private void Reserve(int bytes)
    {
        if (_count + bytes + Vector128<int>.Count > _ids.Length)
        {
            Array.Resize(ref _ids, 2 * (_count + bytes + Vector128<int>.Count));
        }
    }

    // The next bytes, with zeros behind the text's end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Next(ReadOnlySpan<byte> text)
    {
        if (text.Length >= Vector128<byte>.Count)
        {
            return Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(text));
        }

        Span<byte> padded = stackalloc byte[Vector128<byte>.Count];
        padded.Clear();
        text.CopyTo(padded);
        return Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(padded));
    }

    // The length of a piece [^\r\n\p{L}\p{N}]?[A-Z]?[a-z]+ of ASCII, most of any English text; 0 where what comes is
    // none, or goes on in a way that O200kPieces has to look at: another alphabet, a contraction, the vector's end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Word(Vector128<byte> next)
    {
        var at = (int)Prefixes[next.ToScalar()];
        if (at == NoWord)
        {
            return 0;
        }

        var letters = Vector128.Create((byte)('z' - 'a' + 1));
        var lower = Vector128.LessThan(next - Vector128.Create((byte)'a'), letters).ExtractMostSignificantBits();
        var upper = Vector128.LessThan(next - Vector128.Create((byte)'A'), letters).ExtractMostSignificantBits();
        at += (int)(upper >> at) & 1;
        var end = at + BitOperations.TrailingZeroCount(~(lower >> at));
        var open = (next | Vector128.Equals(next, Vector128.Create((byte)'\''))).ExtractMostSignificantBits();
        return end == at || end >= Vector128<byte>.Count || (open >> end & 1) != 0 ? 0 : end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(Vector128<byte> key)
    {
        // 2^64 over the golden ratio, and the second prime of XXH64.
        const ulong Low = 0x9E3779B97F4A7C15;
        const ulong High = 0xC2B2AE3D27D4EB4F;
        var halves = key.AsUInt64();
        var hash = (halves[0] * Low) ^ BitOperations.RotateLeft(halves[1] * High, 32);
        return (int)((hash * Low) >> (64 - PlaceBits));
    }

    // No piece has the length 0 of an entry that was not filled yet.
    private readonly record struct Known(Vector128<byte> Piece, Vector128<int> Ids);
}
