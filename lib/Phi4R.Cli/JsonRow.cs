using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Cli;

/// <summary>Fields of a row, read strictly: a missing field or one of another kind is an error that names it.</summary>
internal static class JsonRow
{
    /// <summary>Refuses a row that has other fields: one that is misspelled would be ignored without a word.</summary>
    /// <returns>The row.</returns>
    /// <exception cref="InvalidDataException">It has another; the message names it and the known ones.</exception>
    public static JsonObject WithOnly(this JsonObject row, params ReadOnlySpan<string> names)
    {
        foreach (var (name, _) in row)
        {
            if (!names.Contains(name))
            {
                throw new InvalidDataException(
                    $"\"{name}\" is no field of such a row; known are {string.Join(", ", names)}.");
            }
        }

        return row;
    }

    /// <exception cref="InvalidDataException">
    /// The field is missing, is no text, or holds half of a surrogate pair.
    /// </exception>
    public static string RequiredText(this JsonObject row, string name) =>
        row.OptionalText(name) ?? throw Wrong(row, name, "text");

    /// <summary>A text, or null where the field is missing or null.</summary>
    /// <exception cref="InvalidDataException">The field is no text, or holds half of a surrogate pair.</exception>
    public static string? OptionalText(this JsonObject row, string name)
    {
        if (row[name] is not { } node)
        {
            return null;
        }

        try
        {
            return node.GetValueKind() == JsonValueKind.String
                ? node.GetValue<string>()
                : throw Wrong(row, name, "text");
        }
        catch (InvalidOperationException problem)
        {
            throw new InvalidDataException($"\"{name}\" is not Unicode text: it holds half of a surrogate pair, or "
                + "bytes that are not UTF-8.", problem);
        }
    }

    /// <summary>A truth, or <paramref name="otherwise"/> where the field is missing or null.</summary>
    /// <exception cref="InvalidDataException">The field is neither true nor false.</exception>
    public static bool Flag(this JsonObject row, string name, bool otherwise = false) => row[name] switch
    {
        null => otherwise,
        { } node => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(row, name, "true or false"),
        },
    };

    /// <summary>A list of objects.</summary>
    /// <exception cref="InvalidDataException">The field is missing, or is no list of objects.</exception>
    public static IReadOnlyList<JsonObject> RequiredObjects(this JsonObject row, string name) =>
        row[name] is JsonArray list
        ? [.. list.Select((item, i) => item as JsonObject
            ?? throw new InvalidDataException(
                $"\"{name}\" holds {Quoted(item)} at place {i}; expected was an object."))]
        : throw Wrong(row, name, "a list of objects");

    /// <summary>A list of token ids; whether a vocabulary has them is not asked here.</summary>
    /// <exception cref="InvalidDataException">The field is missing, or is no list of whole numbers.</exception>
    public static int[] RequiredIds(this JsonObject row, string name)
    {
        var list = row[name] as JsonArray ?? throw Wrong(row, name, "a list of whole numbers");
        var ids = new int[list.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = list[i] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
                && value.TryGetValue<int>(out var id)
                ? id
                : throw new InvalidDataException($"\"{name}\" holds {Quoted(list[i])} at place {i}; expected was a "
                    + "whole number.");
        }

        return ids;
    }

    /// <summary>A whole number, or <paramref name="otherwise"/> where the field is missing or null.</summary>
    /// <exception cref="InvalidDataException">The field is no whole number.</exception>
    public static long WholeNumber(this JsonObject row, string name, long otherwise) =>
        row[name] is not { } node ? otherwise
        : long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var number) ? number
        : throw Wrong(row, name, "a whole number");

    /// <summary>A number, or <paramref name="otherwise"/> where the field is missing or null.</summary>
    /// <exception cref="InvalidDataException">The field is no finite number.</exception>
    public static double Number(this JsonObject row, string name, double otherwise) =>
        row[name] is not { } node ? otherwise
        : node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<double>(out var number)
            && double.IsFinite(number) ? number
        : throw Wrong(row, name, "a finite number");

    private static InvalidDataException Wrong(JsonObject row, string name, string expected) =>
        new(row[name] is { } found
            ? $"\"{name}\" is {Quoted(found)}; expected was {expected}."
            : $"\"{name}\" is missing; expected was {expected}.");

    /// <summary>A value as a message shows it: its JSON, or the beginning of it.</summary>
    public static string Quoted(JsonNode? node)
    {
        var json = node?.ToJsonString(JsonLinesVerb.Plain) ?? "null";
        return json.Length > 60 ? json[..60] + "..." : json;
    }
}
