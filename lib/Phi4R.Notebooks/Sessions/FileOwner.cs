using System.Runtime.InteropServices;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Whose a file is.</summary>
internal static class FileOwner
{
    private const int WorkingFolder = -100;     // AT_FDCWD
    private const int LinkItself = 0x100;       // AT_SYMLINK_NOFOLLOW
    private const uint WithOwner = 8;           // STATX_UID
    private const int SizeOfFacts = 256;
    private const int PlaceOfOwner = 20;

    /// <summary>
    /// True for what the user of this process made; a link is judged as such. Where the temporary folder is each user's
    /// own, all in it is.
    /// </summary>
    public static bool IsThisUser(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var facts = new byte[SizeOfFacts]; // The kernel's struct statx, the same on every processor.
        return statx(WorkingFolder, path, LinkItself, WithOwner, facts) == 0
            && BitConverter.ToUInt32(facts, PlaceOfOwner) == geteuid();
    }

    [DllImport("libc")]
    private static extern int statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] facts);

    [DllImport("libc")]
    private static extern uint geteuid();
}
