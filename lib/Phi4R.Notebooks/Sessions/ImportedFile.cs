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
            throw new FileNotFoundException($"#!import found no file {path}; the path starts at the notebook's folder.");
        }

        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".ipynb" => [.. Notebook.Read(path).Cells.Where(cell => cell.IsCode).Select(cell => cell.Source)],
            ".cs" or ".csx" => [File.ReadAllText(path)],
            ".dib" => InteractiveCells(File.ReadAllLines(path)),
            var other => throw new InvalidDataException($"#!import cannot read {other} files ({path}); it reads .ipynb, .cs, .csx and .dib."),
        };
    }

    /// <summary>A .dib file parts its cells by lines such as #!csharp and #!markdown.</summary>
    private static List<string> InteractiveCells(string[] lines)
    {
        List<string> cells = [];
        List<string>? cell = [];
        foreach (var line in lines.Append("#!end"))
        {
            if (!line.StartsWith("#!", StringComparison.Ordinal) || line.StartsWith("#!import", StringComparison.Ordinal) || line.StartsWith("#!time", StringComparison.Ordinal))
            {
                cell?.Add(line);
                continue;
            }

            if (cell is not null && cell.Any(text => !string.IsNullOrWhiteSpace(text)))
            {
                cells.Add(string.Join('\n', cell));
            }

            cell = line.Trim() is "#!csharp" or "#!c#" ? [] : null;
        }

        return cells;
    }
}
