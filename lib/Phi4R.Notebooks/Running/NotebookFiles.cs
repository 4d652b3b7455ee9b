namespace Phi4R.Notebooks.Running;

/// <summary>The words of a command line that name notebooks and values.</summary>
public static class NotebookFiles
{
    private const string Folder = "notebooks";

    /// <summary>All notebooks of this folder's <c>notebooks</c>, in the order of their names.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    public static string[] Default()
    {
        string[] found = Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, "*.ipynb").Order(StringComparer.Ordinal)]
            : [];
        return found.Length > 0
            ? found
            : throw new FileNotFoundException($"No notebooks in {Path.GetFullPath(Folder)}. Start in the project's "
                + "folder, or name the notebooks.");
    }

    /// <summary>Parts words such as "steps=20".</summary>
    /// <exception cref="ArgumentException">A word is no name=value, or a name comes twice.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Values(IReadOnlyList<string> words)
    {
        HashSet<string> names = [];
        foreach (var word in words)
        {
            if (word.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                throw new ArgumentException($"-p {word} is not name=value.");
            }

            yield return names.Add(name)
                ? KeyValuePair.Create(name, value)
                : throw new ArgumentException($"-p {name} is given twice.");
        }
    }
}
