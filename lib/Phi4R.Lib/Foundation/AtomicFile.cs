namespace Phi4R.Foundation;

/// <summary>Files that are either whole or not there.</summary>
public static class AtomicFile
{
    /// <summary>
    /// How the names of files end that are not whole yet, or that a process which was killed left behind.
    /// </summary>
    public const string Unfinished = ".part";

    /// <summary>
    /// Writes a file under another name beside it and renames it when it is whole; what stood there before stays until
    /// then. Any number may
    /// write the same file: each has a name of its own to write under, and the last to end is the one that is kept.
    /// </summary>
    /// <param name="durable">
    /// Whether to wait until the disk holds it; without it a power cut, though not a killed process, can lose it.
    /// </param>
    /// <exception cref="IOException">
    /// The disk is full or cannot be written; the old file is untouched and the message names the new one.
    /// </exception>
    public static void Write(string path, Action<Stream> write, bool durable = true)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            using (var stream = new FileStream(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                write(stream);
                stream.Flush(durable);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException exception)
        {
            File.Delete(temporary);
            throw new IOException(
                $"{path} could not be written: {exception.Message} What stood there before is untouched; "
                    + "free some space or choose another folder.",
                exception);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a text file in one piece.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
