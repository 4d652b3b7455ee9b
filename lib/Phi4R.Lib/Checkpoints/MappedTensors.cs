using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Phi4R.Native;

namespace Phi4R.Checkpoints;

/// <summary>
/// A safetensors file as memory: its pages are read when they are touched, and belong to the system's cache and not to
/// the process.
/// </summary>
internal sealed unsafe class MappedTensors : IDisposable
{
    private const int WillNeed = 3;
    private const int Part = 1 << 22;
    private const int DoNotNeed = 4;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    /// <exception cref="InvalidDataException">As for <see cref="SafeTensors.ReadHeader"/>.</exception>
    public MappedTensors(string path)
    {
        (Tensors, _) = SafeTensors.ReadHeader(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        if (OperatingSystem.IsLinux())
        {
            // A hint alone, so that a cold file is read at the disk's rate and not in single pages: what it returns
            // does not matter.
            _ = Advise((nint)_start, (nint)_view.SafeMemoryMappedViewHandle.ByteLength, WillNeed);
        }
    }

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>A tensor whose memory is the file's; read it only, and only while this object lives.</summary>
    public Tensor View(StoredTensor entry) =>
        Aten.Borrowed(_start + entry.Start, entry.Shape, SafeTensors.TypeOf(entry));

    /// <summary>How many of a tensor's numbers are NaN or infinite; all cores look.</summary>
    public long NotFinite(StoredTensor entry)
    {
        var found = 0L;
        Parallel.For(0, (entry.Length + Part - 1) / Part, part =>
        {
            var bytes = new ReadOnlySpan<byte>(_start + entry.Start + (part * Part),
                (int)Math.Min(Part, entry.Length - (part * Part)));
            if (FiniteNumbers.CountOthers(bytes, SafeTensors.TypeOf(entry)) is var here and > 0)
            {
                Interlocked.Add(ref found, here);
            }
        });
        return found;
    }

    /// <summary>
    /// Takes a tensor's pages out of this process's memory; the system may keep them, and they are read again when they
    /// are touched again.
    /// </summary>
    public void Release(StoredTensor entry)
    {
        if (OperatingSystem.IsLinux())
        {
            var first = entry.Start / Environment.SystemPageSize * Environment.SystemPageSize;
            _ = Advise((nint)(_start + first), (nint)(entry.Start + entry.Length - first), DoNotNeed);
        }
    }

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(nint address, nint length, int advice);
}
