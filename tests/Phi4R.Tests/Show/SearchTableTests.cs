using Microsoft.Data.Analysis;
using Phi4R.Show;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Show;

public sealed class SearchTableTests
{
    private const string Hostile = "</script><script>document.title='owned'</script>";

    private static DataFrame Frame(int rows) => new(
        new Int32DataFrameColumn("n", Enumerable.Range(0, rows)),
        new StringDataFrameColumn("word", Enumerable.Range(0, rows).Select(i => i == 41 ? Hostile : $"row {i} Ends")));

    [Fact]
    public void Without_a_script_the_first_page_is_there_and_what_cannot_be_searched_is_counted()
    {
        var html = SearchTable.From("<t>", Frame(3000), page: 5).ToHtml();
        var still = html[..html.IndexOf("<script", StringComparison.Ordinal)];
        Assert.Equal(5 + 1, still.Split("<tr>").Length - 1);
        Assert.Contains("2,995 more rows are not shown", still, StringComparison.Ordinal);
        Assert.Contains("The first 2,000 of 3,000 rows can be searched here", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("</script>").Length); // That of the table's own script alone.
        Assert.Equal("t: a table of 7 rows to be searched, with the columns n, word.",
            SearchTable.From("t", Frame(7)).AltText);
        Assert.Contains("0 rows", Assert.Throws<ArgumentException>(() => SearchTable.From("t", Frame(1), 0)).Message,
            StringComparison.Ordinal);
    }

    [FactWhere("chromium", "command -v chromium")]
    public void In_a_browser_words_are_searched_and_pages_are_turned()
    {
        Assert.Contains("1 to 5 of 100 rows", Driven(""), StringComparison.Ordinal);
        var second = Driven("box.querySelectorAll('button')[1].click();");
        Assert.Contains("6 to 10 of 100 rows", second, StringComparison.Ordinal);
        Assert.Contains(">row 9 Ends</td>", second, StringComparison.Ordinal);
        Assert.DoesNotContain(">row 10 Ends</td>", second, StringComparison.Ordinal);
        var found = Driven("const field = box.querySelector('input'); field.value = 'ends 77'; field.oninput();");
        Assert.Contains("1 to 1 of 1 rows", found, StringComparison.Ordinal);
        Assert.Contains(">row 77 Ends</td>", found, StringComparison.Ordinal);
        var hostile = Driven("const field = box.querySelector('input'); field.value = 'owned'; field.oninput();");
        Assert.Contains(">&lt;/script&gt;&lt;script&gt;", hostile, StringComparison.Ordinal);
        Assert.DoesNotContain("<title>owned", hostile, StringComparison.Ordinal);
    }

    private static string Driven(string script)
    {
        var folder = Project.Scratch();
        var page = Path.Combine(folder, "page.html");
        File.WriteAllText(page, "<!DOCTYPE html><html><head><title>t</title></head><body>"
            + SearchTable.From("rows", Frame(100), page: 5).ToHtml()
            + $"<script>const box = document.querySelector('[data-phi4r-table]'); {script}</script></body></html>");
        var (code, html) = HouseTests.Bash("timeout 50 chromium --headless=new --no-sandbox --disable-gpu "
            + $"--user-data-dir={folder}/chromium --virtual-time-budget=3000 --dump-dom file://{page} 2>/dev/null");
        Assert.True(code == 0, html);
        return html[..html.IndexOf("<script", StringComparison.Ordinal)];
    }
}
