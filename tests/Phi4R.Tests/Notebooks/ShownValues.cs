using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// What the cells of an executed notebook show, as a reader would say it aloud: words, numbers and pictures'
/// descriptions, without what was measured (times, speeds, memory, free disk).
/// </summary>
internal static partial class ShownValues
{
    /// <summary>One text for each code cell, in order.</summary>
    public static IReadOnlyList<string> Of(string path) =>
        [.. Notebook.Read(path).Cells.Where(cell => cell.IsCode)
            .Select(cell => string.Join('\n',
                cell.Outputs.OfType<JsonObject>().Select(Words).Where(words => words.Length > 0)))];

    private static string Words(JsonObject output)
    {
        if ((string?)output["output_type"] == "stream")
        {
            var text = OfTheTool().Replace(NotebookCell.Text(output["text"]), "");
            return string.IsNullOrWhiteSpace(text) ? "" : Unmeasured($"{output["name"]}: {text}");
        }

        var data = (JsonObject)output["data"]!;
        var html = data.ContainsKey("text/html")
            ? NotebookCell.Text(data["text/html"])
            : WebUtility.HtmlEncode(NotebookCell.Text(data["text/plain"]));
        var described = Picture().Replace(Hidden().Replace(html, ""), " $1 ");
        return Unmeasured(WebUtility.HtmlDecode(Tag().Replace(described, " ")));
    }

    private static string Unmeasured(string text) =>
        Quantity().Replace(Taken().Replace(Series().Replace(Space().Replace(text, " ").Trim(), "$1 was measured"),
            "took # s"), "# $1")
            .Replace("# s a step", "# steps/s", StringComparison.Ordinal);

    [GeneratedRegex("<(style|script)[^>]*>.*?</\\1>|<div[^>]*display: none[^>]*>.*?</div>", RegexOptions.Singleline)]
    private static partial Regex Hidden();

    [GeneratedRegex("<img[^>]*\\balt=\"([^\"]*)\"[^>]*>")]
    private static partial Regex Picture();

    // .NET Interactive's own compiler, of its own libraries.
    [GeneratedRegex("^warning CS1701: .*$", RegexOptions.Multiline)]
    private static partial Regex OfTheTool();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("\\s+")]
    private static partial Regex Space();

    [GeneratedRegex("(tokens/s|speed|sampling and verifying|training)(?: \\(mean of \\d+\\))? goes from .*? "
        + "highest \\S+")]
    private static partial Regex Series();

    // A time is written in the unit that it fills.
    [GeneratedRegex("took (\\d+ h )?(\\d+ min )?\\d[\\d.,]* m?s(?!\\w)")]
    private static partial Regex Taken();

    [GeneratedRegex("\\d[\\d.,]* (s|MB|GiB|steps/s)(?!\\w)")]
    private static partial Regex Quantity();
}
