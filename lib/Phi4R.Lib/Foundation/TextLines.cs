using System.Text;

namespace Phi4R.Foundation;

/// <summary>Lines of text files, one in memory at a time, and none of a length that is a mistake.</summary>
public static class TextLines
{
    /// <summary>Signs that a line may have: hundreds of times the longest answer.</summary>
    public const int Longest = 16 << 20;

    /// <summary>Reads the lines of a UTF-8 file.</summary>
    /// <exception cref="InvalidDataException">
    /// It is no ordinary file, or a line has more than <see cref="Longest"/> signs; the message names file and line.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using var reader = new StreamReader(OrdinaryFile.Checked(path));
        foreach (var line in Read(reader, path))
        {
            yield return line;
        }
    }

    /// <summary>
    /// The same, except that a line that is too long does not end the file: it is null in its place.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no ordinary file.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IEnumerable<string?> ReadAll(string path)
    {
        using var reader = new StreamReader(OrdinaryFile.Checked(path));
        var line = new StringBuilder();
        var buffer = new char[1 << 16];
        var (isTooLong, isOpen) = (false, false);
        for (int count; (count = reader.Read(buffer)) > 0;)
        {
            var rest = buffer.AsMemory(0, count);
            for (int end; (end = rest.Span.IndexOf('\n')) >= 0; rest = rest[(end + 1)..])
            {
                Take(rest.Span[..end]);
                yield return isTooLong ? null : line.ToString().TrimEnd('\r');
                line.Clear();
                (isTooLong, isOpen) = (false, false);
            }

            Take(rest.Span);
            isOpen |= rest.Length > 0;
        }

        if (isOpen)
        {
            yield return isTooLong ? null : line.ToString();
        }

        void Take(ReadOnlySpan<char> more)
        {
            isTooLong |= line.Length + more.Length > Longest;
            _ = isTooLong ? line.Clear() : line.Append(more);
        }
    }

    /// <summary>Reads the lines of a text that is open already, such as the standard input.</summary>
    /// <param name="reader">Where the text comes from; it stays open.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">A line has more than <see cref="Longest"/> signs.</exception>
    public static IEnumerable<string> Read(TextReader reader, string path)
    {
        var line = new StringBuilder();
        var buffer = new char[1 << 16];
        var (number, afterReturn) = (1, false);
        for (int count; (count = reader.Read(buffer)) > 0;)
        {
            var rest = buffer.AsMemory(0, count);
            if (afterReturn && rest.Span[0] == '\n')
            {
                rest = rest[1..];
            }

            afterReturn = buffer[count - 1] == '\r';
            for (int end; (end = rest.Span.IndexOfAny('\r', '\n')) >= 0;)
            {
                line.Append(rest.Span[..end]);
                yield return Whole(line, path, number++);
                line.Clear();
                var isPair = rest.Span[end] == '\r' && end + 1 < rest.Length && rest.Span[end + 1] == '\n';
                rest = rest[(end + (isPair ? 2 : 1))..];
            }

            line.Append(rest.Span);
            Check(line, path, number);
        }

        if (line.Length > 0)
        {
            yield return Whole(line, path, number);
        }
    }

    private static string Whole(StringBuilder line, string path, int number)
    {
        Check(line, path, number);
        return line.ToString();
    }

    private static void Check(StringBuilder line, string path, int number)
    {
        if (line.Length > Longest)
        {
            throw new InvalidDataException($"{path}, line {number} has more than {Longest >> 20} million signs; "
                + "expected was one record a line. Are its line ends missing?");
        }
    }
}
