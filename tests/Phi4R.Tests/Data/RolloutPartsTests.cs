using Phi4R.Data;
using Phi4R.Verification;

namespace Phi4R.Tests.Data;

public sealed class RolloutPartsTests : IDisposable
{
    private readonly string _folder = Project.Scratch();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rollouts_come_back_from_their_parts_as_they_were_added()
    {
        var added = Enumerable.Range(0, 10_000).Select(Made).ToList();
        using (var writer = new RolloutWriter(_folder, partSigns: 1 << 20))
        {
            added.ForEach(writer.Add);
            writer.Complete();
        }

        Assert.True(RolloutParts.Files(_folder).Count > 2);
        Assert.Equal(added, RolloutParts.Read(_folder));
    }

    // DuckDB is the reader that this project has no part in.
    [Fact]
    public void Another_program_reads_the_parts_and_finds_nothing_where_nobody_stated_a_value()
    {
        using (var writer = new RolloutWriter(_folder))
        {
            writer.Add(Made(1) with { Level = 0, Verdict = null, SolveRate = null });
            writer.Add(Made(2) with { Level = 4, SolveRate = 0.25, Answer = @"\frac{1}{2}", Finished = false });
            writer.Complete();
        }

        Assert.Equal(
            ["p1|stop||||unknown|False", "p2|length|unverifiable|4|0.25|algebra|False"],
            DuckDb.Query("SELECT problem_id, finish_reason, verdict, level, solve_rate, domain, repetitive FROM "
                + $"'{_folder}/rollouts/*.parquet' ORDER BY problem_id"));
        Assert.Equal([@"\frac{1}{2}|{""level"":4}"], DuckDb.Query("SELECT answer, json_object('level', level) FROM "
            + $"'{_folder}/rollouts/*.parquet' WHERE level IS NOT NULL"));
    }

    // What a process that was killed left behind: two whole parts and the beginning of a third.
    [Fact]
    public void A_part_that_was_not_ended_is_not_there_and_the_next_writer_goes_on_behind_the_whole_ones()
    {
        using (var writer = new RolloutWriter(_folder))
        {
            writer.Add(Made(0));
            writer.Complete();
            writer.Add(Made(1));
            writer.Complete();
            writer.Add(Made(2));
        }

        File.WriteAllText(Path.Combine(_folder, "rollouts", "part-00002.parquet.abc.part"), "PAR1");
        Assert.Equal([Made(0), Made(1)], RolloutParts.Read(_folder));
        using (var writer = new RolloutWriter(_folder))
        {
            writer.Add(Made(7));
            writer.Complete();
        }

        Assert.Equal([Made(0), Made(1), Made(7)], RolloutParts.Read(_folder));
        Assert.Equal(["manifest.jsonl", "part-00000.parquet", "part-00001.parquet", "part-00002.parquet"],
            Directory.GetFiles(Path.Combine(_folder, "rollouts")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_row_has_the_fields_that_commands_print_and_null_where_nobody_stated_a_value()
    {
        var row = RolloutParts.Row(Made(1) with { Level = 7, Verdict = null, Failed = true, Finished = false });
        Assert.Equal(["problem_id", "question", "answer", "text", "finish_reason", "verdict", "verdict_answer",
            "reason", "judged_by", "domain", "level", "tokens", "repetitive", "style", "source", "solve_rate"],
            row.Select(field => field.Key));
        Assert.Equal(("failed", "null", "null"), ((string)row["finish_reason"]!,
            row["level"]?.ToJsonString() ?? "null", row["verdict"]?.ToJsonString() ?? "null"));
    }

    [Fact]
    public void What_is_no_part_is_named_with_what_it_lacks()
    {
        Assert.Contains("phi4r import", Assert.Throws<FileNotFoundException>(() => RolloutParts.Read(_folder).Count())
            .Message, StringComparison.Ordinal);
        var file = Path.Combine(_folder, "other.parquet");
        DuckDb.Query($"COPY (SELECT 'p' AS problem_id, 'stop' AS finish_reason, 3 AS question) TO '{file}'");
        Assert.Contains($"{file}, record 1: the field \"question\" is 3; expected was a text",
            Assert.Throws<InvalidDataException>(() => RolloutParts.Read(_folder).Count()).Message,
            StringComparison.Ordinal);
        DuckDb.Query($"COPY (SELECT 'p' AS problem_id, 'done' AS finish_reason) TO '{file}'");
        Assert.Contains("\"done\"; expected was stop, length, failed",
            Assert.Throws<InvalidDataException>(() => RolloutParts.Read(_folder).Count()).Message,
            StringComparison.Ordinal);
    }

    // DuckDB reads the part of no rows too.
    [Fact]
    public void What_an_import_or_a_distillation_left_without_rollouts_has_no_rows()
    {
        foreach (var mark in new[] { "problems.jsonl", "distill.json" })
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, mark + " alone")).FullName;
            Assert.Throws<FileNotFoundException>(() => RolloutParts.Read(folder).Count());
            File.WriteAllText(Path.Combine(folder, mark), "");
            Assert.Empty(RolloutParts.Read(folder));
            Assert.Empty(RolloutParts.Files(folder));
        }

        foreach (var added in new[] { 0, 1, 0 })
        {
            using var writer = new RolloutWriter(_folder);
            Enumerable.Range(0, added).Select(Made).ToList().ForEach(writer.Add);
            writer.Complete();
            writer.Complete();
            Assert.Equal([$"{RolloutParts.Read(_folder).Count()}"],
                DuckDb.Query($"SELECT count(problem_id) FROM '{_folder}/rollouts/*.parquet'"));
        }

        Assert.Equal([Made(0)], RolloutParts.Read(_folder));
        Assert.Equal(2, RolloutParts.Files(_folder).Count);
    }

    private static Rollout Made(int i) => new()
    {
        ProblemId = $"p{i}",
        Prompt = $"What is {i}²?",
        Answer = i % 5 == 0 ? null : $"{i * i}",
        Text = string.Concat(Enumerable.Repeat($"<think>{i}·{i}\n</think>", 1 + (i % 9))),
        Finished = i % 7 != 0,
        Failed = i % 14 == 0,
        Verdict = i % 3 == 0
            ? null
            : new Verdict((Outcome)(i % 3), i % 2 == 0 ? null : $"{i}", $"reason {i}") { JudgedBy = "verifier" },
        Repetitive = i % 11 == 3,
        Domain = i % 4 == 2 ? "algebra" : Problem.UnknownDomain,
        Level = i % 6,
        Tokens = 10 * i,
        Style = i % 2 == 0 ? "terse" : null,
        Source = i % 8 == 0 ? "gsm8k" : null,
        SolveRate = i % 10 == 0 ? i / 10_000.0 : null,
    };
}
