using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Phi4R.Notebooks.Sessions;

/// <summary>The files of a set of packages and of all that they need.</summary>
/// <param name="Managed">Paths of assemblies in the package cache.</param>
/// <param name="Natives">Paths of native libraries in the package cache, for this machine.</param>
/// <param name="Extensions">Paths of assemblies that extend .NET Interactive, in the package cache.</param>
internal sealed record PackageSet(
    IReadOnlyList<string> Managed, IReadOnlyList<string> Natives, IReadOnlyList<string> Extensions);

/// <summary>
/// Finds packages by restoring a throw-away project; what was found once is kept, by the hash of the question.
/// </summary>
internal static class PackageRestore
{
    private const string ExtensionFolder = "interactive-extensions/dotnet";

    /// <summary>How soon a restore that is cancelled ends.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <param name="packages">Id and version; a null version means the newest.</param>
    /// <param name="sources">Folders or feeds beside those that this machine is set up for.</param>
    /// <param name="cancel">Ends the restore, as a feed that never answers would not.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The restore failed; the message is what dotnet says.</exception>
    public static PackageSet Restore(IReadOnlyCollection<(string Id, string? Version)> packages,
        IReadOnlyCollection<string> sources, CancellationToken cancel)
    {
        var project = Project(packages, sources);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16];
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create), "phi4r", "packages", hash);
        var assets = Path.Combine(folder, "obj", "project.assets.json");
        var done = Path.Combine(folder, "restored"); // a restore that fails leaves its assets file, too
        if (File.Exists(done) && File.Exists(assets) && Read(assets) is { } kept
            && kept.Managed.Concat(kept.Natives).All(File.Exists))
        {
            return kept;
        }

        Directory.CreateDirectory(folder);
        File.Delete(done);
        var file = Path.Combine(folder, "packages.csproj");
        File.WriteAllText(file, project);
        var start = new ProcessStartInfo("dotnet", ["restore", file, "--nologo", "-v", "q"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var restore = Process.Start(start)!;
        var errors = restore.StandardError.ReadToEndAsync(cancel);
        var output = restore.StandardOutput.ReadToEndAsync(cancel);
        while (!restore.WaitForExit(Glance))
        {
            if (cancel.IsCancellationRequested)
            {
                restore.Kill(entireProcessTree: true);
                throw new OperationCanceledException(cancel);
            }
        }

        var said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        if (restore.ExitCode != 0)
        {
            var reason = said.Split('\n').Select(line => line.Trim())
                .FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? said.Trim();
            throw new InvalidOperationException("The packages could not be restored "
                + $"({string.Join(", ", packages.Select(package => $"{package.Id} {package.Version ?? "*"}"))}): "
                + reason.Replace(file + " : ", "", StringComparison.Ordinal));
        }

        var found = Read(assets) ?? throw new InvalidOperationException($"The restore left no usable {assets}.");
        File.WriteAllText(done, "");
        return found;
    }

    private static string Project(
        IReadOnlyCollection<(string Id, string? Version)> packages, IReadOnlyCollection<string> sources)
    {
        var references = packages.Select(package =>
            $"    <PackageReference Include=\"{SecurityElement.Escape(package.Id)}\" "
                + $"Version=\"{SecurityElement.Escape(package.Version ?? "*")}\" />");
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', sources))}</RestoreAdditionalProjectSources>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', references)}
              </ItemGroup>
            </Project>

            """;
    }

    private static PackageSet? Read(string assets)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(assets));
        var root = json.RootElement;
        string[] caches = [.. root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        var targets = root.GetProperty("targets").EnumerateObject()
            .Where(target => target.Name.EndsWith("/" + RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal))
            .ToArray();
        if (targets.Length == 0)
        {
            return null;
        }

        List<string> managed = [];
        List<string> natives = [];
        List<string> extensions = [];
        foreach (var package in targets[0].Value.EnumerateObject())
        {
            var folder = root.GetProperty("libraries").GetProperty(package.Name).GetProperty("path").GetString()!;
            managed.AddRange(Files(package.Value, "runtime")
                .Where(file => file.EndsWith(".dll", StringComparison.Ordinal)).Select(file => Located(folder, file)));
            natives.AddRange(Files(package.Value, "native").Select(file => Located(folder, file)));
            extensions.AddRange(caches.Select(cache => Path.Combine(cache, folder, ExtensionFolder))
                .Where(Directory.Exists).Take(1)
                .SelectMany(place => Directory.EnumerateFiles(place, "*.dll").Order(StringComparer.Ordinal)));
        }

        return new PackageSet(managed, natives, extensions);

        string Located(string folder, string file) =>
            caches.Select(cache => Path.Combine(cache, folder, file)).FirstOrDefault(File.Exists)
                ?? Path.Combine(caches[0], folder, file);
    }

    private static IEnumerable<string> Files(JsonElement package, string kind) =>
        package.TryGetProperty(kind, out var files)
            ? files.EnumerateObject().Select(file => file.Name)
                .Where(file => !file.EndsWith("_._", StringComparison.Ordinal))
            : [];
}
