using Phi4R.Data;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

public sealed class NearDuplicatesTests
{
    private static readonly string Questions = Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Data",
        "duplicate-pairs.jsonl");

    // 100 rewritings and 100 other problems of the same form, made by rules and by hand and kept beside this test.
    // Measured: 99 of 100 copies are found, and 3 of 100 others are taken for copies, each of one word that differs.
    [Fact]
    public void Of_200_pairs_copies_are_found_and_problems_of_the_same_form_are_not()
    {
        var pairs = RecordFile.Read(Questions).Select(read => read.Record).ToList();
        Assert.Equal((200, 100), (pairs.Count, pairs.Count(pair => (bool)pair["same"]!)));
        List<string> missed = [];
        List<string> wrong = [];
        foreach (var pair in pairs)
        {
            var before = new NearDuplicates();
            Assert.Null(before.Find("first", (string)pair["question"]!));
            var found = before.Find("second", (string)pair["other"]!) is not null;
            if (found != (bool)pair["same"]!)
            {
                (found ? wrong : missed).Add($"{pair["how"]}: {pair["other"]}");
            }
        }

        Assert.True(missed.Count <= 2 && wrong.Count <= 5, $"{missed.Count} of 100 copies were missed:\n"
            + $"{string.Join('\n', missed)}\n{wrong.Count} of 100 others were taken for copies:\n"
            + string.Join('\n', wrong));
    }

    // A law: what is found does not depend on how many other questions there are between.
    [Fact]
    public void A_copy_is_found_among_thousands_of_others_and_named()
    {
        var before = new NearDuplicates();
        const string First = "A train leaves the city at noon and travels north at sixty kilometers an hour; when does "
            + "it meet the train that left the other city an hour before?";
        Assert.Null(before.Find("first", First));
        for (var i = 0; i < 5000; i++)
        {
            Assert.Null(before.Find($"p{i}", $"Find the sum of the first {i} positive integers that are not "
                + "divisible by any prime less than their number of digits."));
        }

        var found = before.Find("second", "Solve the following problem step by step.\n\n"
            + First.Replace("; when", ". When", StringComparison.Ordinal) + " Put your final answer within \\boxed{}.");
        Assert.Equal(("first", First), (found?.Id, found?.Question));
        Assert.Equal("p17", before.Find("x", "Find the sum of the first $17$ positive integers that are not divisible "
            + "by any prime less than their number of digits")?.Id);
    }

    // By hand: of six problems of two sets, one is the benchmark's, one is a copy of another set's; their rollouts go
    // with them, and one rollout quotes the benchmark.
    [Fact]
    public void Sets_are_put_together_without_what_a_benchmark_asks_and_each_problem_once()
    {
        var home = Project.Scratch();
        const string Asked = "How many of the forty nine lockers along the north wall are open after all students have "
            + "passed by them once?";
        Import(home, "one", ("a", "What is the largest prime factor of the number $2^{10}-1$, counted once?"),
            ("b", Asked), ("c", "How many sides does a regular polygon have whose angles are $150$ degrees?"));
        Import(home, "two", ("d", "Please solve this problem: What is the largest prime factor of the number "
            + @"\(2^{10}-1\), counted once"), ("e", "Name the smallest square above one thousand."),
            ("f", "How many sides does a regular polygon have whose angles are $160$ degrees?"));
        var benchmark = Path.Combine(home, "benchmark.jsonl");
        File.WriteAllText(benchmark, $$"""{"id": "B", "problem": "{{Asked}}", "answer": "7"}""");
        var into = Path.Combine(home, "both");
        var summary = SetCleaning.Run([Path.Combine(home, "one"), Path.Combine(home, "two")], [benchmark], into, new());
        Assert.Equal(["a", "c", "e", "f"], ProblemFile.Read(Path.Combine(into, "problems.jsonl"))
            .Select(problem => problem.Id));
        Assert.Equal(["a", "c", "a", "f"], RolloutParts.Read(into).Select(rollout => rollout.ProblemId));
        Assert.Equal((4, 4), (summary.Problems, summary.Rollouts));
        Assert.Equal(
            [
                "problems: a benchmark has the question", "problems: nearly the same question was there before",
                "rollouts: a benchmark has the question", "rollouts: the text quotes a benchmark's question",
            ],
            summary.LeftOut.Select(left => left.Why).Order(StringComparer.Ordinal));
        Assert.All(summary.LeftOut, left => Assert.Equal(1, left.Count));
        var page = File.ReadAllText(Path.Combine(into, "report.md"));
        Assert.Contains($"| b: {Asked} | B: {Asked} | shares: how many of the forty nine", page,
            StringComparison.Ordinal);
        Assert.Contains("| d: Please solve this problem: What is the largest", page, StringComparison.Ordinal);
        Assert.Equal(["b", "d"], RecordFile.Read(Path.Combine(into, "removed.jsonl"))
            .Select(read => (string)read.Record["id"]!));

        void Import(string parent, string name, params (string Id, string Question)[] problems)
        {
            var folder = Path.Combine(parent, name);
            Directory.CreateDirectory(folder);
            ProblemFile.Write(Path.Combine(folder, "problems.jsonl"), problems.Select(problem => new Problem
            {
                Id = problem.Id,
                Question = problem.Question,
                Answer = "1",
                Domain = "any",
                Level = 0,
            }));
            using var writer = new RolloutWriter(folder);
            foreach (var (id, question) in problems)
            {
                writer.Add(new Rollout
                {
                    ProblemId = id,
                    Prompt = question,
                    Text = id == "e" ? $"It is like this: {Asked}" : "\\boxed{1}",
                    Finished = true,
                    Repetitive = false,
                    Domain = "any",
                    Level = 0,
                    Tokens = 3,
                });
            }

            writer.Complete();
        }
    }
}
