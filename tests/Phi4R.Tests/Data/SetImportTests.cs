using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

/// <summary>Records in the shapes in which the sets are published, worked out by hand.</summary>
public sealed class SetImportTests
{
    private const string R1 = """
        {"problem": "What is $2+2$?", "solution": "It is \\boxed{4}.", "answer": "4", "problem_type": "Algebra",
         "question_type": "math-word-problem", "source": "olympiads", "uuid": "u-1",
         "is_reasoning_complete": [true, true, false, true, true],
         "generations": ["<think>\nTwo.\n</think>\n\nIt is \\boxed{4}.", "<think>\nThree?\n</think>\n\n\\boxed{5}",
            "<think>\nWait", "<think>\nFour.\n</think>\n\n$\\boxed{4.0}$", ""],
         "correctness_math_verify": [true, false, false, false, false], "correctness_llama": [null, null, null, true, null],
         "finish_reasons": ["stop", "stop", "length", "stop", "stop"], "correctness_count": 2,
         "messages": [{"content": "What is $2+2$?", "role": "user"}, {"content": "It is 4.", "role": "assistant"}]}
        """;

    private readonly string _folder = Project.Scratch();

    // name; record; what becomes of it: problem | rollouts, each "text [finish, verdict by whom, style]".
    public static TheoryData<string, string, string, string[]> Sets => new()
    {
        {
            "OpenR1-Math-220k", R1, "u-1: What is $2+2$? = 4 (Algebra, 0)",
            [
                "<think>\nTwo.\n</think>\n\nIt is \\boxed{4}. [Stop, Correct OpenR1-Math-220k (math_verify), ]",
                "<think>\nThree?\n</think>\n\n\\boxed{5} [Stop, Incorrect OpenR1-Math-220k (math_verify), ]",
                "<think>\nWait [Length, Incorrect length limit, ]",
                "<think>\nFour.\n</think>\n\n$\\boxed{4.0}$ "
                    + "[Stop, Correct OpenR1-Math-220k (Llama-3.3-70B-Instruct), ]",
            ]
        },
        {
            "GSM8K", """
            {"id": "gsm8k-train/0", "problem": "How many?", "solution": "2 + 1 = <<2+1=3>>3.", "answer": "3"}
            """, "gsm8k-train/0: How many? = 3 (unknown, 0)", []
        },
        {
            "MATH", """
            {"id": "math-train/0", "problem": "How many?", "answer": "3", "subject": "Algebra", "difficulty": 5.0}
            """, "math-train/0: How many? = 3 (Algebra, 5)", []
        },
        {
            "own", """
            {"prompt": [{"role": "system", "content": "Think."}, {"role": "user", "content": "How many?"}],
             "completion": [{"role": "assistant", "content": "\\boxed{3}"}], "answer": "3", "level": 2, "correct": true}
            """, "*: How many? = 3 (unknown, 2)", ["\\boxed{3} [Stop, Correct own, ]"]
        },
        {
            "own", """
            {"messages": [{"role": "user", "content": "How many?"}, {"role": "assistant", "content": "Three."}],
             "finish_reason": "length"}
            """, "*: How many? =  (unknown, 0)", ["Three. [Length, Incorrect length limit, ]"]
        },
        {
            "own", """
            {"question": "How many?", "gold": "3", "completions": ["\\boxed{3}", "\\boxed{4}"]}
            """, "*: How many? = 3 (unknown, 0)", ["\\boxed{3} [Stop,  , ]", "\\boxed{4} [Stop,  , ]"]
        },
        {
            "OpenThoughts-114k", """
            {"system": "Your role as an assistant", "conversations": [
              {"from": "user", "value": "Return your final response within \\boxed{}. How many?"},
              {"from": "assistant", "value": "<|begin_of_thought|>\n\nHm.\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n\\boxed{3}\n\n<|end_of_solution|>"}]}
            """, "*: How many? =  (unknown, 0)", ["<think>\nHm.\n</think>\n\n\\boxed{3} [Stop,  , ]"]
        },
        {
            "open-thoughts/OpenThoughts-114k", """
            {"problem": "How many?", "deepseek_reasoning": "Hm.", "deepseek_solution": "\\boxed{3}",
             "ground_truth_solution": "So \\boxed{7}.", "domain": "math", "source": "numina_math", "test_cases": null,
             "starter_code": null}
            """, "*: How many? = 7 (math, 0)", ["<think>\nHm.\n</think>\n\n\\boxed{3} [Stop,  , ]"]
        },
        {
            "OpenThoughts3-1.2M", """
            {"difficulty": 7, "source": "ai2-adapt-dev/openmath-2-math", "domain": "math", "conversations": [
              {"from": "human", "value": "How many?"}, {"from": "gpt", "value": "<think>\nHm.\n</think>\nThree."}]}
            """, "*: How many? =  (math, 4)", ["<think>\nHm.\n</think>\nThree. [Stop,  , ]"]
        },
        {
            "Bespoke-Stratos-17k", """
            {"system": "Your role", "conversations": [{"from": "user", "value": "How many?"}, {"from": "assistant",
             "value": "<|begin_of_thought|>\nHm.\n<|end_of_thought|>\n<|begin_of_solution|>\nThree.\n<|end_of_solution|>"}]}
            """, "*: How many? =  (unknown, 0)", ["<think>\nHm.\n</think>\n\nThree. [Stop,  , ]"]
        },
        {
            "s1K", """
            {"solution": "128", "question": "How many?", "cot_type": "math", "source_type": "AI-MO/NuminaMath-CoT/aops_forum",
             "metadata": "{}", "cot": null, "thinking_trajectories": ["Hm."], "attempt": "\\boxed{128}"}
            """, "*: How many? = 128 (math, 0)", ["<think>\nHm.\n</think>\n\n\\boxed{128} [Stop,  , ]"]
        },
        {
            "s1K-1.1", """
            {"solution": "A proof\nof two lines, and no box.", "question": "How many?", "cot_type": "math",
             "source_type": "qfq/openaimath", "metadata": "{}", "gemini_thinking_trajectory": "G.", "gemini_attempt": "g",
             "deepseek_thinking_trajectory": "D.", "deepseek_attempt": "d", "gemini_grade": "No",
             "gemini_grade_reason": "", "deepseek_grade": "Yes", "deepseek_grade_reason": ""}
            """, "*: How many? =  (math, 0)",
            [
                "<think>\nD.\n</think>\n\nd [Stop, Correct s1K-1.1 (its grade), deepseek]",
                "<think>\nG.\n</think>\n\ng [Stop, Incorrect s1K-1.1 (its grade), gemini]",
            ]
        },
        {
            "LIMO", """{"question": "How many?", "solution": "Okay, so...\n**Final Answer**\n\\boxed{3}", "answer": "3"}""",
            "*: How many? = 3 (unknown, 0)", ["Okay, so...\n**Final Answer**\n\\boxed{3} [Stop,  , ]"]
        },
        {
            "NuminaMath-CoT", """
            {"source": "amc_aime", "problem": "How many?", "solution": "First \\boxed{1}, then \\boxed{\\frac{1}{2}}.",
             "messages": [{"content": "How many?", "role": "user"}, {"content": "...", "role": "assistant"}]}
            """, "*: How many? = \\frac{1}{2} (unknown, 0)", []
        },
        {
            "NuminaMath-1.5", """
            {"problem": "How many?", "solution": "...", "answer": "3", "problem_type": "Number Theory",
             "question_type": "math-word-problem", "problem_is_valid": "Yes", "solution_is_valid": "Yes",
             "source": "olympiads", "synthetic": false}
            """, "*: How many? = 3 (Number Theory, 0)", []
        },
        {
            "DeepScaleR", """{"problem": "How many?", "answer": "-\\frac{2}{3}", "solution": "..."}""",
            "*: How many? = -\\frac{2}{3} (unknown, 0)", []
        },
        {
            "Big-Math-RL-Verified", """
            {"problem": "How many?", "answer": "3", "source": "cn_k12", "domain": ["Mathematics -> Algebra -> Other"],
             "llama8b_solve_rate": 0.21875}
            """, "*: How many? = 3 (Mathematics -> Algebra -> Other, 4)", []
        },
        {
            "GSM8K", """
            {"question": "How many?", "answer": "48/2 = <<48/2=24>>24 clips.\n#### 1,024"}
            """, "*: How many? = 1024 (unknown, 0)", []
        },
        {
            "MATH", """
            {"problem": "How many?", "level": "Level 5", "type": "Counting & Probability", "solution": "So $\\boxed{3}$."}
            """, "*: How many? = 3 (Counting & Probability, 5)", []
        },
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_record_of_each_set_becomes_what_it_says(string name, string record, string problem, string[] rollouts)
    {
        record = JsonNode.Parse(record)!.ToJsonString();
        var lines = Write("a.jsonl", record);
        var array = Write("a.json", $"[{record}]");
        var parquet = Path.Combine(_folder, "a.parquet");
        DuckDb.Query($"COPY (SELECT * FROM read_json('{lines}', auto_detect=true)) TO '{parquet}'");
        Assert.All([lines, array, parquet], file =>
        {
            var (summary, problems, found) = Import(name, file);
            Assert.Equal(rollouts, found.Select(Shown));
            Assert.Equal((rollouts.Length, 1), (summary.Rollouts, summary.Problems + summary.WithoutReference));
            var id = problem.StartsWith('*') ? PublicSet.Named(name).Name + "/"
                : problem[..problem.IndexOf(':')];
            Assert.All(found.Select(rollout => (rollout.ProblemId, rollout.Prompt, Answer: rollout.Answer ?? "",
                rollout.Domain, rollout.Level)).Concat(problems.Select(read => (ProblemId: read.Id,
                Prompt: read.Question, read.Answer, read.Domain, read.Level))), read =>
            {
                Assert.StartsWith(id, read.ProblemId, StringComparison.Ordinal);
                Assert.Equal(problem[(problem.IndexOf(':') + 2)..],
                    $"{read.Prompt} = {read.Answer} ({read.Domain}, {read.Level})");
            });
        });
    }

    // By hand: of twelve records two are problems, and each of the others has one reason.
    [Fact]
    public void What_is_no_problem_is_left_out_record_by_record_and_counted_with_its_first_place()
    {
        var paragraph = string.Concat(Enumerable.Repeat("because every prime beyond two is odd ", 6));
        string[] answers = ["proof", "notfound", "Proof.", "see solution", "", paragraph, "3", "\\\\text{proof}", "4"];
        var file = Write("a.jsonl", string.Concat(answers.Select((answer, i) =>
            $$"""{"problem": "Question {{i}}?", "answer": "{{answer}}", "solution": ""}""" + "\n"))
            + """{"problem": "Valid?", "answer": "1", "problem_is_valid": "No"}""" + "\n"
            + """{"problem": "Prove it.", "answer": "2", "question_type": "proof"}""" + "\n"
            + """{"problem": "Question 6?", "answer": "3"}""");
        var (summary, problems, _) = Import("NuminaMath-1.5", file);
        Assert.Equal(["3", "4"], problems.Select(problem => problem.Answer));
        Assert.Equal(
            [
                (5L, "the reference is no answer: its words say that there is none", 1),
                (1L, "no reference answer", 5),
                (1L, "the reference is no answer: it is a whole text", 6),
                (1L, "the same problem was there before", 12),
                (1L, "the set marks the problem as not valid (problem_is_valid)", 10),
                (1L, "the set says that a proof is asked for (question_type)", 11),
            ],
            summary.LeftOut.Select(left => (left.Count, left.Why, Record(left.First, file))));
    }

    [Fact]
    public void Rubbish_in_a_file_never_ends_it()
    {
        var file = Write("a.jsonl", """
            {"question": "How many?", "answer": "#### 3"}
            {"question": "How ma
            17
            {"question": {"text": 5}, "answer": [1, {"a": null}]}
            {"question": "Twice", "question": "two", "answer": "#### 2"}
            {"question": true}
            null
            {}
            {"question": "Last?", "answer": "#### 4"}
            """ + "\n{\"question\": \"" + new string('x', 17 << 20) + "\", \"answer\": \"#### 4\"}\n"
            + """{"question": "After?", "answer": "#### 5"}""");
        var (summary, problems, _) = Import("gsm8k", file);
        Assert.Equal(["3", "4", "5"], problems.Select(problem => problem.Answer));
        Assert.Equal(8, summary.LeftOut.Sum(left => left.Count));
        Assert.Contains(summary.LeftOut, left => left.Why.Contains("16 million signs", StringComparison.Ordinal)
            && Record(left.First, file) == 10);
        var table = Write("a.csv", "question,answer\n\"How\nmany?\",#### 3\nonly one\n\"Last?\",#### 4\n");
        Assert.Equal(["3", "4"], Import("gsm8k", table).Problems.Select(problem => problem.Answer));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_and_leaves_nothing()
    {
        var good = Write("good.jsonl", """{"question": "How many?", "answer": "#### 3"}""");
        var bad = Path.Combine(_folder, "bad.parquet");
        DuckDb.Query($"COPY (SELECT 'q' AS question, '#### 1' AS answer FROM range(9)) TO '{bad}'");
        File.WriteAllBytes(bad, File.ReadAllBytes(bad)[..^9]);
        var into = Path.Combine(_folder, "out");
        var error = Assert.Throws<InvalidDataException>(() => SetImport.Run("gsm8k", [good, bad], into));
        Assert.Contains(bad, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(into));
        Assert.Contains("no question", Assert.Throws<InvalidDataException>(() => SetImport.Run("LIMO",
            [Write("x.jsonl", """{"a": 1}""")], into)).Message, StringComparison.Ordinal);
        Assert.Contains("There are: OpenR1-Math-220k,", Assert.Throws<ArgumentException>(
            () => SetImport.Run("Nobodys", [good], into)).Message, StringComparison.Ordinal);
        SetImport.Run("gsm8k", [good], into);
        Assert.Contains("is there already",
            Assert.Throws<IOException>(() => SetImport.Run("gsm8k", [good], into)).Message, StringComparison.Ordinal);
    }

    // Three answers to one question in three records of two files, as OpenThoughts3 has them.
    [Fact]
    public void Records_of_one_question_are_completions_of_one_problem_in_files_of_any_kind_and_number()
    {
        string Row(string answer) => $$"""
            {"difficulty": null, "source": "s", "domain": "math", "conversations": [{"from": "human", "value": "How many?"}, {"from": "gpt", "value": "<think>\nHm.\n</think>\n\n{{answer}}"}]}
            """;
        Write("set/a.jsonl", Row("1") + "\n" + Row("2"));
        Write("set/deep/b.json", $"[{Row("3")}]");
        Write("set/notes.txt", "nothing");
        var (summary, _, rollouts) = Import("OpenThoughts3", Path.Combine(_folder, "set"));
        Assert.Equal((3, 1), (summary.Rollouts, summary.WithoutReference));
        Assert.Single(rollouts.DistinctBy(rollout => rollout.ProblemId));
        Assert.Equal(["1", "2", "3"], rollouts.Select(rollout => rollout.Text[^1..]));
        Assert.All(rollouts, rollout => Assert.Equal(0, rollout.Level));
    }

    [Theory]
    [InlineData("<think>a</think>b\n", "<think>a</think>b")]
    [InlineData("a</think>b", "<think>\na\n</think>\n\nb")]
    [InlineData("<thinking>a</thinking>\nb", "<think>\na\n</think>\n\nb")]
    [InlineData("◁think▷a◁/think▷b", "<think>\na\n</think>\n\nb")]
    [InlineData("Sure.\n<think>\na\n</think>", "Sure.\n\n<think>\na\n</think>")]
    [InlineData("<|begin_of_thought|>never ends", "<think>\nnever ends")]
    [InlineData("no thought: \\boxed{1}\n", "no thought: \\boxed{1}")]
    public void Marks_of_thought_become_the_recipes(string written, string expected) =>
        Assert.Equal(expected, ThoughtMarks.Recipe(written));

    private static string Shown(Rollout rollout) => $"{rollout.Text} [{rollout.Finish}, {rollout.Outcome} "
        + $"{rollout.Verdict?.JudgedBy}, {rollout.Style}]";

    private static int Record(string place, string file) =>
        int.Parse(place[(file + ", record ").Length..], System.Globalization.CultureInfo.InvariantCulture);

    private (ImportSummary Summary, List<Problem> Problems, List<Rollout> Rollouts) Import(string name, string source)
    {
        var into = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        var summary = SetImport.Run(name, [source], into);
        List<Rollout> rollouts = summary.Rollouts > 0 ? [.. RolloutParts.Read(into)] : [];
        List<Problem> problems = [.. ProblemFile.Read(Path.Combine(into, "problems.jsonl"))];
        Assert.Equal(summary.Problems, problems.Count);
        return (summary, problems, rollouts);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
