using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Microsoft.DotNet.Interactive;

namespace Phi4R.Notebooks.Sessions;

/// <summary>A part of a cell in one language, which a line such as <c>#!markdown</c> begins.</summary>
/// <param name="Language">As the line says it; C# where none says.</param>
/// <param name="Text">Of C# with empty lines in front, so that lines keep their numbers.</param>
/// <param name="Line">Of the line that begins it, counted from one.</param>
internal sealed partial record CellSection(string Language, string Text, int Line)
{
    private const string CSharp = "csharp";

    /// <summary>
    /// Languages whose cells are known to be none of this kernel's, by what their lines and metadata say.
    /// </summary>
    private static readonly Dictionary<string, string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fsharp"] = "F#",
        ["f#"] = "F#",
        ["pwsh"] = "PowerShell",
        ["powershell"] = "PowerShell",
        ["python"] = "Python",
        ["sql"] = "SQL",
        ["kql"] = "KQL",
        ["http"] = "HTTP",
        ["value"] = "a value's",
        ["r"] = "R",
    };

    private static readonly string[] Shown = ["html", "markdown", "md", "javascript", "js", "mermaid"];

    public bool IsCSharp => Language is CSharp or "c#";

    /// <summary>The parts of a cell, in order; one where it is all C#.</summary>
    public static IReadOnlyList<CellSection> Of(string source)
    {
        var lines = source.ReplaceLineEndings("\n").Split('\n');
        List<CellSection> sections = [];
        var (language, start) = (CSharp, 0);
        for (var i = 0; i < lines.Length; i++)
        {
            if (Begin().Match(lines[i]) is { Success: true } begin && IsLanguage(begin.Groups[1].Value)
                && (language != CSharp || IsDirective(lines[start..(i + 1)])))
            {
                Close(i);
                (language, start) = (begin.Groups[1].Value.ToLowerInvariant(), i + 1);
                language = language == "c#" ? CSharp : language;
            }
        }

        Close(lines.Length);
        return sections;

        void Close(int end)
        {
            var text = string.Join('\n', lines[start..end]);
            if (language != CSharp || !string.IsNullOrWhiteSpace(text) || (end == lines.Length && sections.Count == 0))
            {
                sections.Add(
                    new CellSection(language, language == CSharp ? new string('\n', start) + text : text, start));
            }
        }
    }

    /// <summary>The cell with its parts in other languages blanked, so that what is C# keeps its places.</summary>
    public static string CSharpOf(string source)
    {
        var others = Of(source).Where(section => !section.IsCSharp).ToList();
        if (others.Count == 0)
        {
            return source;
        }

        var lines = source.ReplaceLineEndings("\n").Split('\n');
        foreach (var section in others)
        {
            foreach (var i in Enumerable.Range(section.Line - 1, 1 + section.Text.Split('\n').Length)
                .Where(i => i < lines.Length))
            {
                lines[i] = "";
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Shows what needs no running.</summary>
    /// <exception cref="CellException">
    /// It is another language's, or asks for a value that there is not.
    /// </exception>
    public void Show(string cell, Submissions submissions)
    {
        var context = KernelInvocationContext.Needed();
        switch (Language)
        {
            case "html":
                var (script, html) = SharedValues.Of(this, cell, submissions);
                context.DisplayAs(script.Length == 0 ? html : $"<script>{script}</script>\n{html}", "text/html");
                break;
            case "markdown" or "md":
                context.DisplayAs(Text, "text/markdown");
                break;
            case "mermaid":
                // Drawn by JupyterLab, VS Code and GitHub.
                context.DisplayAs($"```mermaid\n{Text.Trim('\n')}\n```", "text/markdown");
                break;
            case "javascript" or "js":
                var (values, code) = SharedValues.Of(this, cell, submissions);
                Kernel.Javascript(values + code);
                break;
            default:
                throw Refusal(cell);
        }
    }

    /// <summary>
    /// What a cell is told that holds a part which this kernel neither runs nor shows; null for a cell without one.
    /// </summary>
    public static CellException? RefusalOf(string source, string cell) =>
        Of(source).FirstOrDefault(section => Others.ContainsKey(section.Language))?.Refusal(cell);

    private CellException Refusal(string cell) => new(
        $"{cell}:line {Math.Max(1, Line)}",
        $"#!{Language}: this is {Others[Language]} code; this kernel runs C# and shows HTML, Markdown, JavaScript "
            + "and Mermaid. "
            + "Write it in C#, or run the notebook under another kernel.");

    private static bool IsLanguage(string word) => word.ToLowerInvariant() is CSharp or "c#"
        || Shown.Contains(word.ToLowerInvariant()) || Others.ContainsKey(word);

    // Not within a text of several lines.
    private static bool IsDirective(string[] lines)
    {
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(string.Join('\n', lines)), Submissions.Syntax);
        return tree.GetRoot().DescendantTrivia()
            .Any(trivia => trivia.IsDirective
                && trivia.GetLocation().GetLineSpan().StartLinePosition.Line == lines.Length - 1);
    }

    [GeneratedRegex(@"^#!([a-zA-Z#]+)\s*$")]
    private static partial Regex Begin();
}
