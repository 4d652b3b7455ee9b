using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;
using Google.Protobuf;
using Phi4R.Foundation;
using Tensorboard;

namespace Phi4R.Recipes;

/// <summary>A run's steps as event files that TensorBoard reads.</summary>
/// <remarks>Source of the file format: TensorFlow's "TFRecord" (length, its checksum, message, its checksum) around the message tensorboard.Event; checksums are CRC-32C, turned and shifted.</remarks>
public static class TensorBoard
{
    private const string Version = "brain.Event:2";

    /// <summary>Writes every number of every step of every finished stage: a folder for each stage, a curve for each number.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="folder">Where the event files go.</param>
    /// <returns>Of each stage its steps and curves.</returns>
    /// <exception cref="InvalidDataException">The run has no finished stage with steps.</exception>
    public static IReadOnlyList<(string Stage, int Steps, int Curves)> Export(string run, string folder)
    {
        if (!Directory.Exists(run))
        {
            throw new InvalidDataException($"{run} is not a folder; name the folder of a run.");
        }

        List<(string, int, int)> written = [];
        foreach (var (stage, (home, _)) in StageManifest.OfRun(run).OrderBy(stage => stage.Key, StringComparer.Ordinal))
        {
            var path = Path.Combine(home, "steps.jsonl");
            var steps = File.Exists(path) ? JsonLines.Read<Dictionary<string, JsonElement>>(path).ToList() : [];
            if (steps.Count > 0)
            {
                var events = Events(steps, new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds() / 1000.0).ToList();
                AtomicFile.Write(Path.Combine(folder, stage, $"events.out.tfevents.0.phi4r.{stage}"), stream => Write(stream, events));
                written.Add((stage, steps.Count, events.SelectMany(one => one.Summary?.Value.Select(value => value.Tag) ?? []).Distinct(StringComparer.Ordinal).Count()));
            }
        }

        return written.Count > 0 ? written : throw new InvalidDataException($"{run} holds no finished stage with steps; there is nothing to export.");
    }

    private static IEnumerable<Event> Events(List<Dictionary<string, JsonElement>> steps, double end)
    {
        // A step's time is when the file was written less what the steps after it took.
        var time = end - steps.Sum(Seconds);
        yield return new Event { WallTime = time, FileVersion = Version };
        foreach (var (number, step) in steps.Index())
        {
            time += Seconds(step);
            var summary = new Summary();
            foreach (var (name, value) in step)
            {
                Add(summary, name, value);
            }

            yield return new Event { WallTime = time, Step = step.TryGetValue("step", out var given) ? given.GetInt64() : number, Summary = summary };
        }
    }

    private static double Seconds(Dictionary<string, JsonElement> step) => step.Where(pair => pair.Key is "seconds" or "sampleSeconds" or "learnSeconds").Sum(pair => pair.Value.GetDouble());

    private static void Add(Summary summary, string tag, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && tag is not "step" and not "steps")
        {
            summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value.GetDouble() });
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var inner in value.EnumerateObject())
            {
                Add(summary, $"{tag}/{inner.Name}", inner.Value);
            }
        }
    }

    private static void Write(Stream stream, IEnumerable<Event> events)
    {
        var length = new byte[8];
        var checksum = new byte[4];
        foreach (var message in events.Select(one => one.ToByteArray()))
        {
            BinaryPrimitives.WriteInt64LittleEndian(length, message.Length);
            stream.Write(length);
            WriteChecksum(length);
            stream.Write(message);
            WriteChecksum(message);
        }

        void WriteChecksum(byte[] bytes)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, Masked(bytes));
            stream.Write(checksum);
        }
    }

    // CRC-32C (Castagnoli), turned right by 15 bits, plus a constant, so that a checksum of bytes that hold checksums is not weak.
    internal static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return unchecked(BitOperations.RotateRight(~crc, 15) + 0xA282EAD8);
    }
}
