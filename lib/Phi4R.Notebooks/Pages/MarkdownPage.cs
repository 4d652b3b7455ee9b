using System.Text;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Notebooks.Pages;

/// <summary>A text in Markdown as one HTML file that opens without a network: its pictures are inside.</summary>
public static class MarkdownPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="markdown">The text; its first heading is the title.</param>
    /// <param name="folder">Where its pictures are, and the page is made.</param>
    /// <param name="links">Pages that it begins with, each with its title as HTML.</param>
    public static void Write(
        string markdown, string folder, string file, IReadOnlyList<(string File, string Title)> links)
    {
        var title = markdown.Split('\n')[0].TrimStart('#').Trim();
        var body = new StringBuilder();
        if (links.Count > 0)
        {
            body.Append("<nav aria-label=\"Notebooks\"><ol>\n");
            foreach (var (target, name) in links)
            {
                body.Append("<li><a href=\"").Append(Uri.EscapeDataString(target)).Append("\">")
                    .Append(name).Append("</a></li>\n");
            }

            body.Append("</ol></nav>\n");
        }

        body.Append(MarkdownText.Html(markdown, folder));
        WholeFile.Write(Path.Combine(folder, file), PageStyle.Page(title, body.ToString()));
    }
}
