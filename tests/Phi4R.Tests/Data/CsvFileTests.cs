using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

public sealed class CsvFileTests
{
    private readonly string _path = Path.Combine(Project.Scratch(), "table.csv");

    [Theory]
    [InlineData("tab\there\n\n\tx")]
    [InlineData("a,b\n\n\"quoted\"\n\nc")]
    [InlineData("line\r\n\r\ncrlf")]
    [InlineData("trail \n\nend")]
    [InlineData("\n\n")]
    [InlineData("\"")]
    [InlineData("")]
    public void What_stands_in_quotes_is_kept_to_the_letter(string field)
    {
        File.WriteAllText(_path,
            $"question,answer\r\n\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\",12\r\n\r\nplain,\r\n");
        Assert.Equal([["question", "answer"], [field, "12"], ["plain", ""]],
            CsvFile.Read(_path).Select(record => record.Fields));
    }

    [Theory]
    [InlineData("a,b\nc,d", 2)]
    [InlineData("a,b\n\nc,d\n", 3)]
    [InlineData("\"a\n\",b\nc,d\n", 3)]
    [InlineData("\ufeffa,b\rc,d\r", 2)]
    public void A_record_knows_the_line_where_it_begins(string text, int line)
    {
        File.WriteAllText(_path, text);
        Assert.Equal(line, CsvFile.Read(_path).Last().Line);
        Assert.Equal(["c", "d"], CsvFile.Read(_path).Last().Fields);
    }

    [Theory]
    [InlineData("a,b\n\"c,d\n", "line 2 is no CSV: a quoted field begins there and does not end")]
    [InlineData("a,b\n\"c\"d,e\n", "line 2 is no CSV: text follows a closing quote")]
    public void A_quote_without_its_fellow_is_refused_by_its_line(string text, string message)
    {
        File.WriteAllText(_path, text);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => CsvFile.Read(_path).ToList()).Message,
            StringComparison.Ordinal);
    }
}
