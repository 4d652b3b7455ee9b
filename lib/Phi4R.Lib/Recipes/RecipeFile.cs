using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Phi4R.Foundation;

namespace Phi4R.Recipes;

/// <summary>
/// Recipes in files: a whole one, or one that says only what differs from another ("Base": "pocket").
/// </summary>
internal static class RecipeFile
{
    private const string Base = "Base";
    private const int DeepestBase = 16;

    [ThreadStatic]
    private static int Depth;

    // A misspelt setting is an error, never a default.
    private static readonly JsonSerializerOptions Strict = new(JsonFormat.Indented)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        // Without one the settings of a type can be asked for only after the first file was read.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads a recipe.</summary>
    /// <param name="advice">What to do about a file that cannot be read.</param>
    /// <exception cref="InvalidDataException">It cannot be read; the message names the file and the place.</exception>
    public static Recipe Read(string path, string advice)
    {
        try
        {
            if (++Depth > DeepestBase)
            {
                throw new JsonException($"It is the {DeepestBase}th recipe in a row that names another as its Base; "
                    + "is one of them its own?");
            }

            var node = JsonNode.Parse(File.ReadAllBytes(OrdinaryFile.Checked(path)),
                documentOptions: new()
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                }) as JsonObject
                ?? throw new JsonException("The file holds no JSON object.");
            if (node.Remove(Base, out var name))
            {
                var whole = Node(Recipe.Named(name?.GetValue<string>() ?? ""));
                whole["Name"] = Path.GetFileNameWithoutExtension(path);
                Merge(whole, node);
                node = whole;
            }

            if (RecipeShape.Fault(node, Strict) is { } fault)
            {
                throw new JsonException(fault);
            }

            var recipe = node.Deserialize<Recipe>(Strict)!;
            return recipe.Name.Length > 0
                && recipe.Name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
                && recipe.Name[0] != '.' ? recipe
                : throw new JsonException($"Its Name is '{recipe.Name}', of which a folder is made: letters, digits, "
                    + "'-', '_' and '.' are allowed.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException
            or IOException)
        {
            var place = exception is JsonException { Path: { Length: > 1 } at }
                && !exception.Message.Contains(at, StringComparison.Ordinal) ? $" ({at})" : "";
            throw new InvalidDataException($"{path} cannot be read: {exception.Message}{place} {advice}", exception);
        }
        finally
        {
            Depth--;
        }
    }

    /// <summary>A recipe with some settings changed.</summary>
    /// <param name="settings">
    /// Each named by its place in a file, such as "MidTraining.Epochs"; a value of null changes nothing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no such setting, or the value makes no sense there; the message says which.
    /// </exception>
    public static Recipe Changed(Recipe recipe, IReadOnlyList<(string Setting, object? Value)> settings)
    {
        foreach (var (setting, value) in settings)
        {
            var whole = Node(recipe);
            var names = setting.Split('.');
            var place = names[..^1].Aggregate<string, JsonNode?>(whole,
                (inner, name) => (inner as JsonObject)?[name]) as JsonObject
                ?? throw new ArgumentException($"The recipe '{recipe.Name}' has nothing at {setting}; a setting is "
                    + "named by its place in a recipe file.");
            if (value is null)
            {
                continue;
            }

            place[names[^1]] = JsonSerializer.SerializeToNode(value, JsonFormat.Indented);
            if (RecipeShape.Fault(whole, Strict) is { } fault)
            {
                throw new ArgumentException($"In the recipe '{recipe.Name}' {fault}");
            }

            try
            {
                recipe = whole.Deserialize<Recipe>(Strict)!;
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                throw new ArgumentException($"{setting} cannot be {place[names[^1]]?.ToJsonString()} in the recipe "
                    + $"'{recipe.Name}': {exception.Message}", exception);
            }
        }

        return recipe;
    }

    /// <summary>Whether two parts of recipes would be written alike.</summary>
    public static bool Same<T>(T one, T other) =>
        JsonSerializer.Serialize(one, JsonFormat.Indented) == JsonSerializer.Serialize(other, JsonFormat.Indented);

    private static JsonObject Node(Recipe recipe) =>
        JsonSerializer.SerializeToNode(recipe, JsonFormat.Indented)!.AsObject();

    // Objects are merged; anything else is replaced.
    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            if (value is JsonObject inner && into[name] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }
}
