using Phi4R.Data;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

/// <summary>That nothing of a set goes without a count, counted by hand.</summary>
public sealed class SetImportLedgerTests : IDisposable
{
    private const string Another = "the question was there before with another answer";
    private const string Same = "the same problem was there before";

    private readonly string _folder = Project.Scratch();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Four contents under one id, each with its completion, and the second of them twice.
    [Fact]
    public void An_id_of_several_problems_loses_none_and_each_keeps_its_completions()
    {
        string[] lines =
        [
            """{"id": "7", "question": "One?", "answer": "1", "completion": "\\boxed{1}"}""",
            """{"id": "7", "question": "Two?", "answer": "2", "completion": "\\boxed{2}"}""",
            """{"id": "7", "question": "Two?", "answer": "2", "completion": "\\boxed{22}"}""",
            """{"id": "7", "question": "Two?", "answer": "3", "completion": "\\boxed{3}"}""",
            """{"id": "7", "question": "Four?", "completion": "\\boxed{4}"}""",
        ];
        var (summary, problems, rollouts) = Import("own", lines);
        Assert.Equal(["One? 1", "Two? 2", "Two? 3"], problems.Select(Said));
        Assert.Equal("7", problems[0].Id);
        Assert.All(problems.Skip(1), problem => Assert.Matches(@"\A7#[0-9a-f]{8}\z", problem.Id));
        Assert.Equal(3, problems.DistinctBy(problem => problem.Id).Count());
        Assert.Equal(["1: One? 1", "2: Two? 2", "22: Two? 2", "3: Two? 3", "4: Four? "], rollouts.Select(rollout =>
            $"{rollout.Text[7..^1]}: {rollout.Prompt} {rollout.Answer}"));
        Assert.All(rollouts.Take(4), rollout => Assert.Equal($"{rollout.Prompt} {rollout.Answer}",
            Said(problems.Single(problem => problem.Id == rollout.ProblemId))));
        Assert.DoesNotContain(rollouts[4].ProblemId, problems.Select(problem => problem.Id));
        Assert.Equal((5, 1, 0), (summary.Rollouts, summary.WithoutReference, summary.LeftOut.Count));
    }

    [Fact]
    public void Only_the_same_problem_is_called_the_same()
    {
        string[] lines =
        [
            """{"id": "7", "problem": "One?", "answer": "1"}""",
            """{"id": "7", "problem": "Two?", "answer": "2"}""",
            """{"id": "7", "problem": " One?", "answer": "1 "}""",
            """{"id": "7", "problem": "Two?", "answer": "2"}""",
        ];
        var (summary, problems, _) = Import("MATH", lines);
        Assert.Equal(["One? 1", "Two? 2"], problems.Select(Said));
        Assert.Equal([(Same, 2L)], summary.LeftOut.Select(left => (left.Why, left.Count)));
    }

    // Without ids: 1 and 2 contradict each other, a record without a reference contradicts none.
    [Fact]
    public void Another_answer_to_a_question_is_left_out_with_its_completions_and_counted()
    {
        string[] lines =
        [
            """{"question": "One?", "completion": "\\boxed{0}"}""",
            """{"question": "One?", "answer": "1", "completion": "\\boxed{1}"}""",
            """{"question": "One?", "answer": "2", "completions": ["\\boxed{2}", "\\boxed{3}"]}""",
            """{"question": "One?", "completion": "\\boxed{4}"}""",
        ];
        var (summary, problems, rollouts) = Import("own", lines);
        Assert.Equal(["One? 1"], problems.Select(Said));
        Assert.Equal(["0", "1", "4"], rollouts.Select(rollout => rollout.Text[7..^1]));
        Assert.All(rollouts, rollout => Assert.Equal(problems[0].Id, rollout.ProblemId));
        Assert.Equal(0, summary.WithoutReference);
        Assert.Equal([("a completion: " + Another, 2L), (Another, 1L)],
            summary.LeftOut.Select(left => (left.Why, left.Count)));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_one_line_of_the_ledger_wherever_it_stands()
    {
        string[] bad =
        [
            """{"question": "\ud800?", "answer": "1"}""",
            """{"question": "One?", "answer": "1", "beside": {"deep": ["\udc00"]}}""",
            """{"question": "One?", "answer": "1", "\ud800": 1}""",
            """{"prompt": [{"role": "user", "content": "\ud800"}], "answer": "1"}""",
        ];
        string[] good = ["""{"question": "Two \ud83d\ude00?", "answer": "2"}"""];
        Assert.All(new[] { "own", "OpenR1-Math-220k" }, name => Assert.All(
            new[] { Write("a.jsonl", string.Join('\n', [.. bad, .. good])),
                Write("a.json", $"[{string.Join(',', [.. bad, .. good])}]") }, file =>
        {
            var (summary, problems, _) = Import(name, file);
            Assert.Equal(["Two \U0001F600? 2"], problems.Select(Said));
            Assert.Equal([("text that is no Unicode", 4L)],
                summary.LeftOut.Select(left => (left.Why, left.Count)));
        }));
        foreach (var file in new[] { Write("b.jsonl", good[0] + "\n" + bad[1]),
            Write("b.json", $"[{good[0]}, {bad[2]}]") })
        {
            Assert.Contains($"{file}, record 2 holds text that is no Unicode", Assert.Throws<InvalidDataException>(
                () => ProblemData.Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"none\"", "generations is no list", 1, "")]
    [InlineData("3", "generations is no list", 1, "")]
    [InlineData("{\"a\": 1}", "generations is no list", 1, "")]
    [InlineData("[3, {\"a\": \"b\"}, [\"c\"], null, \"\", true, \"\\\\boxed{1}\"]", "a completion without text", 6,
        "\\boxed{1}")]
    [InlineData("\"[3, \\\"d\\\"]\"", "a completion without text", 1, "d")]
    [InlineData("null", null, 0, "")]
    [InlineData("\"\"", null, 0, "")]
    [InlineData("[]", null, 0, "")]
    public void Completions_of_another_kind_are_counted_and_are_no_text(
        string value, string? why, int count, string texts)
    {
        foreach (var (name, field) in new[] { ("OpenR1-Math-220k", "generations"), ("own", "generations"),
            ("own", "completions") })
        {
            var (summary, problems, rollouts) = Import(name,
                [$$"""{"problem": "One?", "answer": "1", "{{field}}": {{value}}}"""]);
            Assert.Equal(["One? 1"], problems.Select(Said));
            Assert.Equal(texts, string.Concat(rollouts.Select(rollout => rollout.Text)));
            Assert.Equal(count == 0 ? [] : [(why!.Replace("generations", field, StringComparison.Ordinal), count)],
                summary.LeftOut.Select(left => (left.Why, (int)left.Count)));
        }
    }

    // What leaves the record without anything is counted beside the record.
    [Fact]
    public void A_record_of_such_completions_alone_says_both()
    {
        var (summary, _, _) = Import("own",
        [
            """{"problem": "One?", "completions": [3]}""",
            """{"problem": "Two?", "completion": {"text": "2"}}""",
            """{"problem": "Three?", "generations": "3"}""",
            """{"problem": "Four?", "answer": "4"}""",
        ]);
        Assert.Equal(
            [
                ("a completion without text", 2L), ("neither a reference answer nor a completion", 2L),
                ("generations is no list", 1L), ("no reference answer", 1L),
            ],
            summary.LeftOut.Select(left => (left.Why, left.Count)));
    }

    [Theory]
    [InlineData("a.jsonl", "")]
    [InlineData("a.jsonl", "\n \n")]
    [InlineData("a.json", "")]
    [InlineData("a.parquet", "")]
    [InlineData("a.csv", "")]
    public void An_empty_file_is_called_empty(string name, string text)
    {
        var file = Write(name, text);
        Assert.Contains($"{file} is empty", Assert.Throws<InvalidDataException>(
            () => Import("gsm8k", file)).Message, StringComparison.Ordinal);
        if (text.Length == 0)
        {
            Assert.Contains($"{file} is empty", Assert.Throws<InvalidDataException>(
                () => ProblemData.Read(file)).Message, StringComparison.Ordinal);
        }
    }

    private static string Said(Problem problem) => $"{problem.Question} {problem.Answer}";

    private (ImportSummary Summary, List<Problem> Problems, List<Rollout> Rollouts) Import(
        string name, string[] lines) => Import(name, Write($"{Guid.NewGuid():N}.jsonl", string.Join('\n', lines)));

    private (ImportSummary Summary, List<Problem> Problems, List<Rollout> Rollouts) Import(string name, string file)
    {
        var into = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        var summary = SetImport.Run(name, [file], into);
        List<Rollout> rollouts = [.. RolloutParts.Read(into)];
        Assert.Equal(summary.Rollouts, rollouts.Count);
        return (summary, [.. ProblemFile.Read(Path.Combine(into, "problems.jsonl"))], rollouts);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
