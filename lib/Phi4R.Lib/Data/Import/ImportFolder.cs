namespace Phi4R.Data.Import;

/// <summary>A folder of rollouts and problems that is filled when all of it is made, and not before.</summary>
internal static class ImportFolder
{
    private const string Unfinished = "import.unfinished";

    public const string ProblemsName = "problems.jsonl";

    /// <summary>Makes the contents beside their place, and moves them there when they are whole.</summary>
    /// <param name="make">Is given the folder to fill, and makes the things that are named here.</param>
    /// <exception cref="IOException">One of the things is there already, or the disk is full.</exception>
    public static T Fill<T>(string directory, IReadOnlyList<string> names, Func<string, T> make)
    {
        if (names.Select(name => Path.Combine(directory, name)).FirstOrDefault(Path.Exists) is { } there)
        {
            throw new IOException($"{there} is there already; name another folder, or remove it.");
        }

        var made = Path.Combine(directory, Unfinished);
        if (Directory.Exists(made))
        {
            Directory.Delete(made, recursive: true);
        }

        Directory.CreateDirectory(made);
        try
        {
            var result = make(made);
            foreach (var name in names.Where(name => Path.Exists(Path.Combine(made, name))))
            {
                Directory.Move(Path.Combine(made, name), Path.Combine(directory, name));
            }

            return result;
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }
}
