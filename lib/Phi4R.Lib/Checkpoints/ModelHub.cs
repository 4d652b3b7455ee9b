using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Checkpoints;

/// <summary>Models by the name that they have on the hub, found where the hub's own programs keep them.</summary>
public static partial class ModelHub
{
    private const string Weights = "model.safetensors";

    /// <summary>The folder of a model: the one that is named, or a downloaded one of this name.</summary>
    /// <param name="model">A folder, or owner/name.</param>
    /// <param name="revision">Of a downloaded model: a branch, tag or commit.</param>
    /// <exception cref="FileNotFoundException">It is neither; the message says how to download it.</exception>
    /// <exception cref="InvalidDataException">
    /// It was downloaded in part only; the message names what is missing.
    /// </exception>
    public static string Resolve(string model, string revision = "main") =>
        Resolve(model, revision, HubSettings.Current());

    /// <inheritdoc cref="Resolve(string, string)"/>
    public static string Resolve(string model, string revision, HubSettings settings)
    {
        if (Directory.Exists(model))
        {
            return model;
        }

        if (!IsName(model))
        {
            throw new FileNotFoundException($"{model} is neither a folder nor the name of a model on the hub "
                + "(owner/name). Name the folder of a checkpoint or of a stage of a run, or a downloaded model such "
                + "as microsoft/Phi-4-mini-instruct.");
        }

        var home = Home(settings, model);
        var reference = Path.Combine(home, "refs", revision);
        var commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : revision;
        var snapshot = Path.Combine(home, "snapshots", commit);
        if (!Directory.Exists(snapshot))
        {
            throw new FileNotFoundException($"{model} (revision {revision}) is neither a folder nor among the "
                + $"downloaded models in {settings.Cache}; get it with: phi4r download {model}");
        }

        var missing = Missing(snapshot);
        return missing.Count == 0
            ? snapshot
            : throw new InvalidDataException($"{model} is not whole in {snapshot}: {string.Join(", ", missing)} "
                + $"missing. Go on with: phi4r download {model}");
    }

    /// <summary>
    /// The folder of a model as <see cref="Resolve(string, string)"/> finds it, or what was given where there is none.
    /// </summary>
    public static string Folder(string model)
    {
        try
        {
            return Resolve(model);
        }
        catch (Exception exception) when (exception is FileNotFoundException or InvalidDataException)
        {
            return model;
        }
    }

    /// <summary>Whether this can be the name of a model on the hub.</summary>
    internal static bool IsName(string model) =>
        Name().IsMatch(model) && !model.Contains("..", StringComparison.Ordinal);

    /// <summary>The folder of all revisions of a model or a data set.</summary>
    internal static string Home(HubSettings settings, string model, HubKind kind = HubKind.Model) =>
        Path.Combine(settings.Cache, (kind == HubKind.Model ? "models--" : "datasets--")
            + model.Replace("/", "--", StringComparison.Ordinal));

    private static List<string> Missing(string snapshot)
    {
        List<string> needed = ["config.json"];
        var index = Path.Combine(snapshot, Weights + ".index.json");
        if (File.Exists(index))
        {
            try
            {
                using var json = JsonDocument.Parse(File.ReadAllBytes(OrdinaryFile.Checked(index)));
                needed.AddRange(json.RootElement.GetProperty("weight_map").EnumerateObject()
                    .Select(entry => entry.Value.GetString() ?? "").Distinct().Order(StringComparer.Ordinal));
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException
                or InvalidOperationException)
            {
                throw new InvalidDataException($"{index} is damaged: {exception.Message} Delete it and download the "
                    + "model again.", exception);
            }
        }
        else
        {
            needed.Add(Weights);
        }

        return [.. needed.Where(name => !IsThere(Path.Combine(snapshot, name)))];
    }

    // A link to nothing exists, too.
    private static bool IsThere(string path) =>
        File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);

    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
