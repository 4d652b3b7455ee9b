using System.Security.Cryptography;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Checkpoints;

// The addresses and folders are those of the hub's own programs: api/datasets, datasets/owner/name/resolve, and
// datasets--owner--name in the cache.
public sealed class HubDataSetTests : IDisposable
{
    private readonly HostOptions _before = HostOptions.Current;
    private readonly SmallHub _hub = new(new()
    {
        ["README.md"] = "---\nlicense: mit\n---\n"u8.ToArray(),
        ["data/train-00000-of-00002.parquet"] = RandomNumberGenerator.GetBytes(300_000),
        ["data/train-00001-of-00002.parquet"] = RandomNumberGenerator.GetBytes(200_001),
        ["extended/train-00000-of-00001.parquet"] = RandomNumberGenerator.GetBytes(1000),
    })
    {
        IsDataSet = true,
        Forwards = true,
    };

    private readonly HubSettings _settings;

    public HubDataSetTests()
    {
        _settings = new()
        {
            Endpoint = _hub.Endpoint,
            Cache = Project.Scratch(),
            Pause = TimeSpan.FromMilliseconds(1),
            Patience = TimeSpan.FromSeconds(5),
            Tries = 3,
        };
        HostOptions.Current = _before with { HubCache = _settings.Cache };
    }

    public void Dispose()
    {
        HostOptions.Current = _before;
        _hub.Dispose();
    }

    [Fact]
    public async Task A_data_set_of_several_parts_lies_where_imports_and_the_hubs_own_programs_look_for_it()
    {
        var folder = await HubDownload.RunDataSet("a/tiny", "main", _settings);
        Assert.Equal(Path.Combine(_settings.Cache, "datasets--a--tiny", "snapshots", SmallHub.Commit), folder);
        Assert.All(_hub.Files, file => Assert.Equal(file.Value, File.ReadAllBytes(Path.Combine(folder, file.Key))));
        Assert.Equal(SmallHub.Commit, File.ReadAllText(Path.Combine(folder, "..", "..", "refs", "main")));
        Assert.Equal(3, HubCache.FilesOf("a/tiny").Count);
        Assert.Equal(["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"],
            HubCache.FilesOf("a/tiny:data/").Select(Path.GetFileName));
        Assert.Equal([Path.Combine(folder, "extended/train-00000-of-00001.parquet")],
            HubCache.FilesOf("a/tiny:extended/train-00000-of-00001.parquet"));
        var requests = _hub.Requests.Count;
        Assert.Equal(folder, await HubDownload.RunDataSet("a/tiny", "main", _settings));
        Assert.Equal(requests, _hub.Requests.Count);
    }

    [Fact]
    public async Task A_part_that_is_not_what_the_hub_says_is_never_taken_for_whole()
    {
        _hub.WrongContents = 100;
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => HubDownload.RunDataSet("a/tiny", "main", _settings));
        Assert.Contains(".parquet came twice with a content other than the hub states", error.Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_settings.Cache, "datasets--a--tiny", "refs")));
        Assert.Throws<FileNotFoundException>(() => HubCache.FilesOf("a/tiny"));
        _hub.WrongContents = 0;
        Assert.True(Directory.Exists(await HubDownload.RunDataSet("a/tiny", "main", _settings)));
    }

    [Fact]
    public async Task A_model_is_no_data_set_and_is_not_looked_for_among_them()
    {
        _hub.IsDataSet = false;
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => HubDownload.RunDataSet("a/tiny", "main", _settings));
        Assert.Contains("404", error.Message, StringComparison.Ordinal);
        Assert.Contains("no name of a data set", (await Assert.ThrowsAsync<ArgumentException>(
            () => HubDownload.RunDataSet("tiny", "main", _settings))).Message, StringComparison.Ordinal);
    }
}
