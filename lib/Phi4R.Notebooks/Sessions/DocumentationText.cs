using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Phi4R.Notebooks.Sessions;

/// <summary>What a library's XML file says of a symbol, as plain text.</summary>
internal static partial class DocumentationText
{
    public static string Of(ISymbol symbol)
    {
        if (symbol.GetDocumentationCommentXml() is not { Length: > 0 } xml)
        {
            return "";
        }

        try
        {
            var root = XElement.Parse(xml);
            List<string> parts = [Words(root.Element("summary"))];
            parts.AddRange(root.Elements("param").Select(parameter => $"{(string?)parameter.Attribute("name")}: "
                + $"{Words(parameter)}"));
            parts.AddRange(root.Elements("returns").Select(returns => $"returns: {Words(returns)}"));
            parts.AddRange(root.Elements("exception")
                .Select(exception => $"{Shorn((string?)exception.Attribute("cref"))}: {Words(exception)}"));
            return string.Join('\n', parts.Where(part => part.Length > 0));
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

/// <summary>Reads the XML file beside a library when somebody first asks.</summary>
internal sealed class DocumentationFile(string path) : DocumentationProvider
{
    private readonly Lazy<Dictionary<string, string>> _members = new(() =>
    {
        try
        {
            return XDocument.Load(path).Descendants("member").Where(member => member.Attribute("name") is not null)
                .GroupBy(member => (string)member.Attribute("name")!)
                .ToDictionary(group => group.Key, group => group.First().ToString());
        }
        catch (Exception e) when (e is XmlException or IOException)
        {
            return [];
        }
    });

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    protected override string? GetDocumentationForSymbol(string documentationMemberID, CultureInfo preferredCulture,
        CancellationToken cancellationToken = default) =>
        _members.Value.GetValueOrDefault(documentationMemberID);
}
