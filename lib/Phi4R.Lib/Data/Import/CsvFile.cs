using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>
/// Comma-separated values as spreadsheets write them: what stands in quotes is kept to the letter, line ends and blank
/// lines too.
/// </summary>
/// <remarks>
/// Source: RFC 4180. Departs from the source: lines may end in LF, and blank lines between records are passed over.
/// </remarks>
internal static class CsvFile
{
    private const int End = -1;

    /// <summary>Reads the records in order, each with the line on which it begins.</summary>
    /// <exception cref="InvalidDataException">
    /// A quote is not closed, or text follows a closing one; the message names file and line.
    /// </exception>
    public static IEnumerable<(int Line, string[] Fields)> Read(string path)
    {
        using var reader = new StreamReader(OrdinaryFile.Checked(path));
        var line = 1;
        while (reader.Peek() != End)
        {
            var start = line;
            if (Record(reader, path, ref line) is { } fields)
            {
                yield return (start, fields);
            }
        }
    }

    // Null for a blank line.
    private static string[]? Record(StreamReader reader, string path, ref int line)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        while (true)
        {
            var wasQuoted = reader.Peek() == '"';
            if (wasQuoted)
            {
                reader.Read();
                Quoted(reader, path, ref line, field);
            }
            else
            {
                while (reader.Peek() is not (',' or '\r' or '\n' or End))
                {
                    Add(field, (char)reader.Read(), path, line);
                }
            }

            fields.Add(field.ToString());
            field.Clear();
            switch (reader.Read())
            {
                case ',':
                    continue;
                case '\r' when reader.Peek() == '\n':
                    reader.Read();
                    break;
                case '\r' or '\n' or End:
                    break;
                default:
                    throw new InvalidDataException($"{path}, line {line} is no CSV: text follows a closing quote. A "
                        + "quote within a quoted field is written twice.");
            }

            line++;
            return fields is [""] && !wasQuoted ? null : [.. fields];
        }
    }

    private static void Quoted(StreamReader reader, string path, ref int line, StringBuilder field)
    {
        var start = line;
        while (true)
        {
            var next = reader.Read();
            if (next == End)
            {
                throw new InvalidDataException($"{path}, line {start} is no CSV: a quoted field begins there and "
                    + "does not end.");
            }

            if (next == '"' && reader.Peek() != '"')
            {
                return;
            }

            if (next == '"')
            {
                reader.Read();
            }

            line += next == '\n' ? 1 : 0;
            Add(field, (char)next, path, start);
        }
    }

    private static void Add(StringBuilder field, char sign, string path, int line) =>
        _ = field.Length < TextLines.Longest ? field.Append(sign)
            : throw new InvalidDataException($"{path}, line {line} begins a field of more than "
                + $"{TextLines.Longest >> 20} million signs; is a closing quote missing?");
}
