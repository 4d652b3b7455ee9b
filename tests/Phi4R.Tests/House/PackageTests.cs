using System.IO.Compression;
using System.Xml.Linq;

namespace Phi4R.Tests.House;

public sealed class PackageTests : IDisposable
{
    private const string Program = """
        using Phi4R.Verification;
        using Phi4R.Model;
        using Phi4R.Native;
        using TorchSharp;
        using static TorchSharp.torch;

        NativeLibraries.Prepare();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Recipe.Model, seed: 1, CPU);
        using var three = ones(3).sum();
        var verdict = Grader.Grade("So it is \\boxed{1/2}.", "0.5");
        Console.WriteLine($"{verdict.Outcome}, {three.item<float>()}, {model.Parameters.Count > 0}");
        """;

    // A version of this test's own, so that no package cache knows another by its name.
    private readonly string _version = $"0.0.1-test.{Environment.ProcessId}.{Environment.TickCount64}";
    private readonly string _folder = Project.Scratch();

    private static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
        ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // What other projects restore comes from the cache that this build filled, or from the configured sources.
    [FactWhere(
        "the packages that this build restored, in the package cache",
        "test -d \"${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64\"", "command -v dotnet")]
    public void A_new_program_in_an_empty_folder_builds_and_runs_with_the_package()
    {
        foreach (var project in new[] { "Phi4R.Lib", "Phi4R.Show", "Phi4R.Notebooks", "Phi4R.Cluster" })
        {
            Pack(project);
        }

        Assert.Equal(["lib/net10.0/Phi4R.Show.dll", "lib/net10.0/Phi4R.Show.xml"], Libraries("Phi4R.Show"));
        Assert.Equal(["lib/net10.0/Phi4R.Notebooks.dll", "lib/net10.0/Phi4R.Notebooks.xml"],
            Libraries("Phi4R.Notebooks"));
        Assert.Equal(["lib/net10.0/Phi4R.Cluster.dll", "lib/net10.0/Phi4R.Cluster.xml"], Libraries("Phi4R.Cluster"));
        Assert.Contains("build/Phi4R.targets", Entries($"Phi4R.{_version}.nupkg"));
        Assert.Contains("buildTransitive/Phi4R.targets", Entries($"Phi4R.{_version}.nupkg"));

        var home = Directory.CreateDirectory(Path.Combine(_folder, "program")).FullName;
        var versions = XDocument.Load(Path.Combine(Project.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion");
        var torch = (string)versions.Single(
            entry => (string?)entry.Attribute("Include") == "libtorch-cpu-linux-x64").Attribute("Version")!;
        File.WriteAllText(Path.Combine(home, "Program.cs"), Program);
        File.WriteAllText(Path.Combine(home, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{_folder}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Phi4R" Version="{_version}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{torch}" />
              </ItemGroup>
            </Project>
            """);
        var (code, text) = HouseTests.Bash($"cd '{home}' && dotnet run 2>&1", seconds: 300);
        Assert.True(code == 0 && text.Trim() == "Correct, 3, True", text);
        var native = Directory.GetFiles(home, "libLibTorchSharp.so", SearchOption.AllDirectories)
            .Single(
                path =>
                    path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}",
                        StringComparison.Ordinal));
        Assert.DoesNotContain(HouseTests.VersionNeeds(File.ReadAllBytes(native)),
            need => need is { Name: "GLIBCXX_3.4.32", Weak: false });
    }

    public void Dispose()
    {
        foreach (var folder in Directory.Exists(Cache) ? Directory.GetDirectories(Cache, "phi4r*") : [])
        {
            var mine = Path.Combine(folder, _version);
            if (Directory.Exists(mine))
            {
                Directory.Delete(mine, recursive: true);
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Pack(string project)
    {
        var configuration = AppContext.BaseDirectory.Contains("debug", StringComparison.OrdinalIgnoreCase)
            ? "Debug"
            : "Release";
        var (code, text) = HouseTests.Bash(
            $"dotnet pack lib/{project} --no-build -c {configuration} -p:PackageVersion={_version} -o "
                + $"'{_folder}' --nologo", seconds: 120);
        Assert.True(code == 0, text);
        var id = project == "Phi4R.Lib" ? "Phi4R" : project;
        using var package = ZipFile.OpenRead(Path.Combine(_folder, $"{id}.{_version}.nupkg"));
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var facts = XDocument.Load(stream).Descendants().Where(entry => !entry.HasElements)
            .ToLookup(entry => entry.Name.LocalName, entry => entry.Value);
        Assert.Equal((id, "MIT", "README.md"),
            (facts["id"].Single(), facts["license"].Single(), facts["readme"].Single()));
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        Assert.Contains("```csharp", readme.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains($"lib/net10.0/{project}.pdb", Entries($"{id}.{_version}.snupkg"));
    }

    private IEnumerable<string> Libraries(string id) =>
        Entries($"{id}.{_version}.nupkg").Where(name => name.StartsWith("lib/", StringComparison.Ordinal));

    private List<string> Entries(string package)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(_folder, package));
        return [.. archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal)];
    }
}
