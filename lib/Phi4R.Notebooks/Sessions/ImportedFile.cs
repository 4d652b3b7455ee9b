using Phi4R.Notebooks.Documents;

namespace Phi4R.Notebooks.Sessions;

/// <summary>The C# cells of a file that <c>#!import</c> names.</summary>
internal static class ImportedFile
{
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is not a kind of file that can be imported.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"#!import found no file {path}; the path starts at the notebook's folder.");
        }

        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".ipynb" or InteractiveFile.Extension =>
                [.. Notebook.Read(path).Cells.Where(cell => cell.IsCode).Select(cell => cell.Runnable)],
            ".cs" or ".csx" => [File.ReadAllText(path)],
            var other =>
                throw new InvalidDataException($"#!import cannot read {other} files ({path}); it reads .ipynb, .cs, "
                    + ".csx and .dib."),
        };
    }
}
