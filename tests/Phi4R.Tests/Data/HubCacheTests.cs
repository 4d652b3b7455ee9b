using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

// The layout is that of huggingface_hub's documentation, "Understand caching": refs/main names a folder of snapshots.
public sealed class HubCacheTests : IDisposable
{
    private const string Set = "datasets--owner--set";
    private readonly string _cache = Project.Scratch();
    private readonly HostOptions _before = HostOptions.Current;

    public HubCacheTests() => HostOptions.Current = _before with { HubCache = _cache };

    public void Dispose() => HostOptions.Current = _before;

    [Fact]
    public void The_snapshot_is_the_one_that_main_names_and_else_the_only_one()
    {
        var first = Write($"{Set}/snapshots/aaa/data/test.jsonl");
        Assert.Equal((first, null), HubCache.Find("owner/set"));
        var second = Write($"{Set}/snapshots/bbb/test.parquet");
        Assert.Contains("is not in the hub cache", Missing("owner/set"), StringComparison.Ordinal);
        Write($"{Set}/refs/main", "bbb\n");
        Assert.Equal((second, null), HubCache.Find("owner/set"));
        Write($"{Set}/refs/main", "ccc");
        Assert.Contains($"there is no {Path.Combine(_cache, Set)}", Missing("owner/set"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_files_of_problems_one_is_to_be_named()
    {
        Write($"{Set}/snapshots/aaa/README.md");
        var csv = Write($"{Set}/snapshots/aaa/b/Test.CSV");
        Write($"{Set}/snapshots/aaa/a.json");
        var error = Assert.Throws<InvalidDataException>(() => HubCache.Find("owner/set")).Message;
        Assert.Equal("owner/set names 2 files of problems; name one as owner/set:FILE. There are: a.json, b/Test.CSV.",
            error);
        Assert.Equal(csv, HubCache.Find("owner/set:b/Test.CSV").Path);
        Assert.Contains("owner/set:c.csv names 0 files",
            Assert.Throws<InvalidDataException>(() => HubCache.Find("owner/set:c.csv")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\nlanguage: en\nlicense: mit\n---\n# A set", "mit")]
    [InlineData("---\r\nlicense: apache-2.0\r\n---\r\n", "apache-2.0")]
    [InlineData("---\nlicense:\n- cc-by-sa-3.0\n- gfdl\n---\n", "cc-by-sa-3.0")]
    [InlineData("# A set\nlicense: mit\n", null)]
    [InlineData("---\nlanguage: en\n---\n", null)]
    [InlineData("---\nlanguage: en\n---\nlicense: mit\n", null)]
    public void The_license_is_that_of_the_cards_head(string card, string? license)
    {
        Write($"{Set}/snapshots/aaa/test.csv");
        Write($"{Set}/snapshots/aaa/README.md", card);
        Assert.Equal(license, HubCache.Find("owner/set").License);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("owner/../set")]
    [InlineData("a/b/c")]
    [InlineData("owner/set:")]
    [InlineData("owner name/set")]
    public void What_is_no_name_of_a_set_is_not_looked_for(string name) =>
        Assert.StartsWith($"{name} is no file, nor a data set's name", Missing(name), StringComparison.Ordinal);

    private static string Missing(string name) =>
        Assert.Throws<FileNotFoundException>(() => HubCache.Find(name)).Message;

    private string Write(string name, string text = "")
    {
        var path = Path.Combine(_cache, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
