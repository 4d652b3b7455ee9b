using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Phi4R.Data.Import;

/// <summary>Options that a record lists apart from its question, as MMLU and ARC do.</summary>
internal static class ListedChoices
{
    /// <summary>The options' texts in order, or null where the record lists none.</summary>
    public static IReadOnlyList<string>? Of(JsonObject record) => (record["choices"] ?? record["options"]) switch
    {
        JsonArray { Count: > 0 } list => Texts(list),
        JsonObject labeled when labeled["text"] is JsonArray { Count: > 0 } list => Texts(list),
        _ => null,
    };

    /// <summary>Whether a question shows each option behind its letter.</summary>
    public static bool AreShown(string question, IReadOnlyList<string> choices) => choices.Select((choice, i) =>
        Regex.IsMatch(question, $@"(?<![A-Za-z]){(char)('A' + i)}\s*[).:]\s*\$?{Regex.Escape(choice.Trim('$', ' '))}"))
            .All(shown => shown);

    /// <summary>The right option, or the answer as it is where it names none.</summary>
    /// <param name="answer">
    /// An option's text, its letter, its label, or its place from 0: a number, or digits that are no option's text.
    /// </param>
    public static string Right(JsonObject record, string answer, IReadOnlyList<string> choices)
    {
        var isNumber = (record["answer"] ?? record["Answer"])?.GetValueKind() == System.Text.Json.JsonValueKind.Number;
        if (!isNumber && choices.Contains(answer))
        {
            return answer;
        }

        if (record["choices"] is JsonObject { } labeled && labeled["label"] is JsonArray labels
            && labels.Select(label => label?.ToString()).ToList().IndexOf(answer) is var labelled and >= 0
            && labelled < choices.Count)
        {
            return choices[labelled];
        }

        return int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            && place < choices.Count ? choices[place] : answer;
    }

    private static string[] Texts(JsonArray list) => [.. list.Select(item => item?.ToString() ?? "")];
}
