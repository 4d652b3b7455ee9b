using System.Security.Cryptography;
using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class FileHashesTests : IDisposable
{
    private readonly string _folder = Project.Scratch();

    private string Memory => Path.Combine(_folder, "hashes.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_read_once_by_all_processes_together_and_again_when_it_was_written_again()
    {
        var file = Path.Combine(_folder, "data");
        File.WriteAllText(file, "one");
        var first = new FileHashes(Memory);
        Assert.Equal(Oracle(file), first.Of(file));
        Assert.Equal(Oracle(file), first.Of(file));
        var second = new FileHashes(Memory);
        Assert.Equal(Oracle(file), second.Of(file));
        Assert.Equal((1, 0), (first.Read, second.Read));

        // The same length, written later.
        File.WriteAllText(file, "two");
        Assert.Equal(Oracle(file), second.Of(file));
        Assert.Equal(Oracle(file), new FileHashes(Memory).Of(file));
        Assert.Equal(1, second.Read);
    }

    [Fact]
    public void A_folder_that_is_moved_takes_its_hashes_along_and_a_torn_line_is_none()
    {
        var file = Path.Combine(_folder, "data");
        File.WriteAllText(file, "one");
        _ = new FileHashes(Memory).Of(file);
        File.AppendAllText(Memory, "{\"name\":\"da");
        var moved = _folder + "-moved";
        Directory.Move(_folder, moved);
        var hashes = new FileHashes(Path.Combine(moved, "hashes.jsonl"));
        Assert.Equal(Oracle(Path.Combine(moved, "data")), hashes.Of(Path.Combine(moved, "data")));
        Assert.Equal(0, hashes.Read);
        Directory.Move(moved, _folder);
    }

    private static string Oracle(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
