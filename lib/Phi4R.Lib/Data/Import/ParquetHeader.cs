using ParquetColumn = Parquet.Meta.ColumnMetaData;

namespace Phi4R.Data.Import;

/// <summary>
/// The headers of parquet files, walked before they are read: a length or a type that the format does not have ends
/// here.
/// </summary>
/// <remarks>
/// The package that reads them trusts each length and type, so that one flipped bit can hold it in a loop without end;
/// what was walked to its end here, it reads to its end too. Source: parquet.thrift and Thrift's compact form,
/// github.com/apache/parquet-format.
/// </remarks>
internal sealed class ParquetHeader
{
    private const int MaxGroups = 1000;
    private const int LastScalar = 8;
    private const int List = 9;
    private const int Structure = 12;
    private const string Empty = "";

    // What each field holds: a number, a binary (texts too), a list in brackets, or another structure.
    private static readonly Dictionary<string, Dictionary<int, string>> Structures = new Dictionary<string, string>
    {
        ["FileMetaData"] = "1:i32 2:[SchemaElement] 3:i64 4:[RowGroup] 5:[KeyValue] 6:binary 7:[ColumnOrder]",
        ["SchemaElement"] = "1:i32 2:i32 3:i32 4:binary 5:i32 6:i32 7:i32 8:i32 9:i32 10:LogicalType",
        ["LogicalType"] = "1:Mark 2:Mark 3:Mark 4:Mark 5:Decimal 6:Mark 7:Time 8:Time 10:Int 11:Mark 12:Mark 13:Mark "
            + "14:Mark 15:Mark "
            + "16:Variant 17:Geometry 18:Geometry",
        ["Mark"] = Empty,
        ["Decimal"] = "1:i32 2:i32",
        ["Time"] = "1:bool 2:TimeUnit",
        ["TimeUnit"] = "1:Mark 2:Mark 3:Mark",
        ["Int"] = "1:i8 2:bool",
        ["Variant"] = "1:i8",
        ["Geometry"] = "1:binary 2:i32",
        ["RowGroup"] = "1:[ColumnChunk] 2:i64 3:i64 4:[SortingColumn] 5:i64 6:i64 7:i16",
        ["SortingColumn"] = "1:i32 2:bool 3:bool",
        ["ColumnChunk"] = "1:binary 2:i64 3:ColumnMetaData 4:i64 5:i32 6:i64 7:i32",
        ["ColumnMetaData"] = "1:i32 2:[i32] 3:[binary] 4:i32 5:i64 6:i64 7:i64 8:[KeyValue] 9:i64 10:i64 11:i64 "
            + "12:Statistics "
            + "13:[EncodingStatistics] 14:i64 15:i32 16:SizeStatistics 17:GeospatialStatistics",
        ["KeyValue"] = "1:binary 2:binary",
        ["Statistics"] = "1:binary 2:binary 3:i64 4:i64 5:binary 6:binary 7:bool 8:bool",
        ["EncodingStatistics"] = "1:i32 2:i32 3:i32",
        ["SizeStatistics"] = "1:i64 2:[i64] 3:[i64]",
        ["GeospatialStatistics"] = "1:BoundingBox 2:[i32]",
        ["BoundingBox"] = "1:double 2:double 3:double 4:double 5:double 6:double 7:double 8:double",
        ["ColumnOrder"] = "1:Mark",
        ["PageHeader"] = "1:i32 2:i32 3:i32 4:i32 5:DataPage 6:Mark 7:DictionaryPage 8:DataPage2",
        ["DataPage"] = "1:i32 2:i32 3:i32 4:i32 5:Statistics",
        ["DictionaryPage"] = "1:i32 2:i32 3:bool",
        ["DataPage2"] = "1:i32 2:i32 3:i32 4:i32 5:i32 6:i32 7:bool 8:Statistics",
    }.ToDictionary(pair => pair.Key, pair => Fields(pair.Value), StringComparer.Ordinal);

    private static readonly Dictionary<string, int> Scalars = new(StringComparer.Ordinal)
    {
        ["bool"] = 1,
        ["i8"] = 3,
        ["i16"] = 4,
        ["i32"] = 5,
        ["i64"] = 6,
        ["double"] = 7,
        ["binary"] = LastScalar,
    };

    private readonly Stream _file;
    private readonly long _end;
    private readonly Dictionary<(string Structure, int Field), long> _numbers = [];
    private int _groups;

    private ParquetHeader(Stream file, long end)
    {
        _file = file;
        _end = end;
    }

    /// <summary>Walks the footer of a file, whose last 8 bytes are its length and the format's mark.</summary>
    /// <exception cref="InvalidDataException">It is not what the format says; the message has the byte.</exception>
    public static void CheckFooter(Stream file)
    {
        Span<byte> tail = stackalloc byte[8];
        file.Seek(-Math.Min(8, file.Length), SeekOrigin.End);
        if (file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false) < tail.Length
            || !tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("It does not end in PAR1; it is incomplete, or no parquet file.");
        }

        long length = BitConverter.ToUInt32(tail);
        var end = file.Length - tail.Length;
        if (length > end - 4)
        {
            throw new InvalidDataException($"Its footer is to have {length} bytes; the file has {file.Length}.");
        }

        file.Position = end - length;
        new ParquetHeader(file, end).Walk("FileMetaData");
    }

    /// <summary>Walks the headers of a column's pages in the order that they are read.</summary>
    /// <param name="maxValues">That a page may announce.</param>
    /// <exception cref="InvalidDataException">
    /// They are not what the format says, or hold other than the column's values.
    /// </exception>
    public static void CheckPages(Stream file, ParquetColumn column, long maxValues)
    {
        if (column.NumValues < 0 || column.NumValues > maxValues)
        {
            throw new InvalidDataException($"A column is to hold {column.NumValues} values; {maxValues} are the most "
                + $"for a file of {file.Length} bytes.");
        }

        var at = new[]
        {
            column.DictionaryPageOffset ?? 0,
            column.DataPageOffset,
            column.IndexPageOffset ?? 0,
        }.Where(place => place != 0).DefaultIfEmpty().Min();
        for (long values = 0; values < column.NumValues;)
        {
            file.Position = at >= 4 && at < file.Length
                ? at
                : throw new InvalidDataException($"A page is to begin at byte {at} of {file.Length}.");
            var header = new ParquetHeader(file, file.Length);
            header.Walk("PageHeader");
            var (compressed, plain) = (header.Number("PageHeader", 3), header.Number("PageHeader", 2));
            var (data, words) = (header.Number("DataPage", 1) + header.Number("DataPage2", 1),
                header.Number("DictionaryPage", 1));
            if (compressed < 0 || compressed > file.Length - file.Position || plain < 0 || data < 0
                || data > column.NumValues - values || words < 0 || words > maxValues)
            {
                throw new InvalidDataException($"The page at byte {at} is to hold {data} values and {words} words of "
                    + $"a dictionary in {compressed} bytes ({plain} unpacked); "
                    + $"{column.NumValues - values} values and {file.Length - file.Position} bytes are left.");
            }

            values += data;
            at = file.Position + compressed;
        }
    }

    private static Dictionary<int, string> Fields(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(field => field.Split(':'))
            .ToDictionary(field => int.Parse(field[0]), field => field[1]);

    private long Number(string structure, int field) => _numbers.GetValueOrDefault((structure, field));

    private void Walk(string structure)
    {
        var field = 0;
        for (var head = Byte(); head != 0; head = Byte())
        {
            field = head >> 4 is var step and > 0 ? field + step : (int)Whole();
            var type = head & 0x0f;
            if (Structures[structure].TryGetValue(field, out var kind))
            {
                Value(kind, type, structure, field);
            }
            else if (type is > 0 and <= LastScalar)
            {
                Scalar(type); // of a newer edition of the format
            }
            else
            {
                throw Wrong($"field {field} of {structure} is not known");
            }
        }
    }

    private void Value(string kind, int type, string structure, int field)
    {
        var (expected, inner) = kind[0] == '['
            ? (List, kind[1..^1])
            : Scalars.TryGetValue(kind, out var scalar) ? (scalar, null)
            : (Structure, kind);
        if (type != expected && !(kind == "bool" && type == 2))
        {
            throw Wrong($"field {field} of {structure} is of type {type} where {expected} ({kind}) is expected");
        }

        if (type == Structure)
        {
            Walk(kind);
        }
        else if (type == List)
        {
            var head = Byte();
            var count = head >> 4 is var few and < 15 ? few : Bits();
            if (count < 0 || count > _end - _file.Position)
            {
                throw Wrong($"a list in {structure} is to have {count} items and {_end - _file.Position} "
                    + "bytes are left");
            }

            for (long i = 0; i < count; i++)
            {
                Value(inner!, head & 0x0f, structure, field);
            }
        }
        else
        {
            var number = Scalar(type);
            _numbers[(structure, field)] = number;
            if ((structure, field, number > 0) == ("SchemaElement", 5, true) && ++_groups > MaxGroups)
            {
                throw Wrong($"the schema has more than {MaxGroups} groups of columns");
            }
        }
    }

    // The type that a field's head states; whether a flag is up, it states too.
    private long Scalar(int type)
    {
        switch (type)
        {
            case 1 or 2:
                return 0;
            case 3:
                return Byte();
            case 7:
                Skip(sizeof(double));
                return 0;
            case LastScalar:
                Skip(Bits());
                return 0;
            default:
                return Whole();
        }
    }

    private void Skip(long bytes) =>
        _file.Position = bytes >= 0 && bytes <= _end - _file.Position
            ? _file.Position + bytes
            : throw Wrong($"a text of {bytes} bytes begins, and {_end - _file.Position} are left");

    private long Whole() => Bits() is var bits ? (long)((ulong)bits >> 1) ^ -(bits & 1) : 0;

    private long Bits()
    {
        long bits = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            bits |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return bits;
            }
        }

        throw Wrong("a number has no end");
    }

    private int Byte() => _file.Position < _end && _file.ReadByte() is var next and >= 0
        ? next
        : throw Wrong("a header ends too early");

    private InvalidDataException Wrong(string what) => new($"Its header is damaged at byte {_file.Position}: {what}.");
}
