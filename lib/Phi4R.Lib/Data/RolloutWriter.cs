using Parquet;
using Parquet.Schema;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Writes rollouts as parquet parts, one row group in memory at a time.</summary>
/// <remarks>
/// A part gets its name when it is whole, so that one which was interrupted is not there. A writer goes on behind the
/// parts that it finds, and there is one at a time; what was added since the last whole part is lost with its process,
/// and is to be added again.
/// </remarks>
public sealed class RolloutWriter : IDisposable
{
    private const int GroupRecords = 4096;
    private const int GroupSigns = 8 << 20;
    private const int RecordSigns = 400;

    /// <summary>Signs of text from which on a part is whole, unless another number is asked for.</summary>
    internal const long UsualPart = 256L << 20;

    private static readonly ParquetSchema Schema = new([.. RolloutColumns.Fields]);

    private readonly string _folder;
    private readonly long _partSigns;
    private readonly List<Rollout> _group = [];
    private long _signs;
    private long _signsOfPart;
    private long _rowsOfPart;
    private int _next;
    private string _unfinished = "";
    private FileStream? _stream;
    private ParquetWriter? _writer;

    /// <param name="directory">Where the parts' folder "rollouts" is, or is made.</param>
    /// <param name="partSigns">
    /// Signs of text from which on a part is whole and the next begins; about what a part has in bytes, unpacked.
    /// </param>
    public RolloutWriter(string directory, long partSigns = UsualPart)
    {
        _folder = RolloutParts.Folder(directory);
        _partSigns = partSigns;
        Directory.CreateDirectory(_folder);
        foreach (var left in Directory.GetFiles(_folder, "part-*" + AtomicFile.Unfinished))
        {
            File.Delete(left);
        }

        var last = RolloutParts.Files(_folder).Select(Path.GetFileNameWithoutExtension)
            .Where(name => name!.StartsWith("part-", StringComparison.Ordinal))
            .Select(name => int.TryParse(name!["part-".Length..], out var number) ? number : -1);
        _next = last.DefaultIfEmpty(-1).Max() + 1;
    }

    /// <summary>Is called when a part is whole: all that was added before and is in no earlier part is in it.</summary>
    internal Action<PartEntry>? Ended { get; init; }

    /// <summary>How many were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a rollout at the end.</summary>
    /// <exception cref="IOException">The disk is full, or cannot be written.</exception>
    public void Add(Rollout rollout)
    {
        _group.Add(rollout);
        Count++;
        _signs += rollout.Text.Length + rollout.Prompt.Length + RecordSigns;
        if (_group.Count >= GroupRecords || _signs >= GroupSigns)
        {
            WriteGroup();
        }

        if (_signsOfPart >= _partSigns)
        {
            EndPart();
        }
    }

    /// <summary>Ends the last part; after this all that was added is on disk. More may be added behind it.</summary>
    /// <remarks>
    /// Where nothing was added and no part is there, a part without rows is written: a table for any reader.
    /// </remarks>
    /// <exception cref="IOException">The disk is full, or cannot be written.</exception>
    public void Complete()
    {
        WriteGroup();
        if (_next == 0 && _writer is null)
        {
            Wait(OpenAsync);
        }

        EndPart();
    }

    /// <summary>Drops what no whole part holds.</summary>
    public void Dispose()
    {
        if (_stream is not null)
        {
            _stream.Dispose();
            File.Delete(_unfinished);
            (_stream, _writer) = (null, null);
        }
    }

    private void WriteGroup()
    {
        if (_group.Count > 0)
        {
            Wait(WriteGroupAsync);
            _signsOfPart += _signs;
            _rowsOfPart += _group.Count;
            _signs = 0;
            _group.Clear();
        }
    }

    private async Task OpenAsync()
    {
        _unfinished = Path.Combine(_folder, $"part-{_next:00000}.parquet.{Guid.NewGuid():N}"
            + AtomicFile.Unfinished);
        _stream = new FileStream(_unfinished, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        _writer = await ParquetWriter.CreateAsync(Schema, _stream,
            new ParquetOptions
            {
                CompressionMethod = CompressionMethod.Zstd,
                CompressionLevel = System.IO.Compression.CompressionLevel.Fastest,
            }).ConfigureAwait(false);
    }

    private async Task WriteGroupAsync()
    {
        if (_writer is null)
        {
            await OpenAsync().ConfigureAwait(false);
        }

        using var group = _writer!.CreateRowGroup();
        foreach (var (column, field) in RolloutColumns.Fields.Index())
        {
            await (field.ClrType switch
            {
                var type when type == typeof(int) => group.WriteAsync<int>(field, Values<int?>(column)),
                var type when type == typeof(double) => group.WriteAsync<double>(field, Values<double?>(column)),
                var type when type == typeof(bool) => group.WriteAsync<bool>(field, Values<bool?>(column)),
                _ => group.WriteAsync(field, [.. Values<string?>(column)!]),
            }).ConfigureAwait(false);
        }
    }

    private T[] Values<T>(int column) => [.. _group.Select(rollout => (T)RolloutColumns.Value(rollout, column)!)];

    private void EndPart()
    {
        if (_writer is null)
        {
            return;
        }

        Wait(async () => await _writer.DisposeAsync().ConfigureAwait(false));
        _stream!.Flush(flushToDisk: true);
        _stream.Dispose();
        var part = new PartEntry($"part-{_next++:00000}.parquet", _rowsOfPart, new FileInfo(_unfinished).Length,
            FileHashes.Hash(_unfinished));
        File.Move(_unfinished, Path.Combine(_folder, part.File));
        PartManifest.Add(_folder, part);
        Ended?.Invoke(part);
        (_writer, _stream, _signsOfPart, _rowsOfPart) = (null, null, 0, 0);
    }

    private static void Wait(Func<Task> write) => Task.Run(write).GetAwaiter().GetResult();
}
