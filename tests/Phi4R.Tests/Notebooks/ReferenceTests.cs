using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Tests.Notebooks;

/// <summary>A library that is built again while a notebook uses it.</summary>
public sealed class ReferenceTests : IDisposable
{
    private readonly WrittenNotebooks _folder = new();

    [Fact]
    public async Task A_library_can_be_built_again_and_the_session_that_loaded_it_keeps_its_build_and_says_so()
    {
        Build(1);
        using var session = new NotebookSession(_folder.Folder);
        Assert.Equal("1", (await session.Run("#r \"own.dll\"\nOwn.Build.Number()")).Result);

        Build(2);
        File.SetLastWriteTimeUtc(_folder.At("own.dll"), DateTime.UtcNow.AddMinutes(1));
        var again = await session.Run("#r \"own.dll\"\nOwn.Build.Number()");
        Assert.Equal("1", again.Result);
        Assert.Contains("own.dll was rebuilt", again.PrintedErrors);

        // Built again while its code is not yet compiled: the file that was loaded must be one that no build writes to.
        Assert.Equal("1 later", (await session.Run("Own.Build.Later()")).Result);
        using var fresh = new NotebookSession(_folder.Folder);
        Assert.Equal("2", (await fresh.Run("#r \"own.dll\"\nOwn.Build.Number()")).Result);
    }

    [Fact]
    public async Task A_reference_to_what_is_no_library_fails_its_cell_alone_and_is_tried_again()
    {
        using var session = new NotebookSession(_folder.Folder);
        File.WriteAllText(_folder.At("own.dll"), "not built yet");
        var native = Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*coreclr.*").First();
        foreach (var file in (string[])["own.dll", native])
        {
            var error = (await session.Run($"#r \"{file}\"\n1")).Error!;
            Assert.Equal("cell 1:line 1", error.Place);
            Assert.Contains("names no .NET library", error.Message, StringComparison.Ordinal);
            Assert.Equal("2", (await session.Run("1 + 1")).Result);
        }

        Build(3);
        Assert.Equal("3", (await session.Run("#r \"own.dll\"\nOwn.Build.Number()")).Result);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes over the file in place, as compilers do.</summary>
    private void Build(int number)
    {
        var source = $"namespace Own; public static class Build {{ public static int Number() => {number}; public "
            + $"static string Later() => \"{number} later\"; }}";
        var compilation = CSharpCompilation.Create(
            "own", [CSharpSyntaxTree.ParseText(source)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var file = new FileStream(_folder.At("own.dll"), FileMode.OpenOrCreate, FileAccess.Write,
            FileShare.ReadWrite);
        file.SetLength(0);
        Assert.True(compilation.Emit(file).Success);
    }
}
