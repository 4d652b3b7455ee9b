using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Stages;
using Phi4R.Tests.Inference;
using Phi4R.Text;

namespace Phi4R.Tests.Stages;

/// <summary>Distillation by servers into a folder, with a judge and labels.</summary>
public sealed class DistillServersTests
{
    // By hand: right; wrong, and the judge agrees; wrong for the verifier and right for the judge; truncated, which no
    // judge sees; wrong, and the judge's words are rubbish.
    [Fact]
    public async Task Every_verdict_is_of_whom_it_is_due_and_the_counts_add_up()
    {
        string[] texts = ["\\boxed{0}", "\\boxed{7}", "\\boxed{8} or so", "\\boxed{6}", "\\boxed{9}"];
        await using var teacher = await FaultyChatServer.StartAsync(asked => new(Thought(texts[Number(asked)]))
        {
            FinishReason = Number(asked) == 3 ? "length" : "stop",
            Tokens = 10 + Number(asked),
        });
        await using var judge = await FaultyChatServer.StartAsync(asked => new(Number(asked) switch
        {
            1 => "Seven is not two.\nINCORRECT",
            2 => "CORRECT",
            _ => "I like \u001b[31mturtles",
        }));
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(
            Problems(5), folder, Options(Model("teacher", teacher), 1) with { Judge = Judge(judge) });
        Assert.Equal((5L, 5L, 2L, 3L, 0L), (report.Problems, report.Completions, report.Correct, report.Incorrect,
            report.Unverifiable));
        Assert.Equal((0L, 1L, 2L, 1L, 1L, 0L), (report.Failed, report.Truncated, report.Judged, report.JudgeOverruled,
            report.JudgeUnparsed, report.JudgeFailed));
        Assert.Equal(10 + 11 + 12 + 13 + 14, report.Tokens);
        Assert.Equal(3 * 7, report.JudgeTokens);
        Assert.True(report.IsWhole);

        var rows = Rows(folder);
        Assert.Equal(["correct", "incorrect", "correct", "incorrect", "incorrect"],
            rows.Select(row => (string)row["verdict"]!));
        Assert.Equal(["verifier", "judge", "judge", "length limit", "verifier"],
            rows.Select(row => (string)row["judged_by"]!));
        Assert.Equal(["stop", "stop", "stop", "length", "stop"], rows.Select(row => (string)row["finish_reason"]!));
        Assert.Equal([.. texts.Select(Thought)], rows.Select(row => (string)row["text"]!));
        Assert.Equal([10, 11, 12, 13, 14], rows.Select(row => (int)row["tokens"]!));
        Assert.Equal(["0", "2", "4", "6", "8"], rows.Select(row => (string)row["answer"]!));

        // The judge reads what follows the thinking, and the reference.
        Assert.Equal([1, 2, 4], judge.Asked.Select(Number).Order());
        Assert.All(judge.Asked, asked => Assert.DoesNotContain("I think", asked.Question, StringComparison.Ordinal));
        Assert.Contains(judge.Asked, asked => asked.Question.Contains("<reference>\n2\n</reference>\n\n<student>\n"
            + "\\boxed{7}\n</student>", StringComparison.Ordinal));

        // The report's file has the names that others read.
        var written = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "report.json")))!.AsObject();
        string[] names = ["problems", "completions", "correct", "incorrect", "unverifiable", "failed", "truncated",
            "judged", "judge_overruled"];
        Assert.Equal([5, 5, 2, 3, 0, 0, 1, 2, 1], names.Select(name => (int)written[name]!));
        var passed = File.ReadLines(Path.Combine(folder, "problems.jsonl")).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(row => (string)row["id"]!, row => (double)row["solveRate"]!);
        Assert.Equal(new Dictionary<string, double> { ["p0"] = 1, ["p1"] = 0, ["p2"] = 1, ["p3"] = 0, ["p4"] = 0 },
            passed);
        Assert.Equal(passed.Values, rows.Select(row => (double)row["solve_rate"]!));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "journal")));
    }

    [Fact]
    public async Task A_faulty_teacher_and_a_slow_third_cost_no_completion_and_keep_the_others_busy()
    {
        ServerFault[] faults = [ServerFault.Unavailable, ServerFault.Reset, ServerFault.HalfBody, ServerFault.WrongJson,
            ServerFault.Broken];
        var quick = FaultyChatServer.EveryFifthFails(Unique, faults);
        await using var first = await FaultyChatServer.StartAsync(quick);
        await using var second = await FaultyChatServer.StartAsync(quick);
        await using var slow = await FaultyChatServer.StartAsync(
            asked => Unique(asked) with { Delay = TimeSpan.FromSeconds(1) });
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(Problems(60), folder,
            Options(Model("teacher", first, second, slow), 4) with { PartCompletions = 32 });
        Assert.Equal((60L, 240L, 0L), (report.Problems, report.Completions, report.Failed));
        Assert.Equal(240, Rows(folder).Select(row => (string)row["text"]!).Distinct().Count());
        Assert.Equal(8, RolloutParts.Files(folder).Count);

        // Four places, a second each: the well ones are through with the rest long before it has many.
        Assert.InRange(slow.Answered.Count, 1, 60);
        Assert.Equal(240, first.Answered.Count + second.Answered.Count + slow.Answered.Count);
    }

    [Fact]
    public async Task What_failed_costs_no_other_and_alone_is_asked_for_with_the_next_start()
    {
        var refuses = true;
        await using var teacher = await FaultyChatServer.StartAsync(asked => refuses && Number(asked) % 4 == 1
            ? ChatReply.Failing(ServerFault.BadRequest)
            : Unique(asked));
        await using var judge = await FaultyChatServer.StartAsync(asked => refuses && Number(asked) == 2
            ? ChatReply.Failing(ServerFault.BadRequest)
            : new("INCORRECT"));
        var (folder, log) = (Project.Scratch(), new ConcurrentQueue<string>());
        var options = Options(Model("teacher", teacher), 2) with { Judge = Judge(judge), Log = log.Enqueue };
        var report = await Distill.RunAsync(Problems(10), folder, options);
        Assert.Equal((14L, 6L, 2L, false),
            (report.Completions, report.Failed, report.JudgeFailed, report.IsWhole));
        Assert.Equal(14, Rows(folder).Count);
        Assert.Contains(log, line => line.Contains("BadRequest", StringComparison.Ordinal));

        // Of the journal one line is torn, as by a stop in the middle of it: it is counted, and asked for again.
        var journal = Directory.GetFiles(Path.Combine(folder, "journal")).Single();
        var lines = File.ReadAllLines(journal);
        var torn = lines.Index().Last(line => line.Item.Contains("completion/p8", StringComparison.Ordinal));
        string[] others = [.. lines.Where((_, i) => i != torn.Index)];
        File.WriteAllText(journal, string.Join('\n', [.. others, torn.Item[..(torn.Item.Length / 2)]]));
        refuses = false;
        teacher.Asked.Clear();
        judge.Asked.Clear();
        DistillEstimate? estimate = null;
        report = await Distill.RunAsync(Problems(10), folder, options with { Estimated = said => estimate = said });
        Assert.Equal((20L, 0L, 0L, 1L, true),
            (report.Completions, report.Failed, report.JudgeFailed, report.TornLines, report.IsWhole));
        Assert.Equal((20L, 13L, 7.0), (estimate!.Completions, estimate.There, estimate.TokensEach));
        Assert.Equal([1, 1, 5, 5, 8, 9, 9], teacher.Asked.Select(Number).Order());

        // The judge's word on what was torn is there, and that on what failed is not.
        int[] wrong = [.. teacher.Asked.Where(asked => Number(asked) != 8 && asked.Seed % 3 == 0).Select(Number)];
        Assert.Equal(wrong.Concat([2, 2]).Order(), judge.Asked.Select(Number).Order());
        Assert.Equal(20, Rows(folder).Select(row => (string)row["text"]!).Distinct().Count());

        // Nothing is left to ask: the same again is the same report.
        teacher.Asked.Clear();
        Assert.Equal(report.Correct, (await Distill.RunAsync(Problems(10), folder, options)).Correct);
        Assert.Empty(teacher.Asked);

        // Other settings would mix what cannot be mixed.
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Distill.RunAsync(Problems(10), folder,
            options with { Seed = 8 }));
        Assert.Contains("seed was 7 and is 8", error.Message, StringComparison.Ordinal);

        // Nor is a damaged account of a part taken for none.
        File.WriteAllText(Path.Combine(folder, "parts", "00000.json"), "{\"problems\": 10,");
        error = await Assert.ThrowsAsync<InvalidDataException>(() => Distill.RunAsync(Problems(10), folder, options));
        Assert.Contains("00000.json is damaged", error.Message, StringComparison.Ordinal);
    }

    // By hand: p0 is right at once, p1 in its second sampling, p2 never; so 2 + 4 + 6 completions.
    [Fact]
    public async Task A_problem_without_a_right_completion_is_sampled_again_up_to_a_limit_and_wrong_ones_are_kept()
    {
        ConcurrentDictionary<int, int> counts = new();
        await using var teacher = await FaultyChatServer.StartAsync(asked =>
        {
            var (number, count) = (Number(asked), counts.AddOrUpdate(Number(asked), 1, (_, before) => before + 1));
            return new($"\\boxed{{{(number == 0 || (number == 1 && count > 2) ? 2 * number : 77)}}}");
        });
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(
            Problems(3), folder, Options(Model("teacher", teacher), 2) with { MaxResample = 2 });
        Assert.Equal((12L, 4L, 8L, 2L, 1L),
            (report.Completions, report.Correct, report.Incorrect, report.Resampled, report.Rejected));
        Assert.Equal([2, 4, 6], Rows(folder).GroupBy(row => (string)row["problem_id"]!).Select(group => group.Count()));
        Assert.Equal(12, teacher.Asked.Select(asked => asked.Seed).Distinct().Count());
    }

    [Fact]
    public async Task Labels_are_the_sets_or_a_models_or_unknown()
    {
        await using var teacher = await FaultyChatServer.StartAsync(Unique);
        await using var labeler = await FaultyChatServer.StartAsync(asked => new(Number(asked) == 1
            ? "{\"domain\": \"arithmetic\", \"level\": \"elementary\"}"
            : "hard to say"));
        var problems = Problems(3);
        problems[0] = problems[0] with { Domain = "Geometry", Level = 5 };
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(problems, folder, Options(Model("teacher", teacher), 1) with
        {
            Labeler = Model("labels", labeler) with { Prompt = PromptTemplate.Label },
        });
        Assert.Equal((1L, 1L, 0L), (report.Labeled, report.LabelUnparsed, report.LabelFailed));
        Assert.Equal([1, 2], labeler.Asked.Select(Number).Order());
        var rows = Rows(folder);
        Assert.Equal(["Geometry", "arithmetic", "unknown"], rows.Select(row => (string)row["domain"]!));
        Assert.Equal([5, 1, null], rows.Select(row => (int?)row["level"]));
        Assert.Equal(new Dictionary<string, long> { ["1"] = 1, ["5"] = 1, ["unknown"] = 1 }, report.Levels);
    }

    [Fact]
    public async Task A_problem_whose_reference_is_no_answer_is_left_out_with_a_count()
    {
        await using var teacher = await FaultyChatServer.StartAsync(_ => new("\\boxed{proof}"));
        var problems = Problems(3);
        problems[1] = problems[1] with { Answer = "proof" };
        var folder = Project.Scratch();
        var report = await Distill.RunAsync(problems, folder, Options(Model("teacher", teacher), 1),
            new JsonObject { ["left_out"] = new JsonObject { ["torn"] = 4 } });
        Assert.Equal((2L, 0L), (report.Problems, report.Correct));
        Assert.DoesNotContain(1, teacher.Asked.Select(Number));
        var written = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "report.json")))!["left_out"]!;
        Assert.Equal("{\"torn\":4,\"the reference is no answer: its words say that there is none\":1}",
            written.ToJsonString());
        await Assert.ThrowsAsync<InvalidDataException>(() => Distill.RunAsync(
            [problems[1]], Project.Scratch(), Options(Model("teacher", teacher), 1)));
    }

    [Fact]
    public async Task A_folder_that_is_in_use_is_refused_and_what_ends_a_server_ends_the_run_with_what_was_received()
    {
        using var cancel = new CancellationTokenSource();
        await using var teacher = await FaultyChatServer.StartAsync(asked =>
        {
            if (asked.Number == 20)
            {
                cancel.Cancel();
            }

            return Unique(asked);
        });
        var folder = Project.Scratch();
        var options = Options(Model("teacher", teacher), 4);
        var running = Distill.RunAsync(Problems(30), folder, options, cancel: cancel.Token);
        var error = await Assert.ThrowsAsync<IOException>(() => Distill.RunAsync(Problems(30), folder, options));
        Assert.Contains("held by another distillation", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var kept = File.ReadLines(Directory.GetFiles(Path.Combine(folder, "journal")).Single()).Count();
        Assert.InRange(kept, 1, 40);
        teacher.Asked.Clear();
        var report = await Distill.RunAsync(Problems(30), folder, options);
        Assert.Equal((120L, 120 - kept), (report.Completions, teacher.Asked.Count));
    }

    internal static List<Problem> Problems(int count) => [.. Enumerable.Range(0, count).Select(i => new Problem
    {
        Id = $"p{i}",
        Question = $"What is [{i}] and [{i}] together?",
        Answer = $"{2 * i}",
        Domain = "mathematics",
        Level = 0,
    })];

    /// <summary>The number that a question is about, in whatever prompt it stands.</summary>
    internal static int Number(ChatAsked asked) =>
        int.Parse(asked.Question[(asked.Question.IndexOf('[', StringComparison.Ordinal) + 1)..].Split(']')[0]);

    /// <summary>A text that no other request gets; two of three are right.</summary>
    internal static ChatReply Unique(ChatAsked asked) => new(
        $"<think>\n{Number(asked)} {asked.Seed}\n</think>\n"
            + $"\\boxed{{{(asked.Seed % 3 == 0 || Number(asked) == 2 ? 77 : 2 * Number(asked))}}}");

    internal static List<JsonObject> Rows(string folder) =>
        [.. RolloutParts.Read(folder).Select(RolloutParts.Row)];

    private static string Thought(string answer) => $"<think>\nI think.\n</think>\n{answer}";

    private static AskedModel Judge(FaultyChatServer server) =>
        Model("judge", server) with { Prompt = PromptTemplate.Judge };

    private static AskedModel Model(string name, params FaultyChatServer[] servers) => new()
    {
        Name = name,
        Servers = new ChatPool(
            [.. servers.Select(server => new OpenAiChatClient(server.Address, name))], new() { MaxInFlight = 4 }),
        Prompt = PromptTemplate.Teacher,
        Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 100 },
    };

    private static DistillOptions Options(AskedModel teacher, int each) => new()
    {
        Teacher = teacher,
        RolloutsPerProblem = each,
        Seed = 7,
        Repetition = RepetitionConfig.Pocket,
    };
}
