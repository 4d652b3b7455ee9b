using System.Text.Json;

namespace Phi4R.Checkpoints;

/// <summary>
/// Values of a configuration's JSON; what is wrong with one is a <see cref="FormatException"/> that names it and shows
/// what was found.
/// </summary>
internal static class ConfigValues
{
    public static JsonElement Required(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value : throw new FormatException($"{name} is missing");

    public static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static int Whole(JsonElement value, string name) =>
        Typed(value, name, $"a whole number up to {int.MaxValue}", found => found.GetInt32());

    public static double Number(JsonElement value, string name) =>
        Typed(value, name, "a number", found => found.GetDouble());

    public static string Word(JsonElement value, string name) =>
        Typed(value, name, "a text", found => found.GetString()!);

    // What stands there is shown as far as it helps: a file may hold anything.
    public static T Typed<T>(JsonElement value, string name, string expected, Func<JsonElement, T> read)
    {
        const int Shown = 40;
        try
        {
            return read(value) ?? throw new FormatException();
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            var found = value.GetRawText();
            throw new FormatException($"{name} is {(found.Length > Shown ? $"{found[..Shown]}…" : found)}; it must "
                + $"be {expected}", exception);
        }
    }

    public static void Expect(JsonElement root, string name, string expected)
    {
        var found = Word(Required(root, name), name);
        Refuse(found != expected, $"{name} is {found}; only {expected} is known");
    }

    public static void Refuse(bool wrong, string reason)
    {
        if (wrong)
        {
            throw new FormatException(reason);
        }
    }
}
