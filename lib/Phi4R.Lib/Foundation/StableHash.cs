using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Phi4R.Foundation;

/// <summary>A hash of a text that is the same in every process and on every machine.</summary>
internal static class StableHash
{
    /// <summary>The first 64 bits of the text's SHA-256.</summary>
    public static ulong Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
