using Microsoft.Data.Analysis;
using Phi4R.Data;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Tests.Data;
using Phi4R.Verification;

namespace Phi4R.Tests.Show;

public sealed class RolloutQueryTests : IDisposable
{
    private readonly string _folder = Project.Scratch();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_rollouts_of_a_run_are_a_frame_that_can_be_filtered_and_asked()
    {
        var run = RecipeRun.Open("smoke", 1, Path.Combine(_folder, "run"));
        var rollouts = run.Get(Pipeline.Distillation).Rollouts;
        var frame = run.Rollouts;
        Assert.Equal(rollouts.Count, frame.Rows.Count);
        var third = frame.Filter(frame["level"].ElementwiseEquals(3));
        Assert.Equal(rollouts.Count(rollout => rollout.Level == 3), third.Rows.Count);
        Assert.Equal(rollouts.Where(rollout => rollout.Level == 3).Select(rollout => rollout.ProblemId),
            ((StringDataFrameColumn)third["problem_id"]).AsEnumerable());
        var counts = run.Sql("SELECT domain, count(*) AS n, sum(tokens) AS tokens FROM rollouts "
            + "WHERE verdict = 'correct' GROUP BY domain ORDER BY domain");
        Assert.Equal(
            rollouts.Where(rollout => rollout.Outcome == Outcome.Correct).GroupBy(rollout => rollout.Domain)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{group.Key} {group.LongCount()} {group.Sum(rollout => rollout.Tokens)}"),
            counts.Rows.Select(row => string.Join(' ', row)));
    }

    [Fact]
    public void Folders_of_rollouts_are_joined_and_what_cannot_be_asked_is_said()
    {
        List<string> folders = [];
        foreach (var (name, first) in new[] { ("a", 0), ("it's b", 30) })
        {
            var folder = Path.Combine(_folder, name);
            folders.Add(folder);
            using var writer = new RolloutWriter(folder);
            Enumerable.Range(first, 40).Select(TokenizedRolloutsTests.Made).ToList().ForEach(writer.Add);
            writer.Complete();
        }

        (string, string)[] tables = [("a", folders[0]), ("b", folders[1])];

        // Rollouts 30 to 39 are in both; four are a problem's.
        var both = RolloutQuery.Run(
            "SELECT DISTINCT a.problem_id FROM a JOIN b ON a.problem_id = b.problem_id ORDER BY 1", tables);
        Assert.Equal(["p7", "p8", "p9"], ((StringDataFrameColumn)both.Columns[0]).AsEnumerable());
        var nothing = RolloutQuery.Run("SELECT level, verdict, solve_rate FROM a WHERE level IS NULL LIMIT 1", tables);
        Assert.Equal([null, null, null], nothing.Rows[0]);
        var error = Assert.Throws<ArgumentException>(() => RolloutQuery.Run("SELECT * FROM c", tables)).Message;
        Assert.Contains("Table with name c does not exist", error, StringComparison.Ordinal);
        Assert.Contains("Tables that are there: a, b.", error, StringComparison.Ordinal);
        Assert.Contains("has no rollouts", Assert.Throws<FileNotFoundException>(
            () => RolloutQuery.Run("SELECT 1", ("a", _folder))).Message, StringComparison.Ordinal);
    }
}
