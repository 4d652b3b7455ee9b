using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

/// <summary>
/// The law: wherever putting imports together is interrupted, its next start leaves what one leaves that nobody
/// disturbed.
/// </summary>
public sealed class SetCleaningResumeTests : IDisposable
{
    // A part ends with the row group that passes its length, and a row group has 4,096 rollouts.
    private const int PartRollouts = 4096;
    private const int Problems = 4_000;
    private const string Asked =
        "How many of the forty nine lockers along the north wall are open after all students have passed by them once?";

    private readonly string _folder = Project.Scratch();

    public SetCleaningResumeTests()
    {
        File.WriteAllText(Benchmark, $$"""{"id": "B", "problem": "{{Asked}}", "answer": "7"}""");
        Directory.CreateDirectory(Import);
        ProblemFile.Write(Path.Combine(Import, "problems.jsonl"), Enumerable.Range(0, Problems).Select(i => new Problem
        {
            Id = $"p{i}",
            Question = $"What remains of {i * i} when {i} is taken away from it {i % 7} times?",
            Answer = "1",
            Domain = "any",
            Level = 0,
        }));
        using var writer = new RolloutWriter(Import);
        foreach (var i in Enumerable.Range(0, 3 * Problems))
        {
            writer.Add(new Rollout
            {
                ProblemId = $"p{i / 3}",
                Prompt = "",
                Text = i % 40 == 39 ? $"I know that one: {Asked} It is {i}." : $"So it is {i % 2}.",
                Finished = true,
                Repetitive = false,
                Domain = "any",
                Level = 0,
                Tokens = 3,
            });
        }

        writer.Complete();
    }

    private string Benchmark => Path.Combine(_folder, "benchmark.jsonl");

    private string Import => Path.Combine(_folder, "import");

    private string Out => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2_000, 0)]
    [InlineData(10_000, 1)]
    [InlineData(14_000, 2)]
    public void What_was_interrupted_goes_on_and_leaves_the_same(int after, int parts)
    {
        var whole = Path.Combine(_folder, "whole");
        var undisturbed = Clean(whole);
        Interrupt(after);
        var resumed = Clean(Out);
        Assert.Equal((0, parts * PartRollouts), (undisturbed.Kept, resumed.Kept));

        // Every fortieth of them quotes the benchmark.
        Assert.Equal((3 * Problems) - (3 * Problems / 40), undisturbed.Rollouts);
        Assert.Equal((undisturbed.Problems, undisturbed.Rollouts), (resumed.Problems, resumed.Rollouts));
        Assert.Equal(undisturbed.LeftOut, resumed.LeftOut);
        Assert.Equal(["manifest.jsonl", "problems.jsonl", "removed.jsonl", "report.md"],
            Texts(whole).Select(file => Path.GetFileName(file.Path)).Order(StringComparer.Ordinal));
        Assert.Equal(Texts(whole).Select(file => file.Text), Texts(Out).Select(file => file.Text));
        Assert.Equal(PartManifest.Of(whole), PartManifest.Of(Out));
    }

    [Fact]
    public void With_another_setting_nothing_is_kept()
    {
        Interrupt(10_000);
        Assert.Equal(0, Clean(Out, new CleaningConfig { SharedWords = 12 }).Kept);
    }

    private static IEnumerable<(string Path, string Text)> Texts(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".parquet", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(file => (file, File.ReadAllText(file)));

    private ImportSummary Clean(string into, CleaningConfig? config = null) =>
        SetCleaning.Run([Import], [Benchmark], into, config ?? new(), 1, null, default);

    private void Interrupt(int after)
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => SetCleaning.Run([Import], [Benchmark], Out, new(), 1,
            new InlineProgress<long>(looked =>
            {
                if (looked >= after)
                {
                    stop.Cancel();
                }
            }), stop.Token));
        Assert.False(Path.Exists(Path.Combine(Out, "rollouts")));
    }
}
