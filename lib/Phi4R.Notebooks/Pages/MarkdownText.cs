using System.Net;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Phi4R.Notebooks.Pages;

/// <summary>Markdown cells as HTML that needs no other file: formulas as MathML, pictures inside.</summary>
internal static partial class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseEmphasisExtras().UseAutoLinks().UseTaskLists().UseFootnotes().UseAutoIdentifiers()
        .UseGenericAttributes().UseMathematics()
        .Build();

    /// <param name="folder">Where relative paths of pictures start.</param>
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
        renderer.Render(Markdown.Parse(markdown, Pipeline));
        return Pictures().Replace(text.ToString(), picture => Inside(picture, folder));
    }

    private static string Inside(Match picture, string folder)
    {
        var path = Path.GetFullPath(WebUtility.UrlDecode(WebUtility.HtmlDecode(picture.Groups[2].Value)), folder);
        var type = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".svg" => "image/svg+xml",
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".gif" => "image/gif",
            _ => null,
        };
        return type is not null && File.Exists(path)
            ? $"{picture.Groups[1].Value}data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"
                + $"{picture.Groups[3].Value}"
            : picture.Value;
    }

    [GeneratedRegex("(<img[^>]*\\bsrc=\")(?!data:|https?:)([^\"]+)(\")")]
    private static partial Regex Pictures();

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
