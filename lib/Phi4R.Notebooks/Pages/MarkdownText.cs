using System.Net;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Phi4R.Notebooks.Pages;

/// <summary>Markdown cells as HTML that needs no other file: formulas as MathML, pictures inside.</summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseEmphasisExtras().UseAutoLinks().UseTaskLists().UseFootnotes().UseAutoIdentifiers()
        .UseGenericAttributes().UseMathematics()
        .Build();

    /// <summary>
    /// The cell's HTML. Of what a stranger may have written nothing runs and nothing is fetched: scripts, styles and
    /// links to scripts are left out, and pictures that lie outside of the folder are named instead.
    /// </summary>
    /// <param name="folder">Where relative paths of pictures start; the notebook's own.</param>
    public static string Html(string markdown, string folder)
    {
        var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.RemoveAll(
            known => known is HtmlMathInlineRenderer or HtmlMathBlockRenderer or CodeBlockRenderer);
        renderer.ObjectRenderers.Add(new FormulaInText());
        renderer.ObjectRenderers.Insert(0, new FormulaBlock());
        renderer.ObjectRenderers.Add(new Code());
        try
        {
            renderer.Render(Markdown.Parse(markdown, Pipeline));
        }
        catch (ArgumentException) // nested deeper than the package reads
        {
            return $"<pre>{WebUtility.HtmlEncode(markdown)}</pre>";
        }

        return HarmlessHtml.Of(text.ToString(), folder);
    }

    private sealed class FormulaInText : HtmlObjectRenderer<MathInline>
    {
        // Two dollar signs inside a line display the formula, as Jupyter does.
        protected override void Write(HtmlRenderer renderer, MathInline obj) =>
            renderer.Write(TexToMathml.Convert(obj.Content.ToString(), display: obj.DelimiterCount > 1));
    }

    private sealed class FormulaBlock : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock obj) =>
            renderer.Write("<p class=\"formula\">").Write(TexToMathml.Convert(obj.Lines.ToString(), display: true))
                .WriteLine("</p>");
    }

    private sealed class Code : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock obj)
        {
            var code = obj.Lines.ToString();
            var isCSharp = obj is FencedCodeBlock { Info: "csharp" or "cs" or "c#" or "C#" };
            renderer.Write("<pre class=\"code\">").Write(isCSharp ? CodeColors.Html(code) : WebUtility.HtmlEncode(code))
                .WriteLine("</pre>");
        }
    }
}
