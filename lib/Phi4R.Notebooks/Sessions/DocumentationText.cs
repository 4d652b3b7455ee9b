using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Phi4R.Notebooks.Sessions;

/// <summary>What a library's XML file says of a call, as plain text.</summary>
internal static partial class DocumentationText
{
    /// <summary>What a parameter is for, and what the call does.</summary>
    public static string Of(ISymbol symbol, string parameter)
    {
        if (symbol.GetDocumentationCommentXml() is not { Length: > 0 } xml)
        {
            return "";
        }

        try
        {
            var root = XElement.Parse(xml);
            var meant = Words(root.Elements("param").FirstOrDefault(element =>
                (string?)element.Attribute("name") == parameter));
            var summary = Words(root.Element("summary"));
            return (meant.Length > 0 ? $": {meant}" : "") + (summary.Length > 0 ? $"\n\n{summary}" : "");
        }
        catch (XmlException)
        {
            return "";
        }
    }

    private static string Words(XElement? element)
    {
        if (element is null)
        {
            return "";
        }

        foreach (var named in element.Descendants().Where(child => child.IsEmpty).ToArray())
        {
            named.ReplaceWith(Shorn((string?)named.Attribute("cref") ?? (string?)named.Attribute("name")
                ?? (string?)named.Attribute("langword")));
        }

        return Spaces().Replace(element.Value, " ").Trim();
    }

    private static string Shorn(string? reference) =>
        reference is null ? "" : reference[(reference.Split('(')[0].LastIndexOfAny(['.', ':']) + 1)..];

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}

/// <summary>Looks into XML files when somebody asks; none is kept in memory, as a framework's are 30 MB.</summary>
/// <param name="paths">The first that tells of a symbol is believed; one that is not there tells of none.</param>
internal sealed class DocumentationFile(Func<IEnumerable<string>> paths) : DocumentationProvider
{
    private static readonly Lazy<string[]> Framework = new(() =>
    {
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var packs = Path.Combine(runtime.FullName, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref");
        return Directory.Exists(packs)
            ? [.. Directory.GetDirectories(packs, $"{Environment.Version.Major}.*")
                .SelectMany(pack => Directory.GetFiles(pack, "*.xml", SearchOption.AllDirectories))
                .OrderByDescending(path => Path.GetFileName(path) == "System.Runtime.xml")]
            : [];
    });

    /// <summary>
    /// What the SDK tells of the framework, where it is installed: by other files than the types are in.
    /// </summary>
    public static DocumentationFile OfFramework { get; } = new(() => Framework.Value);

    public static DocumentationFile Beside(string assembly) => new(() => [Path.ChangeExtension(assembly, ".xml")]);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    protected override string? GetDocumentationForSymbol(string documentationMemberID, CultureInfo preferredCulture,
        CancellationToken cancellationToken = default)
    {
        var begin = Encoding.UTF8.GetBytes($"<member name=\"{documentationMemberID}\"");
        foreach (var path in paths())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                ReadOnlySpan<byte> file = File.ReadAllBytes(path);
                if (file.IndexOf(begin) is >= 0 and var start
                    && file[start..].IndexOf("</member>"u8) is >= 0 and var length)
                {
                    return Encoding.UTF8.GetString(file.Slice(start, length)) + "</member>";
                }
            }
            catch (IOException)
            {
                // without its file a library has no documentation
            }
        }

        return null;
    }
}
