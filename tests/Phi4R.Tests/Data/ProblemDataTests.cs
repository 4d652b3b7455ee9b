using Parquet;
using Parquet.Schema;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Tests.Data;

public sealed class ProblemDataTests
{
    private readonly string _folder = Project.Scratch();

    [Fact]
    public void Lines_of_each_benchmark_become_problems()
    {
        Problem Only(string line) => Assert.Single(ProblemData.Read(Written("set.jsonl", line)).Set.Problems);
        var gsm = Only("""{"question": "How many?", "answer": "She has 1,000 <<1000=1000>>.\n#### 1,072"}""");
        Assert.Equal(("How many?", "1072", "set/1", 0), (gsm.Question, gsm.Answer, gsm.Id, gsm.Level));
        var math =
            Only(
                """{"problem": "What?", "solution": "So \\boxed{1}, no: \\boxed{\\frac12}.", "level": "Level 5", "type": "Algebra"}""");
        Assert.Equal(("\\frac12", 5, "Algebra"), (math.Answer, math.Level, math.Domain));
        var math500 =
            Only(
                """{"problem": "What?", "solution": "\\boxed{9}", "answer": "3", "subject": "Geometry", "level": 2, "unique_id": "test/1.json"}""");
        Assert.Equal(("3", 2, "test/1.json"), (math500.Answer, math500.Level, math500.Id));
        Assert.Equal("204", Only("""{"ID": "2024-I-1", "Problem": "Find it.", "Answer": 204}""").Answer);
        Assert.Equal("27.0", Only("""{"id": 0, "problem": "Find it.", "answer": 27.0, "url": "x"}""").Answer);
        Assert.Equal("$1$, $2$",
            Only(
                """{"id": 1, "question": "Find them.", "final_answer": ["$1$", "$2$"], "is_multiple_answer": true, "error": null}""").Answer);
    }

    [Fact]
    public async Task A_parquet_file_and_a_CSV_file_give_the_same_problems_as_their_lines()
    {
        var lines = ProblemData.Read(Written("a.jsonl", """{"question": "One, \"two\"?", "answer": "12", "level": 3}""",
            """{"question": "Two\nlines?", "answer": "13", "level": 4}"""));
        var table = ProblemData.Read(
            Written("b.csv", "question,answer,level", "\"One, \"\"two\"\"?\",12,3", "\"Two\nlines?\",13,4"));
        var path = Path.Combine(_folder, "c.parquet");
        var schema = new ParquetSchema(new DataField<string>("question"),
            new ListField("answer", new DataField<string>("element")), new DataField<long>("level"));
        await using (var stream = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(schema, stream);
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await group.WriteAsync(fields[0], ["One, \"two\"?", "Two\nlines?"]);
            await group.WriteAsync(fields[1], ["12", "13"], new[] { 0, 0 }.AsMemory());
            await group.WriteAsync<long>(fields[2], new long[] { 3, 4 }.AsMemory());
        }

        var columns = ProblemData.Read(path);
        Assert.Equal(lines.Set.Problems.Select(Bare), table.Set.Problems.Select(Bare));
        Assert.Equal(lines.Set.Problems.Select(Bare), columns.Set.Problems.Select(Bare));
        Assert.Equal(64, columns.Sha256.Length);
        Assert.NotEqual(lines.Sha256, columns.Sha256);

        static (string, string, int) Bare(Problem problem) => (problem.Question, problem.Answer, problem.Level);
    }

    [Fact]
    public void The_order_of_GPQA_options_follows_from_the_question_and_the_letters_grade()
    {
        var header = "Record ID,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer "
            + "3,Subdomain";
        List<string> lines = [header];
        lines.AddRange(Enumerable.Range(0, 200).Select(i => $"rec{i},\"Which, of {i}?\",right {i},wrong a,wrong "
            + "b,wrong c,Physics"));
        var problems = ProblemData.Read(Written("gpqa_diamond.csv", [.. lines])).Set.Problems;
        var places = problems.Select(problem => problem.Choices!.ToList().IndexOf(problem.Answer)).ToList();
        Assert.All(Enumerable.Range(0, 4), place => Assert.InRange(places.Count(other => other == place), 30, 70));

        // Another order of the columns gives the same options.
        var swapped =
            ProblemData.Read(
                Written("other.csv", header.Replace("Incorrect Answer 1", "X")
                    .Replace("Incorrect Answer 3", "Incorrect Answer 1").Replace("X", "Incorrect Answer 3"),
                        lines[7])).Set.Problems[0];
        Assert.Equal(problems[6].Choices, swapped.Choices);
        var letter = (char)('A' + places[6]);
        Assert.Contains($"({letter}) right 6", problems[6].Question, StringComparison.Ordinal);
        Assert.Equal(Outcome.Correct, Verifiers.FinalAnswer(problems[6], $"The answer is ({letter}).").Outcome);
        Assert.Equal(Outcome.Incorrect,
            Verifiers.FinalAnswer(problems[6], $"The answer is ({(letter == 'A' ? 'B' : 'A')}).").Outcome);
    }

    // Rows as MMLU, ARC, OpenThoughts, OpenR1 and s1K publish them.
    [Theory]
    [InlineData("""{"question": "Which?", "choices": ["1", "2", "3", "4"], "answer": 2}""", "3")]
    [InlineData("""{"question": "Which?", "choices": ["1", "2", "3", "4"], "answer": "2"}""", "2")]
    [InlineData("""{"question": "Which?", "choices": ["w", "x", "y", "z"], "answer": "2"}""", "y")]
    [InlineData("""{"question": "Which?", "choices": ["w", "x", "y", "z"], "answer": "C"}""", "C")]
    [InlineData("""{"question": "Which?", "options": ["w", "x", "y", "z"], "answer": "y"}""", "y")]
    [InlineData(
        """{"question": "Which?", "choices": {"text": ["w", "x", "y", "z"], "label": ["1", "2", "3", "4"]}, "answerKey": "3"}""", "y")]
    public void Options_apart_from_the_question_are_shown_in_it_and_the_answer_is_the_one_named(
        string line, string answer)
    {
        var problem = Assert.Single(ProblemData.Read(Written("set.jsonl", line)).Set.Problems);
        Assert.Equal(answer, problem.Answer);
        Assert.EndsWith($"\n(D) {problem.Choices![3]}", problem.Question, StringComparison.Ordinal);
        var right = answer == "2" ? 'B' : 'C';
        Assert.Equal(Outcome.Correct, Verifiers.FinalAnswer(problem, $"The answer is ({right}).").Outcome);
        Assert.Equal(Outcome.Incorrect, Verifiers.FinalAnswer(problem, "The answer is (D).").Outcome);
    }

    [Fact]
    public void Options_that_the_question_shows_are_not_shown_twice() => Assert.Equal(
        "Which? (A) one (B) two",
        Assert.Single(
            ProblemData.Read(
                Written("set.jsonl",
                    """{"question": "Which? (A) one (B) two", "choices": ["one", "two"], "answer": "B"}""")).Set.Problems).Question);

    [Theory]
    [InlineData(
        """{"system": "Think.", "conversations": [{"from": "user", "value": "What is 1+1?"}, {"from": "assistant", "value": "<|begin_of_thought|>Not \\boxed{3}.<|begin_of_solution|>So \\boxed{2}."}]}""")]
    [InlineData(
        """{"messages": [{"role": "user", "content": "What is 1+1?"}, {"role": "assistant", "content": "It is 3."}], "answer": "2"}""")]
    [InlineData("""{"question": "What is 1+1?", "solution": "2", "cot": null, "attempt": "So \\boxed{2}."}""")]
    [InlineData("""{"question": "What is 1+1?", "solution": " 2 "}""")]
    public void A_question_and_an_answer_are_found_in_the_layouts_of_public_sets(string line)
    {
        foreach (var name in new[] { "set.jsonl", "set.json" })
        {
            var problem = Assert.Single(ProblemData.Read(Written(name, line)).Set.Problems);
            Assert.Equal(("What is 1+1?", "2"), (problem.Question, problem.Answer));
        }
    }

    [Fact]
    public async Task The_turns_of_a_conversation_are_read_from_a_parquet_file_as_from_a_line()
    {
        var path = Path.Combine(_folder, "turns.parquet");
        var (role, content) = (new DataField<string>("role"), new DataField<string>("content"));
        var schema = new ParquetSchema(new ListField("messages", new StructField("element", role, content)),
            new DataField<string>("id"));
        await using (var stream = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(schema, stream);
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await group.WriteAsync(fields[0], ["user", "assistant", "system", "user", "assistant"],
                new[] { 0, 1, 0, 1, 1 }.AsMemory());
            await group.WriteAsync(fields[1], ["What is 1+1?", "\\boxed{2}", "Think.", "What is 2+2?", "\\boxed{4}"],
                new[] { 0, 1, 0, 1, 1 }.AsMemory());
            await group.WriteAsync(fields[2], ["a", "b"]);
        }

        Assert.Equal([("a", "What is 1+1?", "2"), ("b", "What is 2+2?", "4")],
            ProblemData.Read(path).Set.Problems.Select(problem => (problem.Id, problem.Question, problem.Answer)));
    }

    [Fact]
    public void Records_without_an_answer_are_left_out_and_counted_where_they_are_learned_from()
    {
        var path = Written("set.jsonl", """{"question": "q", "answer": "1"}""", """{"question": "q"}""",
            """{"answer": "2"}""", """{"question": "r", "solution": "A proof\nof two lines."}""");
        var loaded = ProblemData.ReadUsable(path);
        Assert.Equal("1", Assert.Single(loaded.Set.Problems).Answer);
        Assert.Equal([("no answer", 2L), ("no question", 1L)],
            loaded.LeftOut.Select(left => (left.Why[..left.Why.IndexOf(';')], left.Count)));
        Assert.Equal($"{path}, record 2", loaded.LeftOut[0].First);
        Assert.Contains("record 2 has no answer",
            Assert.Throws<InvalidDataException>(() => ProblemData.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains("holds no problem; 1 of its records have no question",
            Assert.Throws<InvalidDataException>(
                () => ProblemData.ReadUsable(Written("set.jsonl", """{"answer": "2"}"""))).Message,
                    StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"question\": \"q\", \"answer\": \"1\"}\n{\"question\": \"q\"}", "record 2 has no answer")]
    [InlineData("a.jsonl", "{\"answer\": \"1\"}", "record 1 has no question")]
    [InlineData("a.jsonl", "{\"question\": \"q\", \"answer\": \"1\"}\n{\"question", "line 2 is no JSON")]
    [InlineData("a.jsonl", "[1]", "line 1 is no JSON object")]
    [InlineData("a.jsonl", "{\"id\": 1, \"question\": \"q\", \"answer\": \"1\"}\n{\"id\": 1, \"question\": \"r\", "
        + "\"answer\": \"2\"}", "id 1 was there before")]
    [InlineData("a.jsonl", "", "is empty; it holds no record")]
    [InlineData("a.jsonl", "\n", "holds no problem")]
    [InlineData("a.csv", "question,answer\nq", "record 1 has 1 fields")]
    [InlineData("a.csv", "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3\nq,a,b,,d",
        "\"Incorrect Answer 2\" is missing or empty")]
    [InlineData("a.csv", "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3\nq,a,b,b,d",
        "two of the options")]
    [InlineData("a.parquet", "PAR1 but no more", "cannot be read as parquet")]
    [InlineData("a.txt", "x", "ends in '.txt'")]
    public void A_bad_file_is_refused_with_its_place(string name, string text, string message) =>
        Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() => ProblemData.Read(Written(name, text))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_name_of_the_hub_is_found_in_its_cache_with_its_license()
    {
        var before = HostOptions.Current;
        HostOptions.Current = before with { HubCache = _folder };
        try
        {
            Assert.Contains("not in the hub cache",
                Assert.Throws<FileNotFoundException>(() => ProblemData.Read("owner/set")).Message,
                StringComparison.Ordinal);
            foreach (var (revision, answer) in new[] { ("aaa", "1"), ("bbb", "2") })
            {
                Written($"datasets--owner--set/snapshots/{revision}/test.jsonl",
                    $$"""{"question": "q", "answer": "{{answer}}"}""");
            }

            Written("datasets--owner--set/refs/main", "bbb");
            Written("datasets--owner--set/snapshots/bbb/README.md", "---\nlanguage: en\nlicense: mit\n---\n# A set");
            var loaded = ProblemData.Read("owner/set");
            Assert.Equal(("2", "mit"), (loaded.Set.Problems[0].Answer, loaded.License));
            Written("datasets--owner--set/snapshots/bbb/main/train.jsonl", """{"question": "q", "answer": "3"}""");
            Assert.Contains("main/train.jsonl, test.jsonl",
                Assert.Throws<InvalidDataException>(() => ProblemData.Read("owner/set")).Message,
                StringComparison.Ordinal);
            Assert.Equal("3", ProblemData.Read("owner/set:main/train.jsonl").Set.Problems[0].Answer);
        }
        finally
        {
            HostOptions.Current = before;
        }
    }

    [Fact]
    public void A_set_whose_answers_cannot_be_read_is_refused_unless_told_otherwise()
    {
        string[] golds = [.. Enumerable.Range(0, 98)
            .Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), "\\frac{", "5 @ 5", ""];
        Assert.Contains("3 of 101",
            Assert.Throws<InvalidDataException>(() => GoldAudit.Run(golds).Checked(0.02)).Message,
            StringComparison.Ordinal);
        Assert.Equal(3, GoldAudit.Run(golds).Checked(1).Unreadable);
    }

    private string Written(string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, string.Join('\n', lines));
        return path;
    }
}
