using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

/// <summary>
/// The law: wherever an import is interrupted, its next start leaves what one leaves that nobody disturbed.
/// </summary>
public sealed class SetImportResumeTests : IDisposable
{
    // A part ends with the row group that passes its length, and a row group has 4,096 rollouts: the ends fall into the
    // middle of records of three.
    private const int PartRollouts = 4096;
    private const int Records = 4_500;

    private readonly string _folder = Project.Scratch();

    public SetImportResumeTests() => File.WriteAllLines(Set, Enumerable.Range(0, Records).Select(Record));

    private string Set => Path.Combine(_folder, "set.jsonl");

    private string Out => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_import_that_was_killed_between_two_moves_goes_on()
    {
        var unfinished = Path.Combine(Out, "import.unfinished");
        SetImport.Run("own", [Set], Out, 1, null, default);
        var made = File.ReadAllText(Path.Combine(Out, "problems.jsonl"));
        Interrupt(1_500, Path.Combine(_folder, "other"));
        Directory.CreateDirectory(unfinished);
        File.Copy(Path.Combine(_folder, "other", "import.unfinished", "made-of.json"),
            Path.Combine(unfinished, "made-of.json"));
        File.WriteAllText(Path.Combine(unfinished, "whole"), "");
        Directory.Move(Path.Combine(Out, "rollouts"), Path.Combine(unfinished, "rollouts"));

        var again = SetImport.Run("own", [Set], Out, 1, null, default);
        Assert.Equal(again.Rollouts, again.Kept);
        Assert.Equal(made, File.ReadAllText(Path.Combine(Out, "problems.jsonl")));
        Assert.False(Directory.Exists(unfinished));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1_500, 1)]
    [InlineData(3_000, 2)]
    [InlineData(4_300, 3)]
    public void An_import_that_was_interrupted_goes_on_and_leaves_the_same(int after, int parts)
    {
        var whole = Path.Combine(_folder, "whole");
        var undisturbed = SetImport.Run("own", [Set], whole, 1, null, default);
        Interrupt(after);

        // What a process leaves that had no time to tidy up.
        var unfinished = Directory.GetDirectories(Out, "rollouts", SearchOption.AllDirectories).SingleOrDefault();
        if (parts > 0)
        {
            File.WriteAllText(Path.Combine(unfinished!, "part-00009.parquet.0" + AtomicFile.Unfinished), "half");
            Assert.Equal(parts, RolloutParts.Files(unfinished!).Count);
        }

        var resumed = SetImport.Run("own", [Set], Out, 1, null, default);
        Assert.Equal(parts * PartRollouts, resumed.Kept);
        Assert.Equal(0, undisturbed.Kept);
        Assert.Equal((undisturbed.Problems, undisturbed.Rollouts, undisturbed.WithoutReference),
            (resumed.Problems, resumed.Rollouts, resumed.WithoutReference));
        Assert.Equal(undisturbed.LeftOut, resumed.LeftOut);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "problems.jsonl")),
            File.ReadAllText(Path.Combine(Out, "problems.jsonl")));
        Assert.Equal(PartManifest.Of(whole), PartManifest.Of(Out));
        Assert.Equal(4, PartManifest.Of(Out).Count);
        Assert.Equal(RolloutParts.Read(whole).Select(rollout => RolloutParts.Row(rollout).ToJsonString()),
            RolloutParts.Read(Out).Select(rollout => RolloutParts.Row(rollout).ToJsonString()));
        Assert.Equal(["problems.jsonl", "rollouts"],
            Directory.GetFileSystemEntries(Out).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Of_an_import_of_other_files_nothing_is_kept()
    {
        Interrupt(3_000);
        File.AppendAllLines(Set, [Record(Records)]);
        var summary = SetImport.Run("own", [Set], Out, 1, null, default);
        Assert.Equal(0, summary.Kept);
        Assert.Equal(RolloutParts.Count(Out), summary.Rollouts);
        Assert.Equal("1", RolloutParts.Read(Out).First().Answer);
    }

    private void Interrupt(int after, string? folder = null)
    {
        folder ??= Out;
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => SetImport.Run("own", [Set], folder, 1,
            new InlineProgress<ImportProgress>(report =>
            {
                if (report.Records >= after)
                {
                    stop.Cancel();
                }
            }), stop.Token));
        Assert.False(Path.Exists(Path.Combine(folder, "rollouts")));
    }

    // Every fiftieth contradicts the record before it and is left out, every seventieth has no reference.
    private static string Record(int i) => i % 50 == 49
        ? $$"""{"question": "Q{{i - 1}}?", "answer": "no", "completions": ["a", "b", "c"]}"""
        : i % 70 == 69
            ? $$"""{"question": "Q{{i}}?", "completions": ["x{{i}}", "y", "z"]}"""
            : $$"""{"question": "Q{{i}}?", "answer": "{{i + 1}}", "completions": ["\\boxed{{{i}}}", "so", "{{i}}"]}""";
}
