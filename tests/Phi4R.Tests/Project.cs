namespace Phi4R.Tests;

/// <summary>Where things lie.</summary>
internal static class Project
{
    /// <summary>The project's folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>A new empty folder.</summary>
    public static string Scratch()
    {
        var folder = Path.Combine(Path.GetTempPath(), "phi4r-tests", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Phi4R.Lib.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("Phi4R.Lib.sln is above none of the folders of the tests.");
        }

        return folder.FullName;
    }
}
