using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Phi4R.Tests.House;

/// <summary>The library's sources as a compiler reads them, so that tests see every symbol that the code uses.</summary>
internal static class LibrarySource
{
    /// <summary>What the project file and the SDK add to every file.</summary>
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using TorchSharp;
        global using static TorchSharp.torch;
        global using Tensor = TorchSharp.torch.Tensor;
        global using ComponentNameAttribute = TorchSharp.Utils.ComponentNameAttribute;
        """;

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    private static readonly Lazy<CSharpCompilation> Read = new(() => Compile(
        Directory.EnumerateFiles(Path.Combine(Project.Root, "lib/Phi4R.Lib"), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(Project.Root, path).Replace('\\', '/'), File.ReadAllText(path)))));

    /// <summary>The library; read once.</summary>
    public static CSharpCompilation Whole => Read.Value;

    /// <summary>Some sources with what the library's are compiled against.</summary>
    public static CSharpCompilation Compile(IEnumerable<(string Path, string Text)> sources) => CSharpCompilation.Create(
        "Phi4R.Lib",
        [
            CSharpSyntaxTree.ParseText(GlobalUsings, Options),
            .. sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, Options, source.Path)),
        ],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Phi4R", StringComparison.OrdinalIgnoreCase))
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

    /// <summary>The room of a file: its folder under the library's.</summary>
    public static string Room(string path) => path.Split('/')[2];
}
