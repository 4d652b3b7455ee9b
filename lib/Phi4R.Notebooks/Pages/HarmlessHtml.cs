using System.Net;
using AngleSharp.Dom;
using Ganss.Xss;

namespace Phi4R.Notebooks.Pages;

/// <summary>
/// HTML of a stranger's Markdown, left with what shows text, tables, formulas and the notebook's own pictures.
/// </summary>
internal static class HarmlessHtml
{
    private static readonly string[] Text =
    [
        "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
        "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
        "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
        "var", "wbr",
    ];

    private static readonly string[] Formulas =
    [
        "math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "mspace", "msqrt", "msub", "msubsup", "msup",
        "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
    ];

    private static readonly string[] Attributes =
    [
        "align", "alt", "checked", "class", "colspan", "disabled", "height", "href", "id", "open", "rowspan", "src",
        "start", "style", "title", "type", "width", "accent", "display", "displaystyle", "fence", "form", "largeop",
        "linethickness",
        "mathvariant", "maxsize", "minsize", "movablelimits", "stretchy", "symmetric", "xmlns",
    ];

    // One for the process: what it allows takes longer to make than a cell to clean.
    private static readonly Lazy<HtmlSanitizer> Cleaner = new(() => new HtmlSanitizer(new HtmlSanitizerOptions
    {
        AllowedTags = new HashSet<string>([.. Text, .. Formulas], StringComparer.OrdinalIgnoreCase),
        AllowedAttributes = new HashSet<string>(Attributes, StringComparer.OrdinalIgnoreCase),
        // How a table's columns are aligned, and nothing else of a stranger's styles.
        AllowedCssProperties = new HashSet<string>(["text-align"], StringComparer.OrdinalIgnoreCase),
        AllowedSchemes = new HashSet<string>(["http", "https", "mailto", "data"], StringComparer.OrdinalIgnoreCase),
        UriAttributes = new HashSet<string>(["href", "src"], StringComparer.OrdinalIgnoreCase),
    })
    { KeepChildNodes = false });

    /// <param name="html">A fragment.</param>
    /// <param name="folder">Pictures of this folder are put into the page, all others named.</param>
    public static string Of(string html, string folder)
    {
        var cleaned = Cleaner.Value.SanitizeDom(html);
        foreach (var picture in cleaned.QuerySelectorAll("img"))
        {
            var source = picture.GetAttribute("src") ?? "";
            if (!source.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase))
            {
                Replace(picture, source, folder);
            }
        }

        foreach (var link in cleaned.QuerySelectorAll("a[href^='data:' i], input:not([type='checkbox' i])"))
        {
            link.Remove();
        }

        return cleaned.Body!.InnerHtml;
    }

    private static void Replace(IElement picture, string source, string folder)
    {
        if (Inside(source, folder) is { } data)
        {
            picture.SetAttribute("src", data);
            return;
        }

        var words = picture.Owner!.CreateElement("em");
        words.TextContent = $"[picture not shown: {picture.GetAttribute("alt")} ({source}) is no picture in the "
            + "notebook's folder]";
        picture.Replace(words);
    }

    private static string? Inside(string source, string folder)
    {
        string path;
        try
        {
            path = Path.GetFullPath(WebUtility.UrlDecode(source), folder);
        }
        catch (ArgumentException) // a zero byte
        {
            return null;
        }

        var type = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".svg" => "image/svg+xml",
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".gif" => "image/gif",
            _ => null,
        };
        return type is not null && IsWithin(path, Path.GetFullPath(folder)) && File.Exists(path)
            ? $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"
            : null;
    }

    /// <summary>Whether it lies in the folder; a link on the way may lead out of it.</summary>
    private static bool IsWithin(string path, string folder)
    {
        for (var at = path; at is not null && at.Length > folder.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                return false;
            }

            if (Path.GetDirectoryName(at) == folder.TrimEnd(Path.DirectorySeparatorChar))
            {
                return true;
            }
        }

        return false;
    }
}
