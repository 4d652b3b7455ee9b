using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Phi4R.Foundation;
using Tensorboard;

namespace Phi4R.Runs;

/// <summary>A run's steps as event files that TensorBoard reads.</summary>
/// <remarks>
/// Source of the file format: TensorFlow's "TFRecord" (length, its checksum, message, its checksum) around the message
/// tensorboard.Event; checksums are CRC-32C, turned and shifted.
/// </remarks>
public static class TensorBoard
{
    private const string Version = "brain.Event:2";

    /// <summary>
    /// Writes every number of every step of every stage, the one that still runs too: a folder for each stage, and for
    /// each try of it where there are several; a curve for each number.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="folder">Where the event files go.</param>
    /// <returns>Of each stage, or try of it, its steps and curves.</returns>
    /// <exception cref="InvalidDataException">The run has no stage with steps.</exception>
    public static IReadOnlyList<(string Stage, int Steps, int Curves)> Export(string run, string folder)
    {
        List<(string, int, int)> written = [];
        foreach (var (name, stage) in StageSteps.OfRun(run).SelectMany(stage => Tries(run, stage)))
        {
            AtomicFile.Write(Path.Combine(folder, name, $"events.out.tfevents.0.phi4r.{stage.Stage}"),
                stream => Write(stream, Events(stage)));
            written.Add(
                (name, stage.Steps.Count, stage.Steps.SelectMany(step => step.Values.Keys)
                    .Distinct(StringComparer.Ordinal).Count()));
        }

        return written.Count > 0
            ? written
            : throw new InvalidDataException($"{run} holds no stage with steps; there is nothing to export.");
    }

    private static IEnumerable<(string Name, StageSteps Steps)> Tries(string run, StageSteps stage) =>
        stage.Finished && StageVariant.Of([run], stage.Stage) is { Count: > 1 } tries
            ? tries.Select(one => (Path.Combine(stage.Stage, one.Name), one.Steps))
            : [(stage.Stage, stage)];

    private static IEnumerable<Event> Events(StageSteps stage)
    {
        // A step's time is when the last was written less what the steps after it took.
        var time = (new DateTimeOffset(stage.Written).ToUnixTimeMilliseconds() / 1000.0)
            - stage.Steps.Sum(step => step.Seconds);
        yield return new Event { WallTime = time, FileVersion = Version };
        foreach (var step in stage.Steps)
        {
            time += step.Seconds;
            var summary = new Summary();
            summary.Value.AddRange(
                step.Values.Select(value => new Summary.Types.Value
                {
                    Tag = value.Key,
                    SimpleValue = (float)value.Value,
                }));
            yield return new Event { WallTime = time, Step = step.Number, Summary = summary };
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

    // CRC-32C (Castagnoli), turned right by 15 bits, plus a constant, so that a checksum of bytes that hold checksums
    // is not weak.
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
