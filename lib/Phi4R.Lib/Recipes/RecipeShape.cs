using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Phi4R.Recipes;

/// <summary>Whether a recipe file's fields are settings, and each of its kind, said as the file says it.</summary>
internal static class RecipeShape
{
    /// <summary>What is wrong first; null where each field is a setting and of its kind.</summary>
    public static string? Fault(JsonObject recipe, JsonSerializerOptions options) =>
        Fault(recipe, options.GetTypeInfo(typeof(Recipe)), "");

    private static string? Fault(JsonObject node, JsonTypeInfo type, string path)
    {
        // What is only computed from the settings is written with them, and passed over.
        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var (name, value) in node)
        {
            var place = path.Length == 0 ? name : $"{path}.{name}";
            var fault = known.TryGetValue(name, out var property)
                ? Fault(value, property, place, type.Options)
                : $"there is no setting {place}; {(path.Length == 0 ? "a recipe" : path)} has "
                    + $"{string.Join(", ", known.Values.Where(IsSetting).Select(setting => setting.Name).Order())}.";
            if (fault is not null)
            {
                return fault;
            }
        }

        return known.Values.FirstOrDefault(property => property.IsRequired && !node.ContainsKey(property.Name))
            is { } missing
            ? $"{(path.Length == 0 ? "" : $"{path}.")}{missing.Name} is missing; give it, or name a recipe that has "
                + "it as \"Base\"."
            : null;
    }

    private static string? Fault(JsonNode? value, JsonPropertyInfo property, string place,
        JsonSerializerOptions options)
    {
        if (!IsSetting(property))
        {
            return null;
        }

        var inNullable = Nullable.GetUnderlyingType(property.PropertyType);
        var type = inNullable ?? property.PropertyType;
        if (value is null)
        {
            return inNullable is not null || (!type.IsValueType && property.IsSetNullable) ? null
                : $"{place} is null; expected was {Kind(type)}.";
        }

        var isOfKind = value.GetValueKind() switch
        {
            JsonValueKind.Object => !IsList(type) && !IsPlain(type),
            JsonValueKind.Array => IsList(type),
            JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
            JsonValueKind.Number => (type == typeof(double) || IsWhole(type)) && CanRead(value, type, options),
            _ => type == typeof(string) || (type.IsEnum && CanRead(value, type, options)),
        };
        return !isOfKind ? $"{place} is {value.ToJsonString()}; expected was {Kind(type)}."
            : value is JsonObject inner && options.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } settings
                ? Fault(inner, settings, place)
            : null;
    }

    private static bool IsSetting(JsonPropertyInfo property) => property.Set is not null;

    private static bool CanRead(JsonNode value, Type type, JsonSerializerOptions options)
    {
        try
        {
            return value.Deserialize(type, options) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsList(Type type) => type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type)
        && !(type.IsGenericType && type.GetGenericArguments().Length == 2);

    private static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string);

    private static bool IsWhole(Type type) => type == typeof(int) || type == typeof(long);

    private static string Kind(Type type) => type == typeof(bool) ? "true or false"
        : IsWhole(type) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(string) ? "a text"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(name => $"\"{name}\""))}"
        : IsList(type) ? "a list in brackets" : "settings in braces";
}
