using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Tests.Reference;

/// <summary>
/// A checkpoint of any size that takes little disk: of each matrix one page of 4 KB in 64 holds random numbers, of the
/// embedding the first rows all of theirs, norms are one, and the rest are holes of the file, which read as zeros.
/// Reading, memory and time are those of a full one; what the model says means nothing.
/// </summary>
internal static class SparseCheckpoint
{
    /// <summary>Ids whose embeddings hold numbers; prompts are made of them.</summary>
    public const int KnownIds = 1024;

    private const int Page = 4096;
    private const int PagesApart = 64;

    /// <summary>Writes bf16 shards, their index, config.json and generation_config.json.</summary>
    /// <param name="numbers">Whether there are to be any; without them the files are holes alone.</param>
    public static void Write(string folder, ModelConfig config, bool numbers = true)
    {
        Directory.CreateDirectory(folder);
        List<List<(string Name, long[] Shape)>> shards = [[]];
        long used = 0;
        foreach (var (name, shape) in config.WeightShapes())
        {
            if (used + Bytes(shape) > ModelExport.ShardBytes && used > 0)
            {
                shards.Add([]);
                used = 0;
            }

            shards[^1].Add((name, shape));
            used += Bytes(shape);
        }

        Dictionary<string, string> homes = [];
        foreach (var (number, shard) in shards.Index())
        {
            var file = $"model-{number + 1:D5}-of-{shards.Count:D5}.safetensors";
            WriteShard(Path.Combine(folder, file), shard, config, numbers);
            shard.ForEach(weight => homes[weight.Name] = file);
        }

        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"),
            JsonSerializer.Serialize(new { metadata = new { }, weight_map = homes }));
        ModelExport.WriteConfig(config, folder, endOfText: 0, stopIds: [0], ScalarType.BFloat16);
    }

    private static void WriteShard(
        string path, List<(string Name, long[] Shape)> weights, ModelConfig config, bool numbers)
    {
        Dictionary<string, object> entries = [];
        long end = 0;
        foreach (var (name, shape) in weights)
        {
            entries[name] = new { dtype = "BF16", shape, data_offsets = new[] { end, end + Bytes(shape) } };
            end += Bytes(shape);
        }

        var header = JsonSerializer.SerializeToUtf8Bytes(entries);
        using var stream = new FileStream(path, FileMode.Create);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        long start = 8 + header.Length;
        stream.SetLength(start + end);
        foreach (var (name, shape) in numbers ? weights : [])
        {
            if (shape.Length == 1)
            {
                Put(stream, start, [.. Enumerable.Repeat(1f, (int)shape[0])]);
            }
            else
            {
                // Deviations at which a stream through all blocks keeps its size, though one number in 64 is there.
                var stray = Randomness.For(1, $"sparse checkpoint, {name}");
                var whole = name.Contains("embed", StringComparison.Ordinal)
                    ? Math.Min(KnownIds * shape[1] * 2, Bytes(shape))
                    : 0;
                var scale = whole > 0 ? 1 : (float)Math.Sqrt((double)PagesApart / config.Width);
                for (long place = 0; place + Page <= Bytes(shape); place += place + Page <= whole
                    ? Page
                    : PagesApart * Page)
                {
                    Put(stream, start + place,
                        [.. Enumerable.Range(0, Page / 2).Select(_ => scale * ((2 * (float)stray.NextDouble()) - 1))]);
                }
            }

            start += Bytes(shape);
        }
    }

    // A number's first sixteen bits are its rounding towards zero in bf16.
    private static void Put(FileStream stream, long place, float[] numbers)
    {
        stream.Position = place;
        stream.Write(
            MemoryMarshal.AsBytes(numbers.Select(number => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16))
                .ToArray().AsSpan()));
    }

    private static long Bytes(long[] shape) => 2 * shape.Aggregate(1L, (product, size) => product * size);
}
