using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Phi4R.Show;

/// <summary>The lines of the library that compute something, as they were compiled.</summary>
/// <remarks>
/// The library carries the source of its rooms Training and Stages, which hold the formulas, as embedded resources:
/// what is shown is what runs, in a package too, and no folder is looked for.
/// </remarks>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed partial class SourceCode : IFigure
{
    private readonly string _file;
    private readonly int _first;
    private readonly IReadOnlyList<string> _lines;
    private readonly string? _link;

    private SourceCode(string file, int first, IReadOnlyList<string> lines, string? link) =>
        (_file, _first, _lines, _link) = (file, first, lines, link);

    public string AltText => $"{Place}\n{string.Join('\n', _lines)}";

    private string Place => string.Create(CultureInfo.InvariantCulture,
        $"{_file}, lines {_first} to {_first + _lines.Count - 1}");

    /// <summary>A member of a type of the library, or a part of it, without its documentation.</summary>
    /// <param name="type">A type of the rooms Training or Stages.</param>
    /// <param name="member">A method's or property's name; of several of that name the first.</param>
    /// <param name="from">The part starts with the member's first line that holds this; null: with the member.</param>
    /// <param name="to">The part ends with the first line from there on that holds this; null: with the member.</param>
    /// <exception cref="ArgumentException">There is no such source, member or line; the message names it.</exception>
    public static SourceCode Of(Type type, string member, string? from = null, string? to = null)
    {
        var (name, text) = File(type);
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var start = Array.FindIndex(lines, line => Declaration().Match(line) is { Success: true } match
            && match.Groups[1].Value == member);
        if (start < 0)
        {
            throw new ArgumentException($"{name} has no member '{member}'.");
        }

        var end = End(lines, start);
        var first = Line(from, start, start);
        var last = Line(to, first, end);
        var shown = lines[first..(last + 1)];
        var margin = shown.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return new SourceCode($"lib/{type.Assembly.GetName().Name}/{name}", first + 1,
            [.. shown.Select(line => line.Length > margin ? line[margin..] : "")],
            Link(type.Assembly, name, first, last));

        int Line(string? wanted, int least, int otherwise) => wanted is null ? otherwise
            : Array.FindIndex(lines, least, end + 1 - least, line => line.Contains(wanted, StringComparison.Ordinal))
                is >= 0 and var at ? at
            : throw new ArgumentException($"{type.Name}.{member} in {name} has no line with '{wanted}'.");
    }

    public string ToHtml()
    {
        var place = WebUtility.HtmlEncode(Place);
        return "<p><small>" + (_link is null ? place : $"<a href=\"{WebUtility.HtmlEncode(_link)}\">{place}</a>")
            + $"</small></p><pre>{WebUtility.HtmlEncode(string.Join('\n', _lines))}</pre>";
    }

    // A body in braces ends with the one that stands as far left as the member, any other with the first semicolon.
    private static int End(string[] lines, int start)
    {
        var isInBraces = false;
        for (var i = start; i < lines.Length; i++)
        {
            isInBraces |= lines[i] == "    {";
            if (lines[i] == "    }" || (!isInBraces && (lines[i].EndsWith(';') || lines[i].EndsWith("; }"))))
            {
                return i;
            }
        }

        return lines.Length - 1;
    }

    private static (string Name, string Text) File(Type type)
    {
        const string Prefix = "source/";
        var assembly = type.Assembly;
        var declared = new Regex($@"\b(class|record|record struct|struct|enum|interface) {Regex.Escape(type.Name)}\b",
            RegexOptions.CultureInvariant);
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            if (text.Contains($"namespace {type.Namespace};", StringComparison.Ordinal) && declared.IsMatch(text))
            {
                return (resource[Prefix.Length..], text);
            }
        }

        throw new ArgumentException($"The source of {type.Name} is not in {assembly.GetName().Name}, which carries "
            + "that of the rooms Training and Stages alone.");
    }

    // Where the clone that was compiled had a remote, Source Link's address of the lines.
    private static string? Link(Assembly assembly, string name, int first, int last)
    {
        var address = assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(entry => entry.Key == "RepositoryUrl")?.Value;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return address?.StartsWith("https://", StringComparison.Ordinal) != true
            || version?.Split('+') is not [_, var commit] ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{address.TrimEnd('/')}/blob/{commit}/lib/{assembly.GetName().Name}/{name}#L{first + 1}-L{last + 1}");
    }

    // Four spaces, a word of access, and the name before its parameters or its body.
    [GeneratedRegex(@"^ {4}(?:public|internal|private|protected) (?:.*? )?(\w+)(?:<[^>]*>)?(?:\(| *=>|$| \{)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}
