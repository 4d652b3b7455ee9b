using System.Runtime.InteropServices;

namespace Phi4R.Foundation;

/// <summary>
/// Files that are read to their end: a pipe or a device may have none, and holds the reader for ever.
/// </summary>
public static unsafe class OrdinaryFile
{
    private const int Here = -100;
    private const uint TypeAsked = 1;
    private const int ModeAt = 28;
    private const int Kinds = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>The path, if an ordinary file lies there, or nothing.</summary>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device; the message says which.</exception>
    public static string Checked(string path)
    {
        var kind = Directory.Exists(path) ? "a folder" : OperatingSystem.IsLinux() ? Kind(path) : null;
        return kind is null ? path : throw new InvalidDataException($"{path} is {kind}; expected was a file.");
    }

    // The system's own word, of what a link leads to; its buffer has one layout on every processor.
    private static string? Kind(string path)
    {
        var buffer = stackalloc byte[256];
        return Status(Here, path, 0, TypeAsked, buffer) != 0 ? null : (*(ushort*)(buffer + ModeAt) & Kinds) switch
        {
            Regular => null,
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0x4000 => "a folder",
            0xC000 => "a socket",
            _ => "no ordinary file",
        };
    }

    [DllImport("libc", EntryPoint = "statx")]
    private static extern int Status(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint asked, byte* buffer);
}
