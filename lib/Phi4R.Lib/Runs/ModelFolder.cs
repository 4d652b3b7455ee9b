using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>Whether a model, its tokenizer and its chat template are there.</summary>
internal static class ModelFolder
{
    /// <summary>Names the folder of a released model.</summary>
    public const string Variable = "PHI4R_MODEL";

    private const string Advice = "Download the whole folder of microsoft/Phi-4-mini-instruct again, or unset "
        + Variable + " for the pocket model.";

    /// <param name="model">
    /// A folder, or the name of a downloaded model; null or empty for the pocket model, which needs no file.
    /// </param>
    public static IEnumerable<Finding> Check(string? model)
    {
        if (model is not { Length: > 0 })
        {
            return [new("model", $"the pocket model, trained from nothing; {Variable} can name the folder of a "
                + "released one", true, ""), PocketTokenizer(), PocketTemplate()];
        }

        try
        {
            var folder = ModelHub.Resolve(model);
            return [Weights(folder), Tokenizer(folder), Template(folder)];
        }
        catch (Exception exception) when (exception is FileNotFoundException or InvalidDataException)
        {
            return [new("model", exception.Message, false, "Name the folder of a released model, or a downloaded "
                + $"one (phi4r download microsoft/Phi-4-mini-instruct), in {Variable} or --model, or unset it for "
                + "the pocket model.")];
        }
    }

    private static Finding PocketTokenizer()
    {
        const string Sample = "17+25=42";
        var tokenizer = new PocketTokenizer();
        var back = tokenizer.Decode(tokenizer.Encode(Sample));
        return new("tokenizer", $"the pocket's, {tokenizer.VocabularySize} tokens; '{Sample}' comes back as '{back}'",
            back == Sample, "Run environment/setup again.");
    }

    private static Finding PocketTemplate()
    {
        var tokenizer = new PocketTokenizer();
        var prompt = tokenizer.Decode(new ChatFormat(tokenizer).Prompt("?"));
        return new("chat template", prompt, prompt == "<|user|>?<|end|><|assistant|>", "Run environment/setup again.");
    }

    private static Finding Weights(string folder)
    {
        try
        {
            var config = PretrainedModel.ReadConfig(folder);
            var missing = Missing(folder);
            return new("model", missing.Length > 0
                ? $"{folder} lacks {string.Join(", ", missing)}"
                : $"{config.ParameterCount / 1e9:F2} billion weights in {folder}", missing.Length == 0, Advice);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            return new("model", exception.Message, false, Advice);
        }
    }

    private static string[] Missing(string folder)
    {
        const string Single = "model.safetensors";
        var index = Path.Combine(folder, Single + ".index.json");
        if (!File.Exists(index))
        {
            return File.Exists(Path.Combine(folder, Single)) ? [] : [Single];
        }

        using var json = Json(index);
        return [.. json.RootElement.GetProperty("weight_map").EnumerateObject()
            .Select(entry => entry.Value.GetString()!).Distinct(StringComparer.Ordinal)
            .Where(name => !File.Exists(Path.Combine(folder, name))).Order(StringComparer.Ordinal)];
    }

    private static Finding Tokenizer(string folder) =>
        Found("tokenizer", () => TokenizerFiles.Find(folder) is { } tokenizer
        ? new("tokenizer", $"{(tokenizer is PocketTokenizer ? "the pocket's" : "that of Phi-4-mini")}, "
            + $"{tokenizer.VocabularySize:N0} rows", true, "")
        : new("tokenizer", $"{folder} lacks tokenizer.json", false, Advice));

    private static Finding Template(string folder) =>
        Found("chat template", () => TokenizerFiles.FindTemplate(folder) is { } template
        ? new("chat template", template.Name, true, "")
        : new("chat template", "neither chat_template.jinja nor one in tokenizer_config.json", false, Advice));

    private static Finding Found(string subject, Func<Finding> look)
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException
            or UnauthorizedAccessException)
        {
            return new(subject, exception.Message, false, Advice);
        }
    }

    private static JsonDocument Json(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(OrdinaryFile.Checked(path)));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not JSON: {exception.Message}", exception);
        }
    }
}
