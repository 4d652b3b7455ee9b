using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>Whether Jupyter and VS Code will find the kernel that the notebooks ask for.</summary>
internal static class JupyterKernel
{
    private const string Name = ".net-csharp";
    private const string Advice = "Run environment/phi4r kernel install; notebooks also run without it: "
        + "environment/phi4r run.";

    public static Finding Check()
    {
        var entry = Folders().Select(folder => Path.Combine(folder, "kernels", Name, "kernel.json"))
            .FirstOrDefault(File.Exists);
        if (entry is null)
        {
            return new("kernel", $"{Name} is not registered for this user", false, Advice);
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(entry));
            var program = json.RootElement.GetProperty("argv")[0].GetString() ?? "";
            return !(json.RootElement.TryGetProperty("metadata", out var metadata)
                && metadata.TryGetProperty("phi4r", out _))
                // .NET Interactive runs these notebooks, too
                ? new("kernel", $"{Name} is another program's ({program})", true, "")
                : new("kernel", $"{Name} starts {program}{Elsewhere(program)}",
                    !Path.IsPathRooted(program) || File.Exists(program), $"That program is gone. {Advice}");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or IndexOutOfRangeException or IOException or UnauthorizedAccessException)
        {
            return new("kernel", $"{entry} cannot be read: {exception.Message}", false, Advice);
        }
    }

    // Each set-up registers its own copy, so the last one holds for all.
    private static string Elsewhere(string program) =>
        HostOptions.Current.Launcher is { } mine && Path.IsPathRooted(program) && File.Exists(program)
            && Path.GetFullPath(program) != Path.GetFullPath(mine)
        ? ", which is another copy of this project; environment/phi4r kernel install here registers this one" : "";

    /// <summary>Where Jupyter looks, in its order: named folders, the user's, the system's.</summary>
    private static IEnumerable<string> Folders() =>
        [.. HostOptions.Current.JupyterFolders, "/usr/local/share/jupyter", "/usr/share/jupyter"];
}
