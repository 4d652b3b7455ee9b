using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Pages;
using Phi4R.Show;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

public sealed class PageTests : IDisposable
{
    private readonly WrittenNotebooks _notebooks = new();

    [Theory]
    [InlineData("x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [InlineData("\\frac{1}{N}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>N</mi></mrow></mfrac>")]
    [InlineData("\\pi_\\theta(y \\mid x)", "<msub><mi>π</mi><mi>θ</mi></msub>")]
    [InlineData("\\mathbb{E}\\mathcal{L}", "𝔼")]
    [InlineData("\\mathcal{L}", "ℒ")]
    [InlineData("\\sqrt[3]{x}", "<mroot>")]
    [InlineData("a < b", "<mo>&lt;</mo>")]
    [InlineData("\\unheardof{x}", "\\unheardof")]
    public void Formulas_become_MathML(string tex, string part) =>
        Assert.Contains(part, TexToMathml.Convert(tex, display: false));

    [Theory]
    [InlineData("\\mathcal{L}_{\\text{DPO}} = -\\mathbb{E}_{(x, y_w, y_l) \\sim D}\\left[\\log \\sigma\\left(\\beta "
        + "\\log \\frac{\\pi_\\theta(y_w|x)}{\\pi_{\\mathrm{ref}}(y_w|x)}\\right)\\right]")]
    [InlineData("\\begin{aligned} a &= b \\\\ c &= \\begin{cases} 1 & x > 0 \\\\ -1 & \\text{else} \\end{cases} "
        + "\\end{aligned}")]
    [InlineData("\\sum_{i=1}^{N} \\min\\big(r_t A_t,\\; \\operatorname{clip}(r_t, 1-\\epsilon, 1+\\epsilon) A_t\\big)")]
    [InlineData("\\hat{A}_i = \\frac{r_i - \\operatorname{mean}(\\mathbf{r})}{\\operatorname{std}(\\mathbf{r})} \\in "
        + "\\{-1, 1\\}")]
    [InlineData("{ { \\left( x^{a^b}_c' } & \\\\ \\frac \\")]
    public void Every_formula_is_well_formed_even_when_its_TeX_is_not(string tex) =>
        Assert.Equal("math", XElement.Parse(TexToMathml.Convert(tex, display: true)).Name.LocalName);

    // As a browser lays it out, in a window of 1,300 pixels and in a frame as narrow as a phone.
    [FactWhere("a browser: apt-get install chromium", "command -v chromium")]
    public void In_a_browser_numbers_stand_right_words_left_and_a_wide_table_scrolls_within_a_narrow_page()
    {
        var markdown = MarkdownText.Html("| a | b |\n| --- | ---: |\n| word | 1 |\n", _notebooks.At("."));
        var wide = Table.Of("wide", ["what", .. Enumerable.Range(1, 12).Select(i => $"column number {i}")],
            [["word", .. Enumerable.Repeat<object?>(1.5, 12)]]);
        var page = PageStyle.Page("tables", $"<div class=\"cell\">{markdown}</div><div class=\"output\">"
            + $"{wide.ToHtml()}</div><p class=\"formula\">{TexToMathml.Convert("\\frac{a}{b}", display: true)}</p>");
        File.WriteAllText(_notebooks.At("tables.html"), page.Replace("</body>",
            $"<iframe width=\"360\" height=\"400\" srcdoc=\"{WebUtility.HtmlEncode(page)}\"></iframe></body>"));
        using var browser = new Browser();
        using var shown = browser.Visit($"file://{_notebooks.At("tables.html")}");
        shown.Until("frames.length == 1 && frames[0].document.querySelectorAll('td').length == 15");
        Assert.Equal("left right left right", shown.Read("[0, 1, 2, 3].map(i => "
            + "getComputedStyle(document.querySelectorAll('td')[i]).textAlign).join(' ')"));
        Assert.Equal("true true", shown.Read("[frames[0].document.documentElement.scrollWidth <= 360, "
            + "frames[0].document.querySelectorAll('table')[1].scrollWidth > 500].join(' ')"));
    }

    [Fact]
    public void A_page_needs_no_other_file()
    {
        File.WriteAllText(_notebooks.At("p.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
        var html = NotebookPage.Html(Notebook.Read(_notebooks.Write("page.ipynb", ["md:# Title & more\n\n$x$ and "
            + "$$y$$ ![picture](p.svg)", "var x = \"<text>\"; // comment"])));
        Assert.Contains("<title>Title &amp; more</title>", html);
        Assert.Contains("data:image/svg+xml;base64,", html);
        Assert.Contains("<span class=\"text\">&quot;&lt;text&gt;&quot;</span>", html);
        Assert.Contains("<span class=\"comment\">// comment</span>", html);
        Assert.Contains("prefers-color-scheme: dark", html);
        Assert.DoesNotContain("src=\"http", html);
        Assert.DoesNotContain("<link", html);
        Assert.DoesNotContain("<script", html);
    }

    [Theory]
    [InlineData("{", "}")]
    [InlineData("\\frac{", "}{2}")]
    [InlineData("\\mathcal{x^{", "}}")]
    [InlineData("x_{", "}")]
    [InlineData("\\left(", "\\right)")]
    public void A_formula_nested_20000_deep_is_shown_as_it_is_written(string open, string close)
    {
        var tex = Repeated(open, 20_000) + "x" + Repeated(close, 20_000);
        var math = XElement.Parse(TexToMathml.Convert(tex, display: true));
        Assert.Equal(tex, math.Value);
        Assert.Contains("<msup>", TexToMathml.Convert("x^2", display: false), StringComparison.Ordinal);

        var shallow = Repeated("{", 150) + "x" + Repeated("}", 150);
        Assert.Equal("x", XElement.Parse(TexToMathml.Convert(shallow, display: true)).Value);

        static string Repeated(string part, int times) => string.Concat(Enumerable.Repeat(part, times));
    }

    // What could run or fetch anything: after cleaning, no name of these is left in a tag.
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<SCRIPT SRC=//evil.example/x.js></SCRIPT>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<img src=\"https://evil.example/p.png\" alt=\"p\">")]
    [InlineData("![p](https://evil.example/p.png)")]
    [InlineData("![p](//evil.example/p.png)")]
    [InlineData("![p](../outside.png)")]
    [InlineData("![p](%2e%2e/outside.png)")]
    [InlineData("![p](linked.png)")]
    [InlineData("![p](linkedfolder/outside.png)")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt&colon;alert(1))")]
    [InlineData("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("<a href=\"java\nscript:alert(1)\">x</a>")]
    [InlineData("# Title {onclick=alert(1)}")]
    [InlineData("<div style=\"background: url(https://evil.example/p.png)\">x</div>")]
    [InlineData("<style>body { background: url(https://evil.example/p.png) }</style>")]
    [InlineData("<svg><script>alert(1)</script></svg>")]
    [InlineData("<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>")]
    [InlineData("<iframe src=\"https://evil.example\"></iframe>")]
    [InlineData("<form action=\"https://evil.example\"><input name=p></form>")]
    [InlineData("<base href=\"https://evil.example/\">")]
    [InlineData("<meta http-equiv=refresh content=\"0;url=https://evil.example\">")]
    [InlineData("<object data=\"https://evil.example/x\"></object>")]
    [InlineData("<embed src=\"x\"><video poster=\"//evil.example/p\">")]
    [InlineData("</div></body><script>alert(1)</script>")]
    public void Markdown_of_a_stranger_runs_nothing_and_fetches_nothing(string markdown)
    {
        var outside = Directory.CreateDirectory(Path.Combine(_notebooks.Folder, "..", Guid.NewGuid().ToString("N")));
        File.WriteAllText(_notebooks.At("../outside.png"), "secret");
        File.WriteAllText(Path.Combine(outside.FullName, "outside.png"), "secret");
        File.CreateSymbolicLink(_notebooks.At("linked.png"), _notebooks.At("../outside.png"));
        Directory.CreateSymbolicLink(_notebooks.At("linkedfolder"), outside.FullName);
        try
        {
            var html = MarkdownText.Html($"before\n\n{markdown}\n\nafter", _notebooks.Folder);
            var tags = string.Concat(Regex.Matches(html, "<[^>]*>").Select(tag => tag.Value));
            Assert.DoesNotMatch("(?i)script|onerror|onclick|evil|style|iframe|<form|<input|<base|<meta|<object|<embed|"
                + "<video|<svg|text/html|" + Convert.ToBase64String("secret"u8), tags);
            Assert.DoesNotContain("alert(1)</script>", html, StringComparison.Ordinal);
            Assert.StartsWith("<p>before</p>", html, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_notebooks.At("../outside.png"));
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_picture_that_is_not_shown_is_named()
    {
        Assert.Contains("[picture not shown: a cat (https://example.org/cat.png)",
            MarkdownText.Html("![a cat](https://example.org/cat.png)", _notebooks.Folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<details><summary>More</summary>\n\n**text**\n\n</details>", "<strong>text</strong>")]
    [InlineData("- [x] done", "<input disabled=\"disabled\" type=\"checkbox\" checked=\"checked\">")]
    [InlineData("[a link](https://example.org/a?b=1#c)", "<a href=\"https://example.org/a?b=1#c\">a link</a>")]
    [InlineData("[next](02-mid-training.ipynb)", "href=\"02-mid-training.ipynb\"")]
    [InlineData("|a|b|\n|-|:-:|\n|1|2|", "<td")]
    [InlineData("$\\frac{1}{2}$", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>")]
    [InlineData("H<sub>2</sub>O", "H<sub>2</sub>O")]
    [InlineData("```csharp\nvar x = 1;\n```", "<span class=\"keyword\">var</span>")]
    public void What_a_reader_needs_of_Markdown_stays(string markdown, string part) =>
        Assert.Contains(part, MarkdownText.Html(markdown, _notebooks.Folder), StringComparison.Ordinal);

    [Theory]
    [InlineData("> ")]
    [InlineData("[")]
    [InlineData("*a ")]
    [InlineData("- ")]
    [InlineData("<b>")]
    public void Markdown_nested_very_deep_is_a_page_all_the_same(string part)
    {
        var html = MarkdownText.Html(string.Concat(Enumerable.Repeat(part, 20_000)) + "end", _notebooks.Folder);
        Assert.Contains("end", html, StringComparison.Ordinal);
    }

    public void Dispose() => _notebooks.Dispose();
}
