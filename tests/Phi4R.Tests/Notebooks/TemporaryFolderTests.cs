using System.Diagnostics;
using Phi4R.Notebooks.Sessions;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

public sealed class TemporaryFolderTests
{
    private const string Nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";

    [Fact]
    public void Two_sessions_have_two_folders_that_only_their_user_enters()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        Assert.NotEqual(first.Path, second.Path);
        Assert.DoesNotContain($"{Environment.ProcessId}", Path.GetFileName(first.Path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(first.Path));
        }
    }

    // The lock is the system's, so that it holds across containers that share the temporary folder.
    [Fact]
    public void A_folder_in_use_is_left_alone_and_one_that_a_killed_process_left_is_removed()
    {
        using var used = new TemporaryFolder();
        File.WriteAllText(Path.Combine(used.Path, "code.dll"), "");
        var left = Directory.CreateTempSubdirectory(TemporaryFolder.Prefix).FullName;
        File.WriteAllText(Path.Combine(left, TemporaryFolder.LockName), "");
        File.WriteAllText(Path.Combine(left, "code.dll"), "");
        var justMade = Directory.CreateTempSubdirectory(TemporaryFolder.Prefix);
        try
        {
            new TemporaryFolder().Dispose();
            Assert.True(File.Exists(Path.Combine(used.Path, "code.dll")));
            Assert.False(Directory.Exists(left));
            Assert.True(justMade.Exists);
        }
        finally
        {
            justMade.Delete();
        }
    }

    [Fact]
    public void A_folder_is_gone_with_its_session()
    {
        string path;
        using (var folder = new TemporaryFolder())
        {
            path = folder.Path;
            Assert.True(Directory.Exists(path));
        }

        Assert.False(Directory.Exists(path));
    }

    [FactWhere("root and setpriv, to act as another user", "test \"$(id -u)\" = 0", Nobody + " true")]
    public void Another_user_neither_enters_a_sessions_folder_nor_has_one_of_his_own_removed_or_used()
    {
        using var ours = new TemporaryFolder();
        Assert.NotEqual(0, Shell($"{Nobody} ls {ours.Path}"));
        Assert.NotEqual(0, Shell($"{Nobody} touch {ours.Path}/planted.dll"));

        var his = Path.Combine(Path.GetTempPath(), TemporaryFolder.Prefix + "planted");
        try
        {
            Assert.Equal(0, Shell($"{Nobody} sh -c 'mkdir {his} && touch {his}/{TemporaryFolder.LockName} && touch "
                + $"{his}/planted.dll'"));
            using var next = new TemporaryFolder();
            Assert.NotEqual(his, next.Path);
            Assert.False(FileOwner.IsThisUser(his));
            Assert.True(File.Exists(Path.Combine(his, "planted.dll")));
        }
        finally
        {
            Directory.Delete(his, recursive: true);
        }
    }

    private static int Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
