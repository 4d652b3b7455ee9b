using System.Text.Json;
using System.Text.Json.Serialization;

namespace Phi4R.Foundation;

/// <summary>Writes the values of enums by their names, and where a name is none says which there are.</summary>
public sealed class NamedEnum : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Names<>).MakeGenericType(typeToConvert))!;

    private sealed class Names<T> : JsonConverter<T>
        where T : struct, Enum
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Named(reader.TokenType == JsonTokenType.String ? reader.GetString()! : $"a {reader.TokenType}");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());

        // Enums are keys of dictionaries too.
        public override T ReadAsPropertyName(
            ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Named(reader.GetString()!);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.ToString());

        private static T Named(string text) =>
            Enum.GetNames<T>()
                .FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known
                ? Enum.Parse<T>(known)
                : throw new JsonException($"'{Listing.Shortened(text)}' is no {typeof(T).Name}; there are "
                    + $"{string.Join(", ", Enum.GetNames<T>())}.");
    }
}
