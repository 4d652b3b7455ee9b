using System.Diagnostics;
using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

// The law: whoever looks, whenever, finds the whole old file or a whole new one.
public sealed class AtomicFileTests
{
    private readonly string _path = Path.Combine(Project.Scratch(), "folder", "file.txt");

    [Fact]
    public void A_file_is_written_with_its_folder_and_written_over()
    {
        AtomicFile.WriteText(_path, "grüße");
        Assert.Equal([0x67, 0x72, 0xC3, 0xBC, 0xC3, 0x9F, 0x65], File.ReadAllBytes(_path));
        AtomicFile.WriteText(_path, "");
        Assert.Empty(File.ReadAllBytes(_path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_path)!));
    }

    [Fact]
    public void While_it_is_written_the_old_one_is_read()
    {
        AtomicFile.WriteText(_path, "old");
        AtomicFile.Write(_path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(_path));
            var other = Directory.GetFiles(Path.GetDirectoryName(_path)!).Single(file => file != _path);
            Assert.EndsWith(AtomicFile.Unfinished, other, StringComparison.Ordinal);
        });
        Assert.Equal("new", File.ReadAllText(_path));
    }

    [Fact]
    public void A_writer_that_throws_leaves_the_old_file_and_no_other()
    {
        AtomicFile.WriteText(_path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_path, Broken));
        Assert.Equal("old", File.ReadAllText(_path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_path)!));

        static void Broken(Stream stream)
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public void A_full_disk_is_told_in_words_with_the_path_and_the_old_file_stays()
    {
        AtomicFile.WriteText(_path, "old");
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(_path, _ => throw new IOException("No space.")));
        Assert.StartsWith($"{_path} could not be written: No space.", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(_path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_path)!));
    }

    [Fact]
    public void Of_two_writers_the_last_to_end_is_kept_whole()
    {
        AtomicFile.Write(_path, stream =>
        {
            stream.Write("first, "u8);
            AtomicFile.WriteText(_path, "a second one that is longer");
            Assert.Equal("a second one that is longer", File.ReadAllText(_path));
            stream.Write("to the end"u8);
        });
        Assert.Equal("first, to the end", File.ReadAllText(_path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_path)!));
    }

    [Fact]
    public void Many_writers_at_once_leave_one_of_their_texts_whole()
    {
        string[] texts = [.. Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 100_000 + i))];
        AtomicFile.WriteText(_path, texts[0]);
        Parallel.For(0, 40, i =>
        {
            AtomicFile.Write(_path, stream => stream.Write(Encoding.UTF8.GetBytes(texts[i % 8])), durable: false);
            Assert.Contains(File.ReadAllText(_path), texts);
        });
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_path)!));
    }

    // Another process writes half of a file, says so, and would wait for ever.
    [Fact]
    public void A_writer_that_is_killed_in_the_middle_leaves_the_old_file()
    {
        AtomicFile.WriteText(_path, "old");
        using var writer = Process.Start(new ProcessStartInfo("dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "Phi4R.Tests.dll"), HalfWriter.Verb, _path])
        {
            RedirectStandardOutput = true,
        })!;
        Assert.Equal(HalfWriter.Told, writer.StandardOutput.ReadLine());
        writer.Kill();
        writer.WaitForExit();
        Assert.Equal("old", File.ReadAllText(_path));
        var left = Directory.GetFiles(Path.GetDirectoryName(_path)!).Single(file => file != _path);
        Assert.EndsWith(AtomicFile.Unfinished, left, StringComparison.Ordinal);
        Assert.Equal("half", File.ReadAllText(left));
        AtomicFile.WriteText(_path, "new");
        Assert.Equal("new", File.ReadAllText(_path));
    }
}
