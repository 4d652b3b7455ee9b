using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Notebooks.Pages;

/// <summary>A notebook as one HTML file that opens from a disk, without a network and without a server.</summary>
public static partial class NotebookPage
{
    /// <summary>The name of the page that links the others.</summary>
    public const string IndexName = "index.html";

    private const string AllNotebooks = $"<a href=\"{IndexName}\">All notebooks</a>";

    public static void Write(Notebook notebook, string path) => WholeFile.Write(path, Html(notebook));

    /// <summary>The pages of notebooks in a folder with their titles, in the order of their names.</summary>
    public static IReadOnlyList<(string File, string Title)> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.html").Where(file => Path.GetFileName(file) != IndexName)
            .Order(StringComparer.Ordinal).Select(page => (Path.GetFileName(page), Titled(page)))];

    /// <summary>
    /// Writes the page that links all pages of a folder, in the order of their names, and links each with the one
    /// before and the one after it.
    /// </summary>
    public static void WriteIndex(string folder)
    {
        var (items, pages) = (new StringBuilder(), In(folder));
        for (var i = 0; i < pages.Count; i++)
        {
            items.Append("<li>").Append(Link(pages[i], "")).Append("</li>\n");
            var path = Path.Combine(folder, pages[i].File);
            var html = File.ReadAllText(path);
            var linked = Navigation().Replace(html, _ => "<nav>" + string.Join("\n", new[]
            {
                i > 0 ? Link(pages[i - 1], "← ") : "",
                AllNotebooks,
                i < pages.Count - 1 ? Link(pages[i + 1], "→ ") : "",
            }.Where(link => link.Length > 0)) + "</nav>", 1);
            if (linked != html)
            {
                WholeFile.Write(path, linked);
            }
        }

        WholeFile.Write(Path.Combine(folder, IndexName),
            PageStyle.Page("Notebooks", $"<h1>Notebooks</h1>\n<ol>\n{items}</ol>"));
    }

    private static string Link((string File, string Title) page, string arrow) =>
        $"<a href=\"{Uri.EscapeDataString(page.File)}\">{arrow}{page.Title}</a>";

    // As it stands in the page: its signs are escaped already.
    private static string Titled(string page) =>
        TitleTag().Match(File.ReadAllText(page)).Groups[1].Value is { Length: > 0 } title
            ? title
            : WebUtility.HtmlEncode(Path.GetFileName(page));

    public static string Html(Notebook notebook)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(notebook.Path))!;
        var body = new StringBuilder($"<nav>{AllNotebooks}</nav>\n");
        foreach (var cell in notebook.Cells)
        {
            body.Append(cell.IsMarkdown ? "<div class=\"cell "
                + $"markdown\">\n{MarkdownText.Html(WithAttachments(cell), folder)}</div>\n"
                : cell.IsCode ? CodeCell(cell, folder)
                : $"<pre class=\"cell\">{WebUtility.HtmlEncode(cell.Source)}</pre>\n");
        }

        var name = Path.GetFileName(notebook.Path);
        return PageStyle.Page(Title(notebook) ?? name, $"{body}<footer>{WebUtility.HtmlEncode(name)}</footer>");
    }

    private static string? Title(Notebook notebook) => notebook.Cells.Where(cell => cell.IsMarkdown)
        .SelectMany(cell => cell.Source.Split('\n'))
        .FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim();

    private static string WithAttachments(NotebookCell cell)
    {
        var text = cell.Source;
        foreach (var (name, data) in cell.Json["attachments"] as JsonObject ?? [])
        {
            if (data is JsonObject forms && forms.FirstOrDefault() is { Key: { } type } form)
            {
                text = text.Replace($"attachment:{name}", $"data:{type};base64,{NotebookCell.Text(form.Value)}",
                    StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static string CodeCell(NotebookCell cell, string folder)
    {
        var html =
            new StringBuilder($"<div class=\"cell{(cell.Tags.Contains("injected-parameters") ? " injected" : "")}\">");
        html.Append(cell.ExecutionCount is { } count ? $"<div class=\"count\">[{count}]</div>" : "");
        html.Append(string.IsNullOrWhiteSpace(cell.Source)
            ? ""
            : $"<pre class=\"code\">{CodeColors.Html(cell.Source)}</pre>\n");
        foreach (var output in cell.Outputs.OfType<JsonObject>())
        {
            html.Append("<div class=\"output\">").Append(Output(output, folder)).Append("</div>\n");
        }

        return html.Append("</div>\n").ToString();
    }

    private static string Output(JsonObject output, string folder) => (string?)output["output_type"] switch
    {
        "stream" =>
            $"<pre class=\"{((string?)output["name"] == "stderr" ? "stderr" : "stdout")}\">"
                + $"{Plain(NotebookCell.Text(output["text"]))}</pre>",
        "error" =>
            $"<pre class=\"error\">"
                + $"{Plain(string.Join(
                    '\n', (output["traceback"] as JsonArray ?? []).Select(line => (string?)line)))}</pre>",
        _ => output["data"] is JsonObject data ? Richest(data, folder) : "",
    };

    private static string Richest(JsonObject data, string folder)
    {
        if (data.TryGetPropertyValue("text/html", out var html))
        {
            return NotebookCell.Text(html);
        }

        foreach (var type in (string[])["image/svg+xml", "image/png", "image/jpeg", "image/gif"])
        {
            if (data.TryGetPropertyValue(type, out var picture))
            {
                var bytes = type == "image/svg+xml"
                    ? Convert.ToBase64String(Encoding.UTF8.GetBytes(NotebookCell.Text(picture)))
                    : NotebookCell.Text(picture).Trim();
                return $"<img alt=\"{WebUtility.HtmlEncode(NotebookCell.Text(data["text/plain"]))}\" "
                    + $"src=\"data:{type};base64,{bytes}\">";
            }
        }

        return data.TryGetPropertyValue("text/markdown", out var markdown)
            ? MarkdownText.Html(NotebookCell.Text(markdown), folder)
            : data.TryGetPropertyValue("text/latex", out var formula)
                ? TexToMathml.Convert(NotebookCell.Text(formula).Trim().Trim('$'), display: true)
            : data.TryGetPropertyValue("text/plain", out var plain) ? $"<pre>{Plain(NotebookCell.Text(plain))}</pre>"
            : $"<pre>{Plain(data.ToJsonString())}</pre>";
    }

    /// <summary>
    /// Text without the terminal's color codes, and with lines that were written over in their last state.
    /// </summary>
    private static string Plain(string text) =>
        WebUtility.HtmlEncode(Overwritten().Replace(ColorCodes().Replace(text, ""), ""));

    [GeneratedRegex("\u001b\\[[0-9;]*[A-Za-z]")]
    private static partial Regex ColorCodes();

    [GeneratedRegex("^[^\\n]*\\r(?=[^\\n])", RegexOptions.Multiline)]
    private static partial Regex Overwritten();

    [GeneratedRegex("(?<=<body>\\s*)<nav>.*?</nav>", RegexOptions.Singleline)]
    private static partial Regex Navigation();

    [GeneratedRegex("<title>([^<]*)</title>")]
    private static partial Regex TitleTag();
}
