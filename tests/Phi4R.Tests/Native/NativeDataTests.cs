using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Phi4R.Tests.Native;

public sealed class NativeDataTests
{
    // Two parts of 4 MiB and one of three numbers; none at all has no hash.
    [Fact]
    public void Hashes_of_parts_are_those_of_bytes_that_are_cut_by_hand()
    {
        using var scope = NewDisposeScope();
        float[] numbers = [.. Enumerable.Range(0, (1 << 21) + 3)];
        byte[] expected = [.. MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray().Chunk(1 << 22)
            .SelectMany(part => SHA256.HashData(part))];
        Assert.Equal(3 * 32, expected.Length);
        Assert.Equal(expected, NativeData.HashesOfParts(tensor(numbers)));
        Assert.Empty(NativeData.HashesOfParts(zeros([0])));
    }
}
