namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// A folder of this process that is gone when the process is; what a killed process left is removed by the next one.
/// </summary>
/// <remarks>
/// Code is loaded from it, and others may write to the machine's temporary folder: its name is drawn, it is made
/// here and nowhere else, and only its owner enters it. A lock that the system keeps on a file in it says that it
/// is in use; process numbers would not tell a container's from the host's.
/// </remarks>
internal sealed class TemporaryFolder : IDisposable
{
    internal const string Prefix = "phi4r-session-";
    internal const string LockName = "in-use";
    private const int Tries = 10;

    private readonly FileStream _lock;

    public TemporaryFolder()
    {
        RemoveOrphans();
        (Path, _lock) = Make();
        AppDomain.CurrentDomain.ProcessExit += RemoveAtExit;
    }

    public string Path { get; }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= RemoveAtExit;
        Release();
    }

    private void RemoveAtExit(object? sender, EventArgs e) => Release();

    private void Release()
    {
        _lock.Dispose();
        Remove(Path);
    }

    private static (string Path, FileStream Lock) Make()
    {
        for (var left = Tries; ; left--)
        {
            var made = Directory.CreateTempSubdirectory(Prefix).FullName; // A fresh one, of mode 0700, or an error.
            try
            {
                return (made, new FileStream(System.IO.Path.Combine(made, LockName), FileMode.CreateNew,
                    FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (left > 1)
            {
                // Another process took the lock between its making and its closing, and removes the folder as an
                // orphan.
            }
        }
    }

    private static void RemoveOrphans()
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*")
            .Where(FileOwner.IsThisUser))
        {
            try
            {
                using var unused = new FileStream(System.IO.Path.Combine(folder, LockName), FileMode.Open,
                    FileAccess.ReadWrite, FileShare.None);
                Remove(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use, or only just made.
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use (Windows): the next process tries again.
        }
    }
}
