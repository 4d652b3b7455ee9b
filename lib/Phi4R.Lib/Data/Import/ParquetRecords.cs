using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Parquet;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>Records of a parquet file, a row group in memory at a time.</summary>
internal static class ParquetRecords
{
    // Repeats are written in few bytes, but a text of its own in each record is not: beyond this a number of values is
    // a lie.
    private const int ValuesPerByte = 64;
    private const int ValuesOfAnyFile = 1 << 20;

    // What the package has read once it would keep for the next row group, beside that one.
    private static readonly ParquetOptions Frugal = new()
    {
        MaximumLargePoolFreeBytes = 1 << 20,
        MaximumSmallPoolFreeBytes = 1 << 20,
    };

    /// <summary>Reads all records in order.</summary>
    /// <param name="fields">The fields that are read, by their names; null for all.</param>
    /// <param name="groups">The row groups that are read; all by default.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or holds what is not read; the message names it.
    /// </exception>
    public static async IAsyncEnumerable<JsonObject> ReadAsync(
        string path, Func<string, bool>? fields = null, Range? groups = null,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var file = Open(path);
        var reader = await ReaderAsync(path, file).ConfigureAwait(false);
        var (first, count) = (groups ?? Range.All).GetOffsetAndLength(reader.RowGroupCount);
        for (var i = first; i < first + count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var columns = await GuardedAsync(path, () => ColumnsAsync(reader, i, fields, file)).ConfigureAwait(false);
            try
            {
                for (var left = reader.RowGroups[i].RowCount; left > 0; left--)
                {
                    yield return Next(path, columns);
                }
            }
            finally
            {
                columns.ForEach(column => column.Dispose());
            }
        }
    }

    /// <summary>The same for who waits.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static IEnumerable<JsonObject> Read(string path) => ReadAsync(path).ToBlockingEnumerable();

    /// <summary>How many records a file says that it has.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static long Count(string path) => Groups(path).Sum();

    /// <summary>How many records each row group of a file says that it has.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static IReadOnlyList<long> Groups(string path)
    {
        using var file = Open(path);
        return [.. ReaderAsync(path, file).GetAwaiter().GetResult().RowGroups.Select(group => group.RowCount)];
    }

    private static LimitedStream Open(string path) => new(File.OpenRead(OrdinaryFile.Checked(path)));

    private static Task<ParquetReader> ReaderAsync(string path, LimitedStream file) => GuardedAsync(path, async () =>
    {
        file.Begin();
        ParquetHeader.CheckFooter(file);
        file.Begin();
        return await ParquetReader.CreateAsync(file, Frugal).ConfigureAwait(false);
    });

    private static JsonObject Next(string path, List<NestedColumn> columns)
    {
        try
        {
            JsonObject record = [];
            foreach (var column in columns)
            {
                column.Fill(record);
            }

            return record;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw Damaged(path, error);
        }
    }

    // What the package throws at damaged bytes is of any kind: an index out of range, a null, an overflow. All mean the
    // same here.
    private static async Task<T> GuardedAsync<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return await Task.Run(read).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw Damaged(path, error);
        }
    }

    private static InvalidDataException Damaged(string path, Exception error) =>
        new($"{path} cannot be read as parquet: {error.Message} Is it damaged or incomplete? Get it again.", error);

    // The columns of a row group whose kind of value is known; pictures and other bytes are passed over.
    private static async Task<List<NestedColumn>> ColumnsAsync(
        ParquetReader reader, int index, Func<string, bool>? fields, LimitedStream file)
    {
        var group = reader.RowGroups[index];
        var most = Math.Min(Array.MaxLength, Math.Max(ValuesOfAnyFile, ValuesPerByte * file.Length));
        if (group.RowCount < 0 || group.RowCount > most)
        {
            throw new InvalidDataException($"Row group {index} is to hold {group.RowCount} records; {most} are the "
                + $"most for a file of {file.Length} bytes.");
        }

        List<NestedColumn> columns = [];
        foreach (var (field, steps) in reader.Schema.Fields
            .Where(field => fields is null || fields(field.Name)).SelectMany(field => NestedColumn.Leaves(field)))
        {
            var column = group.GetMetadata(field)?.MetaData
                ?? throw new InvalidDataException($"Row group {index} has no column {field.Path}.");
            file.Begin();
            ParquetHeader.CheckPages(file, column, most);
            file.Begin();
            var data = await group.ReadRawColumnDataBaseAsync(field).ConfigureAwait(false);
            if (NestedColumn.Of(field, steps, data) is { } known)
            {
                columns.Add(known);
            }
            else
            {
                data.Dispose();
            }
        }

        return columns;
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
