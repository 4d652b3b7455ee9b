using System.Security.Cryptography;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

public sealed class PartManifestTests : IDisposable
{
    private readonly string _folder = Project.Scratch();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_manifest_tells_each_part_as_it_is_on_disk_and_no_part_is_read_for_it()
    {
        Write(0, 3000);
        var files = RolloutParts.Files(_folder);
        Assert.True(files.Count > 1);
        var hashes = new FileHashes();
        var parts = PartManifest.Of(_folder, hashes);
        Assert.Equal(files.Select(Sha), parts.Select(part => part.Hash));
        Assert.Equal(
            files.Select(file => DuckDb.Query($"SELECT count(*) FROM '{file}'")[0]),
            parts.Select(part => $"{part.Rows}"));
        Assert.Equal((0, 3000), (hashes.Read, RolloutParts.Count(_folder)));
    }

    [Fact]
    public void A_part_that_was_written_after_the_manifest_is_looked_at()
    {
        Write(0, 1);
        var file = RolloutParts.Files(_folder)[0];
        var other = Path.Combine(_folder, "other");
        DuckDb.Query($"COPY (SELECT * FROM '{file}' UNION ALL SELECT * FROM '{file}') TO '{other}' (FORMAT parquet)");
        File.Copy(other, file, overwrite: true);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(1));
        var hashes = new FileHashes();
        Assert.Equal((Sha(other), 2), (PartManifest.Of(_folder, hashes)[0].Hash, RolloutParts.Count(_folder)));
        Assert.Equal(1, hashes.Read);

        // Without a manifest, or with one that was cut, too.
        File.WriteAllText(Path.Combine(RolloutParts.Folder(_folder), PartManifest.Name), "{\"file\":\"part-0");
        Assert.Equal((Sha(other), 2), (PartManifest.Of(_folder)[0].Hash, RolloutParts.Count(_folder)));
        File.Delete(Path.Combine(RolloutParts.Folder(_folder), PartManifest.Name));
        Assert.Equal((Sha(other), 2), (PartManifest.Of(_folder)[0].Hash, RolloutParts.Count(_folder)));
    }

    [Fact]
    public void A_part_that_is_lost_is_named_instead_of_read_over()
    {
        Write(0, 3000);
        File.Delete(RolloutParts.Files(_folder)[1]);
        Assert.Contains("lacks part-00001.parquet",
            Assert.Throws<InvalidDataException>(() => RolloutParts.Read(_folder).Count()).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => RolloutParts.Count(_folder));
    }

    [Fact]
    public async Task A_list_on_disk_is_the_list_that_was_written_by_turns_and_by_places()
    {
        var written = Write(0, 3000);
        var stored = new StoredRollouts(_folder);
        Assert.Equal(written, stored);
        Assert.Equal(written.Count, stored.Count);
        foreach (var place in (int[])[2999, 0, 1500, 1501, 37])
        {
            Assert.Equal(written[place], stored[place]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => stored[3000]);
        var labels = RolloutParts.ReadLabels(_folder).ToList();
        Assert.Equal(written.Select(rollout => (rollout.ProblemId, rollout.Outcome, rollout.Level, rollout.Finished)),
            labels.Select(rollout => (rollout.ProblemId, rollout.Outcome, rollout.Level, rollout.Finished)));
        Assert.All(labels, rollout => Assert.Equal("", rollout.Text + rollout.Prompt));
        var count = 0;
        await foreach (var rollout in RolloutParts.ReadAsync(_folder))
        {
            Assert.Equal(written[count++], rollout);
        }

        Assert.Equal(3000, count);
    }

    private List<Rollout> Write(int first, int count)
    {
        List<Rollout> rollouts = [.. Enumerable.Range(first, count).Select(TokenizedRolloutsTests.Made)];
        TokenizedRolloutsTests.Write(_folder, rollouts);
        return rollouts;
    }

    private static string Sha(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
