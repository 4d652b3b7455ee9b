using Phi4R.Foundation;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Foundation;

public sealed class JsonLinesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string File(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Records_come_back_as_they_were_written()
    {
        Pair[] pairs = [new("<think>4+7=11; </think>", 1), new("gr\u00fc\u00df \"dich\"\n", -2)];
        JsonLines.Write(File("new/folder/pairs.jsonl"), pairs);
        Assert.Equal(pairs, JsonLines.Read<Pair>(File("new/folder/pairs.jsonl")));
        Assert.StartsWith("{\"name\":\"<think>4+7=11; </think>\",\"value\":1}\n",
            System.IO.File.ReadAllText(File("new/folder/pairs.jsonl")));
    }

    [Theory]
    [InlineData("{\"name\":\"b\",\"value\":", "Path: $.value")]
    [InlineData("{\"name\":\"b\"}", "value")]
    [InlineData("{\"name\":null,\"value\":2}", "null")]
    [InlineData("{\"name\":\"b\",\"value\":2,\"valeu\":2}", "valeu")]
    [InlineData("{\"name\":\"b\",\"value\":2,\"value\":3}", "uplicate")]
    [InlineData("{\"name\":\"b\",\"value\":\"two\"}", "value")]
    [InlineData("null", "null")]
    public void A_bad_line_is_named_with_its_file_number_and_fault(string bad, string fault)
    {
        System.IO.File.WriteAllText(File("bad.jsonl"), $"{{\"name\":\"a\",\"value\":1}}\n\n{bad}\n");
        var error = Assert.Throws<InvalidDataException>(() => JsonLines.Read<Pair>(File("bad.jsonl")).ToList());
        Assert.Contains($"{File("bad.jsonl")}, line 3 is no Pair", error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        JsonLines.Write(File("pairs.jsonl"), [new Pair("old", 1)]);
        Assert.Throws<InvalidOperationException>(() => JsonLines.Write(File("pairs.jsonl"), Failing()));
        Assert.Equal([new Pair("old", 1)], JsonLines.Read<Pair>(File("pairs.jsonl")));
        Assert.Single(_folder.GetFiles());

        static IEnumerable<Pair> Failing()
        {
            yield return new Pair("new", 2);
            throw new InvalidOperationException("the source broke");
        }
    }

    // The second begins and ends while the first still writes.
    [Fact]
    public void Two_that_write_the_same_file_at_once_both_end_and_the_last_to_end_is_kept()
    {
        JsonLines.Write(File("pairs.jsonl"), Slowly());
        Assert.Equal([new Pair("first", 1), new Pair("first", 2)], JsonLines.Read<Pair>(File("pairs.jsonl")));
        Assert.Single(_folder.GetFiles());

        IEnumerable<Pair> Slowly()
        {
            yield return new Pair("first", 1);
            JsonLines.Write(File("pairs.jsonl"), [new Pair("second", 1)]);
            Assert.Equal([new Pair("second", 1)], JsonLines.Read<Pair>(File("pairs.jsonl")));
            yield return new Pair("first", 2);
        }
    }

    [Fact]
    public void Many_writers_leave_one_whole_file_of_one_of_them()
    {
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, 64, eight,
            i => JsonLines.Write(File("pairs.jsonl"), Enumerable.Repeat(new Pair("one", i), 200)));
        var read = JsonLines.Read<Pair>(File("pairs.jsonl")).ToList();
        Assert.Equal(200, read.Count);
        Assert.Single(read.Distinct());
        Assert.Single(_folder.GetFiles());
    }

    [FactWhere("/dev/full, a device that is always full", "test -e /dev/full")]
    public void A_full_disk_is_an_error_and_not_a_short_file()
    {
        JsonLines.Write(File("pairs.jsonl"), [new Pair("old", 1)]);
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(File("pairs.jsonl"), stream =>
        {
            stream.Write("{\"name\":\"half"u8);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[1 << 16]);
            full.Flush();
        }));
        Assert.Contains("pairs.jsonl could not be written: No space left", error.Message, StringComparison.Ordinal);
        Assert.Equal([new Pair("old", 1)], JsonLines.Read<Pair>(File("pairs.jsonl")));
        Assert.Single(_folder.GetFiles());
    }

    private sealed record Pair(string Name, int Value);
}
