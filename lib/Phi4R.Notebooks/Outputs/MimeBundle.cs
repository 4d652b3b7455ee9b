using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Outputs;

/// <summary>One value in one or more forms, by mime type; a front end shows the richest that it knows.</summary>
public sealed partial class MimeBundle
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";
    private const int LongestPlainText = 10_000;
    private const int LongestHtmlSummary = 200;

    private MimeBundle(IReadOnlyDictionary<string, string> forms) => Forms = forms;

    /// <summary>Content by mime type; JSON types hold JSON text.</summary>
    public IReadOnlyDictionary<string, string> Forms { get; }

    /// <summary>Characters in all forms.</summary>
    public long Length => Forms.Values.Sum(form => (long)form.Length);

    public static MimeBundle Text(string text) => As(text, Plain);

    /// <summary>Content that already is of a mime type; HTML gets a short plain twin.</summary>
    public static MimeBundle As(string content, string mimeType) => new(mimeType == Html
        ? WithSummary(content)
        : new Dictionary<string, string> { [mimeType] = content });

    /// <summary>Forms that the formatters' package made; HTML alone gets a short plain twin.</summary>
    internal static MimeBundle Of(IReadOnlyCollection<FormattedValue> forms) =>
        forms.FirstOrDefault() is { } only && forms.Count == 1
            ? As(only.Value, only.MimeType)
            : new MimeBundle(forms.DistinctBy(form => form.MimeType)
                .ToDictionary(form => form.MimeType, form => form.Value));

    /// <summary>Formats a value by the formatters registered for its type.</summary>
    /// <param name="mimeTypes">The forms wanted; none means those that the type prefers.</param>
    public static MimeBundle Of(object? value, params IEnumerable<string> mimeTypes)
    {
        try
        {
            return OfBounded(value, mimeTypes);
        }
        catch (UnboundedValueException e)
        {
            return Text(e.Message);
        }
    }

    private static MimeBundle OfBounded(object? value, IEnumerable<string> mimeTypes)
    {
        if (PlainValue.Of(value) is { } text)
        {
            return Text(text);
        }

        string[] wanted = [.. mimeTypes];
        if (wanted.Length == 0)
        {
            wanted = value is null ? [Plain] : [.. Formatter.GetPreferredMimeTypesFor(value.GetType())];
        }

        Dictionary<string, string> forms = [];
        foreach (var mimeType in wanted)
        {
            forms[mimeType] = Written(value, mimeType);
        }

        // A plain value in an HTML wrapper with a style sheet says no more than the plain value.
        if (mimeTypes.Any() is false && forms.TryGetValue(Html, out var html)
            && html.StartsWith("<div class=\"dni-plaintext\">", StringComparison.Ordinal))
        {
            forms.Remove(Html);
            html = null;
        }

        if (value is IHtmlContent && forms.Count == 1 && forms.TryGetValue(Html, out var content))
        {
            return new MimeBundle(WithSummary(content));
        }

        if (!forms.ContainsKey(Plain))
        {
            var plain = Written(value, Plain);
            forms[Plain] = plain.Length <= LongestPlainText
                ? plain
                : plain[..LongestPlainText] + $"… ({plain.Length:N0} characters)";
        }

        return new MimeBundle(forms);
    }

    private static string Written(object? value, string mimeType)
    {
        using BoundedWriter writer = new();
        using (FormatContext context = new(writer)) // adds style sheets at its end
        {
            value.FormatTo(context, mimeType);
        }

        return writer.ToString().ReplaceLineEndings("\n");
    }

    private static Dictionary<string, string> WithSummary(string html) => Summary(html) is { Length: > 0 } summary
        ? new() { [Html] = html, [Plain] = summary }
        : new() { [Html] = html };

    /// <summary>
    /// HTML for a reader without a browser: its words and its pictures' alternative texts. Never the pictures' bytes.
    /// </summary>
    private static string Summary(string html)
    {
        var described = Hidden().Replace(html, " ");
        described = Alternative().Replace(described, " [$1] ");
        var words = WebUtility.HtmlDecode(Spaces().Replace(Tags().Replace(described, " "), " ")).Trim();
        return words.Length <= LongestHtmlSummary ? words : words[..LongestHtmlSummary] + "…";
    }

    [GeneratedRegex("<(style|script)[^>]*>.*?</\\1>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Hidden();

    [GeneratedRegex("<img[^>]*\\balt=\"([^\"]*)\"[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Alternative();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
