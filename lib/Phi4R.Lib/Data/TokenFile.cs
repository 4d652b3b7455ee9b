using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;

namespace Phi4R.Data;

/// <summary>
/// Token ids of many documents in one mapped file: all ids end to end, then the documents' names, then where each
/// document and its answer begin.
/// </summary>
/// <remarks>
/// Pages of a mapped file count as the process's memory while they are mapped. <see cref="Release"/> gives them back:
/// they stay with the system, which needs no reading of the disk to map them again as long as it has the room.
/// </remarks>
internal sealed class TokenFile : IDisposable
{
    private const int FootBytes = 32;

    private static readonly byte[] Mark = "Phi4Tok1"u8.ToArray();

    private readonly string _path;
    private readonly long[] _starts;
    private readonly int[] _prompts;
    private readonly int[] _names;
    private readonly long _namesAt;
    private readonly Lock _gate = new();
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;

    /// <exception cref="InvalidDataException">It is no such file, or is not whole.</exception>
    public TokenFile(string path)
    {
        _path = path;
        using var stream = File.OpenRead(path);
        Span<byte> foot = stackalloc byte[FootBytes];
        if (stream.Length < FootBytes || Foot(stream, foot)[..Mark.Length].SequenceEqual(Mark) is false)
        {
            throw new InvalidDataException($"{path} holds no token ids.");
        }

        var (indexAt, count) = (BitConverter.ToInt64(foot[8..]), BitConverter.ToInt64(foot[24..]));
        _namesAt = BitConverter.ToInt64(foot[16..]);
        if (indexAt + (count * 16) + FootBytes != stream.Length)
        {
            throw new InvalidDataException($"{path} is not whole.");
        }

        stream.Position = indexAt;
        _starts = new long[count + 1];
        (_prompts, _names) = (new int[count], new int[count + 1]);
        Fill(_starts.AsSpan(1));
        Fill(_prompts.AsSpan());
        Fill(_names.AsSpan(1));

        void Fill<T>(Span<T> values)
            where T : unmanaged => stream.ReadExactly(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Documents of the file.</summary>
    public int Count => _prompts.Length;

    /// <summary>Tokens of a document.</summary>
    public int LengthOf(int place) => (int)(_starts[place + 1] - _starts[place]);

    /// <summary>Tokens of a document that come before the answer.</summary>
    public int PromptOf(int place) => _prompts[place];

    /// <summary>A document's tokens.</summary>
    public int[] TokensOf(int place)
    {
        var tokens = new int[LengthOf(place)];
        Copy(_starts[place] * sizeof(int), MemoryMarshal.AsBytes(tokens.AsSpan()));
        return tokens;
    }

    /// <summary>A document's last token; null where it has none.</summary>
    public int? LastOf(int place)
    {
        if (LengthOf(place) == 0)
        {
            return null;
        }

        var last = 0;
        Copy((_starts[place + 1] - 1) * sizeof(int), MemoryMarshal.AsBytes(new Span<int>(ref last)));
        return last;
    }

    /// <summary>A document's name.</summary>
    public string NameOf(int place)
    {
        var name = new byte[_names[place + 1] - _names[place]];
        Copy(_namesAt + _names[place], name);
        return Encoding.UTF8.GetString(name);
    }

    /// <summary>Gives the mapping back; what is asked for next maps the file again.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _view?.Dispose();
            _map?.Dispose();
            (_view, _map) = (null, null);
        }
    }

    /// <summary>Gives the mapping back.</summary>
    public void Dispose() => Release();

    private void Copy(long at, Span<byte> into)
    {
        lock (_gate)
        {
            if (_view is null)
            {
                _map = MemoryMappedFile.CreateFromFile(_path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
                _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            }

            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)at, into);
        }
    }

    private static Span<byte> Foot(FileStream stream, Span<byte> foot)
    {
        stream.Position = stream.Length - FootBytes;
        stream.ReadExactly(foot);
        return foot;
    }

    /// <summary>Writes such a file from its start to its end.</summary>
    internal sealed class Writer(Stream stream)
    {
        private readonly List<long> _ends = [];
        private readonly List<int> _prompts = [];
        private readonly List<int> _nameEnds = [];
        private readonly ArrayBufferWriter<byte> _names = new();
        private long _ids;

        /// <summary>Adds a document at the end.</summary>
        public void Add(string name, ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer)
        {
            stream.Write(MemoryMarshal.AsBytes(prompt));
            stream.Write(MemoryMarshal.AsBytes(answer));
            _ids += prompt.Length + answer.Length;
            _ends.Add(_ids);
            _prompts.Add(prompt.Length);
            Encoding.UTF8.GetBytes(name, _names);
            _nameEnds.Add(_names.WrittenCount);
        }

        /// <summary>Writes what is needed to find the documents again.</summary>
        public void Complete()
        {
            var namesAt = _ids * sizeof(int);
            stream.Write(_names.WrittenSpan);
            Write(_ends);
            Write(_prompts);
            Write(_nameEnds);
            stream.Write(Mark);
            Write([namesAt + _names.WrittenCount, namesAt, _ends.Count]);
        }

        private void Write<T>(List<T> values)
            where T : unmanaged => stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)));
    }
}
