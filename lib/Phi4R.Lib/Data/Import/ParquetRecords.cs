using System.Text.Json.Nodes;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>Records of a parquet file, a row group in memory at a time.</summary>
internal static class ParquetRecords
{
    // Repeats are written in few bytes, but a text of its own in each record is not: beyond this a number of values is
    // a lie.
    private const int ValuesPerByte = 64;
    private const int ValuesOfAnyFile = 1 << 20;

    /// <exception cref="InvalidDataException">
    /// The file is damaged, or holds what is not read; the message names it.
    /// </exception>
    public static IEnumerable<JsonObject> Read(string path)
    {
        using var file = new LimitedStream(File.OpenRead(OrdinaryFile.Checked(path)));
        var reader = Guarded(path, async () =>
        {
            file.Begin();
            ParquetHeader.CheckFooter(file);
            file.Begin();
            return await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        });
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            foreach (var record in Guarded(path, () => GroupAsync(reader, i, file)))
            {
                yield return record;
            }
        }
    }

    // What the package throws at damaged bytes is of any kind: an index out of range, a null, an overflow. All mean the
    // same here.
    private static T Guarded<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return Task.Run(read).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new InvalidDataException($"{path} cannot be read as parquet: {error.Message} Is it damaged, or "
                + "cut? Get it again.", error);
        }
    }

    private static async Task<List<JsonObject>> GroupAsync(ParquetReader reader, int index, LimitedStream file)
    {
        var group = reader.RowGroups[index];
        var most = Math.Min(Array.MaxLength, Math.Max(ValuesOfAnyFile, ValuesPerByte * file.Length));
        if (group.RowCount < 0 || group.RowCount > most)
        {
            throw new InvalidDataException($"Row group {index} is to hold {group.RowCount} records; {most} are the "
                + $"most for a file of {file.Length} bytes.");
        }

        // What is nested deeper than a list, or a list of records such as the turns of a conversation, is passed over.
        var fields = reader.Schema.GetDataFields().GroupBy(field => field.Path.FirstPart!, StringComparer.Ordinal)
            .Where(same => same.Count() == 1 || same.All(field => field.MaxRepetitionLevel == 1))
            .SelectMany(same => same.Select(field => (Field: field, IsOfRecords: same.Count() > 1)));
        List<JsonObject> records = [.. Enumerable.Range(0, (int)group.RowCount).Select(_ => new JsonObject())];
        foreach (var (field, isOfRecords) in fields)
        {
            var column = group.GetMetadata(field)?.MetaData
                ?? throw new InvalidDataException($"Row group {index} has no column {field.Path}.");
            file.Begin();
            ParquetHeader.CheckPages(file, column, most);
            file.Begin();
            using var data = await group.ReadRawColumnDataBaseAsync(field).ConfigureAwait(false);
            if (Values(data) is { } values)
            {
                Fill(records, field, isOfRecords ? field.Name : null, values, data);
            }
        }

        return records;
    }

    private static JsonNode?[]? Values(RawColumnData column) => column switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => Nodes(texts, text => JsonValue.Create(text.ToString())),
        RawColumnData<int> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<long> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<double> numbers => Nodes(numbers, Number),
        RawColumnData<float> numbers => Nodes(numbers, number => Number(number)),
        RawColumnData<bool> flags => Nodes(flags, flag => JsonValue.Create(flag)),
        _ => null,
    };

    // A table of Python's writes a missing number as one that is none.
    private static JsonValue? Number(double number) => double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static JsonNode?[] Nodes<T>(RawColumnData<T> column, Func<T, JsonNode?> node)
        where T : struct
    {
        List<JsonNode?> nodes = [];
        foreach (var value in column.Values)
        {
            nodes.Add(node(value));
        }

        return [.. nodes];
    }

    // Levels say where a value is missing and where a list goes on.
    private static void Fill(
        List<JsonObject> records, DataField field, string? part, JsonNode?[] values, RawColumnData column)
    {
        var name = field.Path.FirstPart!;
        var (row, next, place) = (-1, 0, 0);
        var definitions = field.MaxDefinitionLevel > 0 ? column.DefinitionLevels.ToArray() : null;
        var repetitions = field.MaxRepetitionLevel > 0 ? column.RepetitionLevels.ToArray() : null;
        for (var i = 0; i < (definitions?.Length ?? values.Length); i++)
        {
            (row, place) = repetitions is null || repetitions[i] == 0 ? (row + 1, 0) : (row, place + 1);
            var value = definitions is null || definitions[i] == field.MaxDefinitionLevel ? values[next++] : null;
            if (repetitions is null)
            {
                records[row][name] = value;
            }
            else if (part is not null)
            {
                var parts = records[row][name] as JsonArray ?? [];
                records[row][name] ??= parts;
                while (value is not null && parts.Count <= place)
                {
                    parts.Add(new JsonObject());
                }

                if (value is not null)
                {
                    parts[place]![part] = value;
                }
            }
            else if (records[row][name] is JsonArray list)
            {
                list.Add(value);
            }
            else
            {
                records[row][name] = value is null ? new JsonArray() : new JsonArray(value);
            }
        }
    }

    /// <summary>
    /// A file that is read to its end at the most, and not over and over: a reader that has lost its way is stopped.
    /// </summary>
    private sealed class LimitedStream(Stream file) : Stream
    {
        private long _left;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        /// <summary>From here on twice the file's bytes may be read.</summary>
        public void Begin() => _left = 2 * file.Length;

        public override int Read(Span<byte> buffer)
        {
            var read = file.Read(buffer);
            _left -= read;
            return (read > 0 || buffer.IsEmpty) && _left >= 0
                ? read
                : throw new EndOfStreamException("A page goes on beyond its column.");
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override Task<int> ReadAsync(
            byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
                Task.FromResult(Read(buffer, offset, count));

        public override int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            ReadExactly(one);
            return one[0];
        }

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void Flush() => file.Flush();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            file.Dispose();
            base.Dispose(disposing);
        }
    }
}
