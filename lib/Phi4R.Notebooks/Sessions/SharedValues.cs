using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Values of C# cells in cells that the reader's browser runs: lines such as <c>#!share --from csharp x</c> at any
/// place of one.
/// </summary>
/// <param name="Script">JavaScript that declares them for the whole page; empty where there are none.</param>
/// <param name="Text">The cell without these lines.</param>
internal sealed partial record SharedValues(string Script, string Text)
{
    private const string Json = "application/json";

    /// <param name="section">A part in JavaScript or HTML.</param>
    /// <exception cref="CellException">A line is written otherwise, or there is no such variable.</exception>
    public static SharedValues Of(CellSection section, string cell, Submissions submissions)
    {
        List<string> declared = [];
        List<string> kept = [];
        var lines = section.Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Asked().IsMatch(lines[i]))
            {
                declared.Add(Declaration(lines[i].Trim(), $"{cell}:line {section.Line + 1 + i}", submissions));
            }
            else
            {
                kept.Add(lines[i]);
            }
        }

        return new SharedValues(string.Concat(declared), string.Join('\n', kept));
    }

    private static string Declaration(string line, string place, Submissions submissions)
    {
        if (Set().Match(line) is { Success: true } set)
        {
            return Assigned(set.Groups[1].Value, set.Groups[2].Success
                ? Value(set.Groups[2].Value, place, submissions)
                : JsonSerializer.Serialize(set.Groups[3].Value + set.Groups[4].Value));
        }

        var share = Share().Match(line);
        return share.Success
            ? Assigned(share.Groups[2].Success ? share.Groups[2].Value : share.Groups[1].Value,
                Value(share.Groups[1].Value, place, submissions))
            : throw new CellException(place, $"{line} is not understood here; write #!share --from csharp NAME, with "
                + "--as NAME for another name, or #!set --name NAME --value TEXT, or --value @csharp:NAME.");
    }

    private static string Value(string name, string place, Submissions submissions)
    {
        var found = submissions.Variables().Where(variable => variable.Name == name).ToList();
        return found.Count == 0
            ? throw new CellException(place, $"No C# cell has declared a variable {name}; #!who lists those that there "
                + "are.")
            : found[0].Value is null ? "null" : found[0].Value.ToDisplayString(Json);
    }

    // Within a script's tag no text may end it.
    private static string Assigned(string name, string json) =>
        $"window.{name} = {json.Replace("<", "\\u003c", StringComparison.Ordinal)};\n";

    [GeneratedRegex(@"^\s*#!(share|set)\b")]
    private static partial Regex Asked();

    [GeneratedRegex(@"^#!share\s+--from\s+csharp\s+([A-Za-z_]\w*)(?:\s+--as\s+([A-Za-z_]\w*))?"
        + @"(?:\s+--mime-type\s+application/json)?$")]
    private static partial Regex Share();

    [GeneratedRegex(@"^#!set\s+--name\s+([A-Za-z_]\w*)\s+--value\s+(?:@csharp:(\w+)|""([^""]*)""|(.+?))\s*$")]
    private static partial Regex Set();
}
