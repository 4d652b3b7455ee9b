using System.Xml.Linq;

namespace Phi4R.Tests.House;

/// <summary>The projects around the library, and who knows what.</summary>
public sealed class ProjectsTests
{
    // What is above stands behind what it may use.
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["Phi4R.Lib"] = [],
        ["Phi4R.Cluster"] = ["Phi4R.Lib"],
        ["Phi4R.Show"] = ["Phi4R.Lib"],
        ["Phi4R.Notebooks"] = [],
        ["Phi4R.Cli"] = ["Phi4R.Cluster", "Phi4R.Lib", "Phi4R.Notebooks", "Phi4R.Show"],
        ["Phi4R.Samples"] = ["Phi4R.Lib"],
    };

    [Fact]
    public void A_project_uses_only_those_below_it()
    {
        var files = Directory.EnumerateFiles(
            Path.Combine(Project.Root, "lib"), "*.csproj", SearchOption.AllDirectories).ToList();
        Assert.Equal(Known.Keys.Order(), files.Select(Path.GetFileNameWithoutExtension).Order());
        Assert.All(files, file => Assert.Subset(
            Known[Path.GetFileNameWithoutExtension(file)].ToHashSet(),
            Names(file, "ProjectReference").Select(name => Path.GetFileNameWithoutExtension(name)).ToHashSet()));
    }

    [Theory]
    [InlineData("Microsoft.Orleans", "Phi4R.Cluster")]
    [InlineData("OpenTelemetry", "Phi4R.Cli")]
    public void A_package_of_clusters_or_of_telemetry_is_known_to_one_project(string package, string project) =>
        Assert.Equal([project], Directory.EnumerateFiles(
            Path.Combine(Project.Root, "lib"), "*.csproj", SearchOption.AllDirectories)
            .Where(file => Names(file, "PackageReference")
                .Any(name => name.StartsWith(package, StringComparison.Ordinal)))
            .Select(Path.GetFileNameWithoutExtension));

    [Fact]
    public void The_librarys_assembly_refers_to_neither() => Assert.DoesNotContain(
        typeof(Phi4R.Runs.Pipeline).Assembly.GetReferencedAssemblies(),
        name => name.Name!.StartsWith("Orleans", StringComparison.Ordinal)
            || name.Name.StartsWith("OpenTelemetry", StringComparison.Ordinal));

    private static IEnumerable<string> Names(string file, string kind) =>
        XDocument.Load(file).Descendants(kind).Select(reference => (string)reference.Attribute("Include")!);
}
