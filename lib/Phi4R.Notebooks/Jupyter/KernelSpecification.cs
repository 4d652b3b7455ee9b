using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>What installing came to.</summary>
/// <param name="Done">False when something of another program's is in the way.</param>
/// <param name="Message">One line for a person.</param>
public sealed record InstallResult(bool Done, string Message);

/// <summary>The entry by which Jupyter and VS Code find the kernel.</summary>
public static class KernelSpecification
{
    /// <summary>The name that notebooks carry; .NET Interactive used it too, so a notebook runs in both.</summary>
    public const string DefaultName = ".net-csharp";

    private const string FileName = "kernel.json";
    private const string Mark = "phi4r";

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the entry. Doing it again changes nothing.</summary>
    /// <param name="command">Absolute path and first words of what starts this program.</param>
    /// <param name="mayReplace">Whether to replace an entry that another program wrote; told its display name.</param>
    /// <param name="kernelsFolder">The folder in which Jupyter looks for a user's kernels.</param>
    public static InstallResult Install(
        string name, IReadOnlyList<string> command, Func<string, bool> mayReplace, string kernelsFolder)
    {
        var path = Path.Combine(kernelsFolder, name, FileName);
        var wanted = Json(name, command).ToJsonString(Layout) + "\n";
        if (File.Exists(path))
        {
            var found = File.ReadAllText(path);
            if (found == wanted)
            {
                return new InstallResult(true, $"The kernel {name} is installed already: {path}");
            }

            if (!IsOurs(found) && !mayReplace(DisplayName(found)))
            {
                return new InstallResult(false, $"{path} belongs to another program ({DisplayName(found)}). Give "
                    + "--force to replace it, or --name <another> to install beside it.");
            }
        }

        WholeFile.Write(path, wanted);
        return new InstallResult(true, $"Installed the kernel {name}: {path}");
    }

    private static JsonObject Json(string name, IReadOnlyList<string> command) => new()
    {
        ["argv"] =
            new JsonArray([.. command.Select(word => JsonValue.Create(word)), "kernel", "serve", "{connection_file}"]),
        ["display_name"] = name == DefaultName ? ".NET (C#)" : $".NET (C#, {name})",
        ["language"] = "C#",
        ["interrupt_mode"] = "message",
        ["env"] = new JsonObject(),
        ["metadata"] = new JsonObject
        {
            [Mark] = new JsonObject
            {
                ["version"] = typeof(KernelSpecification).Assembly.GetName().Version?.ToString(3),
            },
        },
    };

    private static bool IsOurs(string json) => Parsed(json)?["metadata"]?[Mark] is not null;

    private static string DisplayName(string json) => (string?)Parsed(json)?["display_name"] ?? "no display name";

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
