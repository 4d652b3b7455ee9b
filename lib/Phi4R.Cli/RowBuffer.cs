namespace Phi4R.Cli;

/// <summary>
/// One row's answer on its way: kept until it is whole, so that it can be dropped, unless it grows beyond what should
/// be kept.
/// </summary>
internal sealed class RowBuffer(Stream output) : Stream
{
    private const int Kept = 16 << 20;
    private readonly MemoryStream _row = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Forgets what was not passed on yet.</summary>
    public void Drop() => _row.SetLength(0);

    /// <summary>Ends the row and passes it on.</summary>
    public void End()
    {
        _row.WriteByte((byte)'\n');
        PassOn();
        output.Flush();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _row.Write(buffer);
        if (_row.Length > Kept)
        {
            PassOn();
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void PassOn()
    {
        output.Write(_row.GetBuffer().AsSpan(0, (int)_row.Length));
        _row.SetLength(0);
    }
}
