using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Phi4R.Notebooks.Sessions;

/// <summary>What one directive line asks for.</summary>
internal enum DirectiveKind
{
    Package,
    File,
    Source,
    Import,
    Time,
    Language,
    Names,
    Values,
    About,
    Set,
}

/// <param name="Line">Counted from one, in the cell.</param>
internal sealed record Directive(DirectiveKind Kind, string Argument, string? Version, int Line);

/// <summary>A cell parted into the directive lines of the dialect and plain C#.</summary>
/// <param name="Code">The cell with its directive lines blanked, so that lines keep their numbers.</param>
internal sealed partial record CellDirectives(IReadOnlyList<Directive> Directives, string Code)
{
    /// <summary>How directives begin, for an editor's completion.</summary>
    public static IReadOnlyList<string> Forms
    {
        get;
    } = ["#r \"nuget: ", "#r \"", "#i \"nuget: ", "#!time", "#!import ", "#!csharp",
        "#!html", "#!markdown", "#!javascript", "#!mermaid", "#!who", "#!whos", "#!about", "#!set --name ",
        "#!share --from csharp ",
        "#nullable enable"];

    private static readonly string[] Known =
        ["#!time", "#!import", "#!csharp", "#!html", "#!markdown", "#!javascript", "#!mermaid", "#!who", "#!whos",
            "#!about", "#!set", "#!share"];

    /// <exception cref="CellException">A directive is unknown or badly written.</exception>
    public static CellDirectives Read(string source, string cell)
    {
        var tree = CSharpSyntaxTree.ParseText(source, Submissions.Syntax);
        var lines = source.ReplaceLineEndings("\n").Split('\n');
        List<Directive> directives = [];
        foreach (var trivia in tree.GetRoot().DescendantTrivia().Where(trivia => trivia.IsDirective))
        {
            var line = trivia.GetLocation().GetLineSpan().StartLinePosition.Line;
            if (Parse(lines[line].Trim(), line + 1, cell) is { } directive)
            {
                directives.Add(directive);
                lines[line] = directive.Kind == DirectiveKind.Set ? directive.Argument : "";
            }
        }

        return new CellDirectives(directives, string.Join('\n', lines));
    }

    /// <summary>The code up to a line, and the code after it, both with their own line numbers.</summary>
    public (string Before, string After) SplitAt(int line)
    {
        var lines = Code.Split('\n');
        StringBuilder after = new();
        after.Append('\n', line);
        after.AppendJoin('\n', lines[line..]);
        return (string.Join('\n', lines[..line]), after.ToString());
    }

    private static Directive? Parse(string text, int line, string cell)
    {
        var place = $"{cell}:line {line}";
        if (Reference().Match(text) is { Success: true } reference)
        {
            var (verb, argument) = (reference.Groups[1].Value, reference.Groups[2].Value.Trim());
            if (!argument.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
            {
                return verb == "r"
                    ? new Directive(DirectiveKind.File, argument, null, line)
                    : throw new CellException(place, $"#i \"{argument}\" is not a package source; write #i \"nuget: "
                        + "<folder or feed>\".");
            }

            var parts = argument["nuget:".Length..].Split(',', StringSplitOptions.TrimEntries);
            return verb == "i" ? new Directive(DirectiveKind.Source, parts[0], null, line)
                : parts[0].Length == 0 || parts.Length > 2
                    ? throw new CellException(place, $"{text} names no package; write #r \"nuget: Id, Version\".")
                : new Directive(DirectiveKind.Package, parts[0], parts.ElementAtOrDefault(1), line);
        }

        if (Magic().Match(text) is { Success: true } magic)
        {
            return magic.Groups[1].Value switch
            {
                "time" => new Directive(DirectiveKind.Time, "", null, line),
                "csharp" or "c#" => new Directive(DirectiveKind.Language, "", null, line),
                "import" => new Directive(DirectiveKind.Import, magic.Groups[2].Value.Trim().Trim('"'), null, line),
                "who" => new Directive(DirectiveKind.Names, "", null, line),
                "whos" => new Directive(DirectiveKind.Values, "", null, line),
                "about" => new Directive(DirectiveKind.About, "", null, line),
                "set" => new Directive(DirectiveKind.Set, Declaration(magic.Groups[2].Value, place), null, line),
                "share" =>
                    throw new CellException(place, "#!share stands in a cell of JavaScript or HTML, which it gives a "
                        + "variable of the C# cells. C# cells see each other's variables without it, and can be given "
                        + "none of JavaScript's, which runs in the reader's browser."),
                var other =>
                    throw new CellException(place, $"This kernel does not know #!{other}; it knows "
                        + $"{string.Join(", ", Known)}, #r and #i."),
            };
        }

        return text.StartsWith("#load", StringComparison.Ordinal)
            ? throw new CellException(place, "This kernel does not know #load; write #!import <file>.")
            : null;
    }

    /// <summary>The C# of <c>#!set --name N --value V</c>, where V is a text, or a variable as @csharp:V.</summary>
    private static string Declaration(string words, string place) => Setting().Match(words) is { Success: true } set
        ? $"var {set.Groups[1].Value} = "
            + $"{(set.Groups[2].Success ? set.Groups[2].Value : SymbolDisplay.FormatLiteral(set.Groups[3].Value
                + set.Groups[4].Value, quote: true))};"
        : throw new CellException(place, "#!set is written #!set --name NAME --value TEXT, or --value "
            + "@csharp:VARIABLE.");

    [GeneratedRegex(@"^--name\s+(\w+)\s+--value\s+(?:@csharp:(\w+)|""([^""]*)""|(.+?))\s*$")]
    private static partial Regex Setting();

    [GeneratedRegex("^#([ri])\\s*\"([^\"]*)\"\\s*;?\\s*(?://.*)?$")]
    private static partial Regex Reference();

    [GeneratedRegex("^#!\\s*([^\\s]+)\\s*(.*)$")]
    private static partial Regex Magic();
}
