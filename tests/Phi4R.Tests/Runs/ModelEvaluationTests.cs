using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Tests.Inference;

namespace Phi4R.Tests.Runs;

/// <summary>Benchmarks asked of a server that answers as it is told, and the folder that is left.</summary>
public sealed class ModelEvaluationTests
{
    private static readonly string[] Questions = ["What is 6 · 7?", "What is 1 + 1?", "What is 2 + 2?"];
    private static readonly string[] References = ["42", "2", "4"];

    // Of four answers each: two right, one wrong, one truncated; four right; one right, three of one wrong kind.
    private static readonly string[][] Answers = [["42", "42", "41", "..."], ["2", "2.0", "\\frac{4}{2}", "2"],
        ["4", "5", "5", "5"]];

    private readonly string _folder = Project.Scratch();

    [Fact]
    public async Task Shares_and_both_errors_are_those_of_a_computation_by_hand()
    {
        await using var server = await FaultyChatServer.StartAsync(Told(Answers));
        var report = await Run(server, Settings(samples: 4));
        var score = Assert.Single(report.Benchmarks);

        // Shares 1/2, 1 and 1/4: mean 7/12; the variance is (1/12² + 5/12² + 4/12²)/2 = 7/48, over 3 problems 7/144.
        Assert.Equal(7.0 / 12, score.Pass1, 1e-12);
        Assert.Equal(Math.Sqrt(7) / 12, score.ErrorOverProblems!.Value, 1e-12);

        // (1/2·1/2 + 0 + 1/4·3/4) / 3 = 7/48 over samples, and its root over 3 problems.
        Assert.Equal(Math.Sqrt(7.0 / 48) / 3, score.ErrorOverSamples!.Value, 1e-12);
        Assert.Equal(1.0 / 12, score.Truncated, 1e-12);
        Assert.Equal((0.0, 0.0, 3, 4), (score.Unverifiable, score.Failed, score.Problems, score.Samples));

        // Most say 42, all say 2 however it is written, most say 5.
        Assert.Equal(2.0 / 3, score.Majority!.Value, 1e-12);
        Assert.Equal(10, score.MeanTokens);
        Assert.True(report.Complete);
        Assert.InRange(score.Pass1, score.Interval[0], score.Interval[1]);

        // The contract's words, in the file.
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "results.json")))!;
        Assert.Equal(["model", "engine", "protocol", "benchmarks", "complete"],
            json.AsObject().Select(field => field.Key));
        Assert.Equal(["name", "problems", "samples", "pass1", "se_problems", "se_samples", "ci95", "truncated",
            "unverifiable", "failed", "mean_tokens", "maj"],
            json["benchmarks"]![0]!.AsObject().Select(field => field.Key));
        Assert.Equal(score.Pass1, (double)json["benchmarks"]![0]!["pass1"]!);
        var lines = Lines();
        Assert.Equal(12, lines.Select(line => ((string)line["problem"]!, (int)line["sample"]!)).Distinct().Count());
        Assert.All(lines, line => Assert.Equal(["benchmark", "problem", "sample", "text", "finish_reason", "tokens",
            "verdict", "reason"], line.Select(field => field.Key).Take(8)));
    }

    [Fact]
    public async Task The_question_stands_behind_its_instructions_and_each_sample_has_a_seed_of_its_own()
    {
        await using var server = await FaultyChatServer.StartAsync(Told(Answers));
        await Run(server, Settings(samples: 4));
        Assert.All(server.Asked, asked => Assert.StartsWith(
            "Please reason step by step, and put your final answer within \\boxed{}.\n\nWhat is ", asked.Question,
            StringComparison.Ordinal));
        Assert.Equal(12, server.Asked.Select(asked => asked.Seed).Distinct().Count());
        Assert.All(server.Asked, asked => Assert.Equal((0.6, 0.95, 100),
            ((double)asked.Body["temperature"]!, (double)asked.Body["top_p"]!, (int)asked.Body["max_tokens"]!)));
    }

    // One is refused: it is in no share. The next start asks for it alone.
    [Fact]
    public async Task What_failed_is_counted_apart_and_asked_for_at_the_next_start()
    {
        var isIll = true;
        var told = Told(Answers);
        await using var server = await FaultyChatServer.StartAsync(asked =>
            isIll && asked.Question.EndsWith(Questions[2], StringComparison.Ordinal)
                ? ChatReply.Failing(ServerFault.BadRequest)
                : told(asked));
        var report = await Run(server, Settings(samples: 4));
        var score = report.Benchmarks[0];
        Assert.Equal((false, 0.75, 1.0 / 3), (report.Complete, score.Pass1, score.Failed));
        Assert.Equal(4, Lines().Count(line => (string?)line["verdict"] == "failed"
            && ((string)line["reason"]!).Contains("400", StringComparison.Ordinal)));
        isIll = false;
        var asked = server.Asked.Count;
        report = await Run(server, Settings(samples: 4));
        Assert.Equal((true, 0.0, 4), (report.Complete, report.Benchmarks[0].Failed, server.Asked.Count - asked));
        Assert.Equal(12, Lines().Count);
        Assert.Equal(7.0 / 12, report.Benchmarks[0].Pass1, 1e-12);
    }

    // What a server will never answer must keep nothing else from being asked for, however often it is started.
    [Fact]
    public async Task What_failed_before_is_asked_for_last()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => ChatReply.Failing(ServerFault.BadRequest));
        await Run(server, Settings(samples: 1));
        var path = Path.Combine(_folder, "completions.jsonl");
        File.WriteAllLines(path, File.ReadAllLines(path)
            .Where(line => !line.Contains(Questions[2], StringComparison.Ordinal)));
        var before = server.Asked.Count;
        await Run(server, Settings(samples: 1), options: new ChatPoolOptions { MaxInFlight = 1 });
        var again = server.Asked.Skip(before).ToList();
        Assert.Equal(3, again.Count);
        Assert.EndsWith(Questions[2], again[0].Question, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_line_and_damaged_ones_are_dropped_with_a_count_and_asked_for_again_alone()
    {
        await using var server = await FaultyChatServer.StartAsync(Told(Answers));
        await Run(server, Settings(samples: 4));
        var path = Path.Combine(_folder, "completions.jsonl");
        var whole = File.ReadAllLines(path);
        var empty = JsonNode.Parse(whole[5])!;
        empty["text"] = null;
        var strange = JsonNode.Parse(whole[4])!;
        strange["verdict"] = "banana";
        File.WriteAllText(path, string.Join('\n', [.. whole[..4], strange.ToJsonString(), empty.ToJsonString(),
            "{\"benchmark\": ", .. whole[6..], whole[0]])[..^20]);
        List<string> log = [];
        var report = await Run(server, Settings(samples: 4), log);
        Assert.True(report.Complete);
        Assert.Contains("4 lines were torn or damaged; they are dropped and asked for again", log);
        Assert.Equal(14, server.Asked.Count);
        Assert.Equal(12, Lines().Count);
    }

    [Fact]
    public async Task Other_settings_in_the_same_folder_are_an_error_that_says_which()
    {
        await using var server = await FaultyChatServer.StartAsync(Told(Answers));
        await Run(server, Settings(samples: 1));
        var error = Assert.Throws<ArgumentException>(() => new ModelEvaluation(_folder, Settings(samples: 2) with
        {
            Sampling = Settings(1).Sampling with { Temperature = 0.8 },
        }));
        Assert.Contains("temperature is '0.8' and was '0.6'; samples of sums is '2' and was '1'", error.Message,
            StringComparison.Ordinal);

        // Where it is asked is no setting.
        using var other = new ModelEvaluation(_folder, Settings(samples: 1) with { Engine = "elsewhere" });
        Assert.Equal((3, 3), (other.Plan.Total, other.Plan.Kept));
        Assert.Contains("Another process works in", Assert.Throws<IOException>(() =>
            new ModelEvaluation(_folder, Settings(samples: 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judging_again_says_which_verdicts_changed_and_asks_nobody()
    {
        await using var server = await FaultyChatServer.StartAsync(Told(Answers));
        await Run(server, Settings(samples: 4));
        var path = Path.Combine(_folder, "completions.jsonl");
        var (before, results) = (File.ReadAllText(path), File.ReadAllText(Path.Combine(_folder, "results.json")));
        File.WriteAllText(path, before.Replace("\"verdict\":\"incorrect\"", "\"verdict\":\"correct\"",
            StringComparison.Ordinal) + before.Split('\n')[0] + "\n{\"torn");
        File.Delete(Path.Combine(_folder, "results.json"));
        var again = Rejudging.Run(_folder);
        Assert.Equal((12, 2, 5), (again.Judged, again.Dropped, again.Changed.Count));
        Assert.All(again.Changed, changed =>
            Assert.Equal(("correct", "incorrect"), (changed.Before, changed.Now.Verdict)));
        Assert.Equal(before, File.ReadAllText(path));
        Assert.Equal(results, File.ReadAllText(Path.Combine(_folder, "results.json")));
        Assert.Equal(12, server.Asked.Count);
    }

    // MATH-500's own solutions as 8 completions each; the bar of five seconds is measured on a quiet machine.
    [Fact]
    public void Four_thousand_kept_answers_are_judged_in_seconds()
    {
        var benchmark = BenchmarkCatalog.Read("math500", samples: 8);
        var settings = Settings(1) with { Benchmarks = [benchmark] };
        using (var evaluation = new ModelEvaluation(_folder, settings))
        {
            Assert.Equal(4000, evaluation.Plan.Total);
        }

        File.WriteAllLines(Path.Combine(_folder, "completions.jsonl"), benchmark.Problems.SelectMany(problem =>
            Enumerable.Range(0, 8).Select(sample => JsonSerializer.Serialize(new EvaluatedCompletion
            {
                Benchmark = benchmark.Name,
                Problem = problem.Id,
                Sample = sample,
                Text = $"<think>{new string('x', 4000)}</think> So it is $\\boxed{{{(sample < 2 ? problem.Answer
                    : $"{problem.Answer}+{sample}")}}}$.",
                FinishReason = "stop",
                Tokens = 1000,
                Verdict = "incorrect",
                Reason = "",
            }))));
        var clock = Stopwatch.StartNew();
        var again = Rejudging.Run(_folder);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{clock.Elapsed}");
        Assert.Equal(4000, again.Judged);
        Assert.InRange(again.Report.Benchmarks[0].Pass1, 0.24, 0.3);
    }

    // Each sample shows the options in an order of its own, and is judged by that order.
    [Fact]
    public async Task Options_are_shuffled_for_each_sample_where_that_is_asked_for()
    {
        var file = Path.Combine(Project.Scratch(), "choices.csv");
        File.WriteAllText(file, "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3\n"
            + "Which is right?,yes,no,never,nowhere\nWhich one?,yes,no,never,nowhere\n");
        await using var server = await FaultyChatServer.StartAsync(asked =>
        {
            var right = asked.Question[asked.Question.IndexOf(") yes", StringComparison.Ordinal) - 1];
            return new($"\\boxed{{{right}}}");
        });
        var benchmark = BenchmarkCatalog.Read(file, samples: 8);
        Assert.Contains("one letter from A/B/C/D", benchmark.Instructions, StringComparison.Ordinal);
        var report = await Run(server, Settings(1) with { Benchmarks = [benchmark], ShufflesEachSample = true });
        Assert.Equal(1, report.Benchmarks[0].Pass1);
        Assert.InRange(server.Asked.Select(asked => asked.Question).Distinct().Count(), 9, 16);
        Assert.Empty(Rejudging.Run(_folder).Changed);
    }

    // After 64 failures in a row nobody is asked any more, and the rest counts as failed.
    [Fact]
    public async Task A_server_that_refuses_everything_is_not_asked_everything()
    {
        await using var server = await FaultyChatServer.StartAsync(_ => ChatReply.Failing(ServerFault.BadRequest));
        List<string> log = [];
        var report = await Run(server, Settings(samples: 100), log, new() { MaxInFlight = 2 });
        Assert.InRange(server.Asked.Count, 64, 100);
        Assert.Equal((false, 1.0, 0.0), (report.Complete, report.Benchmarks[0].Failed, report.Benchmarks[0].Pass1));

        // Of nothing the shares are numbers still, and the interval says that nothing is known.
        var row = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "results.json")))!["benchmarks"]![0]!;
        Assert.Equal("[0,1]", row["ci95"]!.ToJsonString());
        Assert.Equal((0.0, 0.0, 0.0), ((double)row["pass1"]!, (double)row["truncated"]!, (double)row["unverifiable"]!));
        Assert.Equal((null, null, null), (row["se_problems"], row["se_samples"], row["maj"]));
        Assert.Contains(log, line =>
            line.Contains("64 completions in a row could not be had", StringComparison.Ordinal));
    }

    // The first and the last of 82 questions are answered, and the 80 between them refused one after the other.
    [Fact]
    public async Task Questions_that_are_refused_keep_no_other_from_being_asked()
    {
        await using var server = await FaultyChatServer.StartAsync(asked => asked.Question.EndsWith('!')
            ? ChatReply.Failing(ServerFault.BadRequest)
            : new("\\boxed{1}") { Tokens = 10 });
        var settings = Settings(samples: 1);
        var problems = Enumerable.Range(0, 82).Select(i => settings.Benchmarks[0].Problems[0] with
        {
            Id = $"{i}",
            Question = $"question {i}{(i is 0 or 81 ? "?" : "!")}",
        });
        var report = await Run(server,
            settings with { Benchmarks = [settings.Benchmarks[0] with { Problems = [.. problems] }] },
            options: new ChatPoolOptions { MaxInFlight = 1 });
        Assert.Equal(80.0 / 82, report.Benchmarks[0].Failed, 1e-12);
        Assert.Equal("question 81?", server.Asked.Last().Question.Split('\n')[^1]);
    }

    [Fact]
    public void A_benchmark_that_is_not_there_is_named_with_the_way_to_get_it()
    {
        var error = Assert.Throws<FileNotFoundException>(() => BenchmarkCatalog.Read("aime24"));
        Assert.Contains("copyrighted by the MAA", error.Message, StringComparison.Ordinal);
        Assert.Contains("phi4r download --dataset math-ai/aime24", error.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", Assert.Throws<FileNotFoundException>(() =>
            BenchmarkCatalog.Read("gpqa-diamond")).Message, StringComparison.Ordinal);
        Assert.Contains("There are: aime24", Assert.Throws<ArgumentException>(() =>
            BenchmarkCatalog.Read("aime99")).Message, StringComparison.Ordinal);
        Assert.Equal([(500, 8), (1319, 1), (675, 4)], new[] { "math500", "gsm8k", "olympiadbench" }
            .Select(name => BenchmarkCatalog.Read(name)).Select(read => (read.Problems.Count, read.Samples)));
    }

    // The nth time that a question is asked it gives the nth answer; "..." is truncated.
    private static Func<ChatAsked, ChatReply> Told(string[][] answers)
    {
        var (counts, gate) = (new int[answers.Length], new Lock());
        return asked =>
        {
            var place = Array.FindIndex(Questions, question =>
                asked.Question.EndsWith(question, StringComparison.Ordinal));
            lock (gate)
            {
                var answer = answers[place][counts[place]++ % answers[place].Length];
                return new($"So it is \\boxed{{{answer}}}.")
                {
                    FinishReason = answer == "..." ? "length" : "stop",
                    Tokens = 10,
                };
            }
        };
    }

    private static EvaluationSettings Settings(int samples) => new()
    {
        Model = "m",
        Form = "chat",
        Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 100 },
        Seed = 1,
        ShufflesEachSample = false,
        Benchmarks =
        [
            new AskedBenchmark
            {
                Name = "sums",
                Sha256 = "none",
                Samples = samples,
                Instructions = BenchmarkCatalog.OpenInstructions,
                Problems = [.. Questions.Zip(References, (question, answer) => new Problem
                {
                    Id = question,
                    Question = question,
                    Answer = answer,
                    Domain = "sums",
                    Level = 1,
                })],
            },
        ],
    };

    private async Task<EvaluationReport> Run(FaultyChatServer server, EvaluationSettings settings,
        List<string>? log = null, ChatPoolOptions? options = null)
    {
        using var client = new OpenAiChatClient(server.Address, "m");
        using var evaluation = new ModelEvaluation(_folder, settings, log is null ? null : log.Add);
        return await evaluation.RunAsync([client], options);
    }

    private List<JsonObject> Lines() => [.. File.ReadLines(Path.Combine(_folder, "completions.jsonl"))
        .Select(line => JsonNode.Parse(line)!.AsObject())];
}
