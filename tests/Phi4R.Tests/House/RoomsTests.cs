using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Phi4R.Tests.House;

/// <summary>The rooms of the library and their order, which <c>lib/ARCHITECTURE.md</c> describes.</summary>
public sealed partial class RoomsTests
{
    private static readonly string[] Rooms =
    [
        "Foundation", "Text", "Verification", "Data", "Tasks", "Native", "Kernels", "Model", "Checkpoints", "Inference",
        "Training", "Evaluation", "Stages", "Recipes", "Runs",
    ];

    [Fact]
    public void A_room_uses_only_the_rooms_below_it() => Assert.Equal("", string.Join('\n', Upstairs(LibrarySource.Whole)));

    [Theory]
    [InlineData("using Phi4R.Stages; namespace Phi4R.Training; class Seeded { object Of() => new Above(); }")]
    [InlineData("namespace Phi4R.Training; class Seeded { object Of() => new Stages.Above(); }")]
    [InlineData("namespace Phi4R.Training; class Seeded { object Of() => Phi4R.Stages.Above.Made; }")]
    [InlineData("using A = Phi4R.Stages.Above; namespace Phi4R.Training; class Seeded { object Of() => A.Made; }")]
    [InlineData("using static Phi4R.Stages.Above; namespace Phi4R.Training; class Seeded { object Of() => Made; }")]
    public void A_use_of_a_room_above_is_found_however_it_is_written(string below)
    {
        var found = Upstairs(LibrarySource.Compile(
        [
            ("lib/Phi4R.Lib/Training/Seeded.cs", below),
            ("lib/Phi4R.Lib/Stages/Above.cs", "namespace Phi4R.Stages; class Above { public static object Made = new(); }"),
        ]));
        Assert.Contains("lib/Phi4R.Lib/Training/Seeded.cs uses Above of Stages", found);
    }

    // Without it, a list of rooms that leaves one out would find nothing in it.
    [Fact]
    public void The_rooms_are_the_librarys_folders_and_those_of_its_description()
    {
        var folders = Directory.EnumerateDirectories(Path.Combine(Project.Root, "lib/Phi4R.Lib"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(folder => Path.GetFileName(folder)!).Where(name => name is not ("obj" or "bin"));
        Assert.Equal(Rooms.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));

        var described = File.ReadAllText(Path.Combine(Project.Root, "lib/ARCHITECTURE.md"));
        var table = described[..described.IndexOf("Around the library", StringComparison.Ordinal)];
        Assert.Equal(Rooms, Row().Matches(table).Select(row => row.Groups[1].Value));
    }

    [Fact]
    public void What_the_description_names_to_begin_with_is_in_its_room()
    {
        var described = File.ReadAllText(Path.Combine(Project.Root, "lib/ARCHITECTURE.md"));
        var firsts = First().Matches(described);
        Assert.Equal(Rooms.Length, firsts.Count);
        Assert.All(firsts, row => Assert.Contains(
            LibrarySource.Whole.GetSymbolsWithName(row.Groups[2].Value, SymbolFilter.Type),
            type => $"{type.ContainingNamespace}.".StartsWith($"Phi4R.{row.Groups[1].Value}.", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_lies_in_the_folder_of_its_namespace() => Assert.All(
        LibrarySource.Whole.SyntaxTrees.Where(tree => tree.FilePath.Length > 0),
        tree => Assert.Equal(
            "Phi4R." + string.Join('.', tree.FilePath.Split('/')[2..^1]),
            tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().Single().Name.ToString()));

    private static List<string> Upstairs(CSharpCompilation library)
    {
        SortedSet<string> found = new(StringComparer.Ordinal);
        foreach (var tree in library.SyntaxTrees.Where(tree => tree.FilePath.Length > 0))
        {
            var (model, room) = (library.GetSemanticModel(tree), Array.IndexOf(Rooms, LibrarySource.Room(tree.FilePath)));
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                var info = model.GetSymbolInfo(name);
                var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
                var type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
                var own = type?.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath;
                if (own is { Length: > 0 } && Array.IndexOf(Rooms, LibrarySource.Room(own)) > room)
                {
                    found.Add($"{tree.FilePath} uses {type!.Name} of {LibrarySource.Room(own)}");
                }
            }
        }

        return [.. found];
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `(\w+)` \|.*\| `(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex First();
}
