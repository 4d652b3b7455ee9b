using System.Xml.Linq;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Pages;

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

    public void Dispose() => _notebooks.Dispose();
}
