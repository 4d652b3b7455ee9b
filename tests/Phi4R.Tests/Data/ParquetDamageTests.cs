using System.Diagnostics;
using Parquet;
using Parquet.Schema;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

/// <summary>
/// Whatever bytes a parquet file has, it is read or refused in one clear line, within a time and a memory that its size
/// gives.
/// </summary>
public sealed class ParquetDamageTests
{
    private const int MostMegabytes = 200;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private readonly string _folder = Project.Scratch();

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Zstd)]
    public async Task Damage_anywhere_is_read_or_refused_in_bounded_time_and_memory(CompressionMethod compression)
    {
        var whole = await Small(compression);
        Assert.Equal(3, ProblemData.Read(Written(whole)).Set.Problems.Count);
        var clock = Stopwatch.StartNew();
        var (read, refused) = (0, 0);

        // Each byte can be cut off or have one of its bits flipped; a stride that shares no factor with their number
        // goes through all, near and far, while there is time.
        var damages = 9 * whole.Length;
        var stride = Enumerable.Range(7919, damages)
            .First(number => System.Numerics.BigInteger.GreatestCommonDivisor(number, damages) == 1);
        for (var i = 0; i < damages && (i < 300 || clock.Elapsed < TimeSpan.FromSeconds(4)); i++)
        {
            var damage = (int)((long)i * stride % damages);
            var (at, bit) = (damage / 9, damage % 9);
            var bytes = bit == 8 ? whole[..at] : (byte[])whole.Clone();
            if (bit < 8)
            {
                bytes[at] ^= (byte)(1 << bit);
            }

            _ = Reads(bytes, $"{compression}, byte {at}, {(bit == 8 ? "cut" : $"bit {bit}")}") ? read++ : refused++;
        }

        Assert.True(read > 20 && refused > 50, $"{read} read, {refused} refused");
    }

    [Fact]
    public async Task Random_bytes_anywhere_are_read_or_refused()
    {
        var whole = await Small(CompressionMethod.Snappy);
        var clock = Stopwatch.StartNew();
        var refused = 0;
        for (var attempt = 0; attempt < 3000 && (attempt < 300 || clock.Elapsed < TimeSpan.FromSeconds(4)); attempt++)
        {
            var stream = Phi4R.Foundation.Randomness.For(1, "parquet damage", attempt);
            var bytes = (byte[])whole.Clone();
            for (var flips = 1 + stream.Next(4); flips > 0; flips--)
            {
                // The headers, which stand at the end and before each page, are small numbers and types.
                bytes[stream.Next(bytes.Length)] = stream.Chance(0.5) ? (byte)stream.Next(256) : (byte)stream.Next(32);
            }

            refused += Reads(bytes, $"attempt {attempt}") ? 0 : 1;
        }

        Assert.True(refused > 100, $"{refused} refused");
    }

    [Fact]
    public async Task A_list_of_structures_beyond_the_files_end_does_not_hold_the_reader()
    {
        // A field of the footer that the format does not have, of a structure: the package's own reader never comes
        // back from it.
        var whole = await Small(CompressionMethod.None);
        var footer = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8);
        byte[] bytes = [.. whole[..footer], 0xdc, 0x15, .. whole[footer..]];
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), BitConverter.ToInt32(whole, whole.Length - 8) + 2);
        Assert.Contains("field 13 of FileMetaData is not known", Refused(bytes), StringComparison.Ordinal);
    }

    private static async Task<byte[]> Small(CompressionMethod compression)
    {
        var schema = new ParquetSchema(
            new DataField<string>("question"), new ListField("answer", new DataField<string>("element")),
            new DataField<long>("level"),
            new DataField<string>("domain"), new DataField<double>("rate"), new DataField<bool>("checked"));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream,
            new ParquetOptions { CompressionMethod = compression }))
        {
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await group.WriteAsync(fields[0], ["One, \"two\"?", "Two\nlines?", "Three?"]);
            await group.WriteAsync(fields[1], ["12", "13", "14"], new[] { 0, 0, 0 }.AsMemory());
            await group.WriteAsync<long>(fields[2], new long[] { 3, 4, 5 }.AsMemory());
            await group.WriteAsync(fields[3], ["algebra", null, "algebra"]);
            await group.WriteAsync<double>(fields[4], new[] { 0.5, double.NaN, 1 }.AsMemory());
            await group.WriteAsync<bool>(fields[5], new[] { true, false, true }.AsMemory());
        }

        return stream.ToArray();
    }

    private bool Reads(byte[] bytes, string what)
    {
        var path = Written(bytes);
        string? fault = null;
        var (read, allocated) = (false, 0L);

        // A thread of its own: one that does not come back is the failure that is looked for.
        var thread = new Thread(() =>
        {
            var before = GC.GetTotalAllocatedBytes();
            try
            {
                _ = ProblemData.Read(path);
                read = true;
            }
            catch (InvalidDataException error)
            {
                fault = error.Message.Contains(path, StringComparison.Ordinal) && error.Message.Length < 1000
                    ? null
                    : error.Message;
            }
            catch (Exception error) when (error is not InvalidDataException)
            {
                fault = error.ToString();
            }

            allocated = GC.GetTotalAllocatedBytes() - before;
        })
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(Longest))
        {
            Assert.Fail($"{what}: no end after {Longest.TotalSeconds} s.");
        }

        Assert.True(fault is null, $"{what}: {fault}");
        Assert.True(allocated < MostMegabytes << 20, $"{what}: {allocated >> 20} MB were allocated for "
            + $"{bytes.Length} bytes.");
        return read;
    }

    private string Refused(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => ProblemData.Read(Written(bytes))).Message;

    private string Written(byte[] bytes)
    {
        var path = Path.Combine(_folder, "file.parquet");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
