using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Stages;
using Phi4R.Tests.House;
using Phi4R.Tests.Inference;
using Phi4R.Tests.Stages;
using Phi4R.Text;

namespace Phi4R.Tests.Cluster;

// The law: whoever makes the parts, and whoever is killed meanwhile, the same command leaves the same rollouts, each
// once, as one process that nobody disturbs.
public sealed class KilledWorkerTests
{
    private const int Problems = 60;
    private const int Each = 4;

    [Fact]
    public Task Two_workers_of_one_machine_one_of_which_is_killed_leave_every_completion_once() =>
        RunAsync($"localhost:{WorkerProcess.FreePort()}");

    [FactWhere("redis-server on the PATH", "command -v redis-server")]
    public async Task Two_workers_that_meet_in_Redis_one_of_which_is_killed_leave_every_completion_once()
    {
        var port = WorkerProcess.FreePort();
        using var redis = Process.Start(new ProcessStartInfo("redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
        })!;
        redis.OutputDataReceived += (_, _) => { };
        redis.BeginOutputReadLine();
        try
        {
            await RunAsync($"redis://127.0.0.1:{port}/test");
        }
        finally
        {
            redis.Kill();
            await redis.WaitForExitAsync();
        }
    }

    [FactWhere("PostgreSQL (Debian: postgresql)", PostgresServer.Find)]
    public async Task Two_workers_that_meet_in_PostgreSQL_one_of_which_is_killed_leave_every_completion_once()
    {
        using var postgres = new PostgresServer();
        await RunAsync($"postgresql://me@127.0.0.1:{postgres.Port}/postgres/test");

        // The worker that was killed said no word, and the other one found it dead: Orleans's numbers, as its
        // documentation of the table has them, are 3 for a member and 6 for a dead one.
        Assert.Equal("test|6", postgres.Query("SELECT DeploymentId, Status FROM OrleansMembershipTable "
            + "ORDER BY StartTime DESC LIMIT 1").Trim());
    }

    private static async Task RunAsync(string cluster)
    {
        await using var server = await FaultyChatServer.StartAsync(asked =>
            asked.Question.Contains("<student>", StringComparison.Ordinal)
                ? new($"{asked.Seed}\n{(asked.Seed % 2 == 0 ? "CORRECT" : "INCORRECT")}")
                : DistillServersTests.Unique(asked) with { Delay = TimeSpan.FromMilliseconds(200) });
        var folder = Project.Scratch();
        var (file, output) = (Path.Combine(folder, "problems.jsonl"), Path.Combine(folder, "out"));
        List<Problem> problems = [.. DistillServersTests.Problems(Problems).Select(problem =>
            problem with { Domain = "algebra", Level = 2 })];
        ProblemFile.Write(file, problems);

        // One worker is there before the command, the other comes while it runs.
        using var stays = new WorkerProcess("worker", "--cluster", cluster);
        await stays.LineAsync("is a member of");
        using var command = new WorkerProcess("distill", "--problems", file, "--endpoint", $"{server.Address}v1",
            "--model", "m", "--judge-model", "j", "--samples", $"{Each}", "--max-tokens", "100", "--seed", "7",
            "--concurrency", "2", "--part-completions", "24", "--cluster", cluster, "--out", output);
        using var dies = new WorkerProcess("worker", "--cluster", cluster);
        var name = (await dies.LineAsync("is a member of")).Split(' ')[2];

        // It is killed when the table says that it has made a part, in the middle of others.
        await command.LineAsync(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is
            [var row, "works", not "0", not "0", ..] && row == name, $"{name} with a part");
        dies.Kill();
        await dies.EndAsync();
        var code = await command.EndAsync();
        Assert.True(code == 0, command.Text);

        // One process, without a word of a cluster.
        var plain = Path.Combine(folder, "plain");
        var report = await Distill.RunAsync(problems, plain, new DistillOptions
        {
            Teacher = Model("m", PromptTemplate.Teacher, 100, 0.6),
            Judge = Model("j", PromptTemplate.Judge, 4096, 0),
            RolloutsPerProblem = Each,
            Seed = 7,
            Repetition = RepetitionConfig.LongThought,
            PartCompletions = 24,
        });
        var rows = DistillServersTests.Rows(output);
        Assert.Equal(Problems * Each, rows.Select(row => (string)row["text"]!).Distinct().Count());
        Assert.Equal(DistillServersTests.Rows(plain).Select(row => row.ToJsonString()),
            rows.Select(row => row.ToJsonString()));
        Assert.Equal(10, RolloutParts.Files(output).Count);
        var counts = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "report.json")))!;
        Assert.Equal(
            (report.Completions, report.Correct, report.Incorrect, report.Judged, report.JudgeOverruled, report.Failed),
            ((long)counts["completions"]!, (long)counts["correct"]!, (long)counts["incorrect"]!,
                (long)counts["judged"]!, (long)counts["judge_overruled"]!, (long)counts["failed"]!));
        Assert.Equal((Problems * Each, 0L), (report.Completions, report.Failed));
        Assert.InRange(report.JudgeOverruled, 10, 100);

        // The last table: who died had made a part and gave one back, and every completion stands in some row.
        var table = command.Text[command.Text.LastIndexOf("worker  ", StringComparison.Ordinal)..].Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(row => row.Length > 0)
            .ToList();
        var dead = table.Single(row => row[0] == name);
        Assert.Equal("gone", dead[1]);
        Assert.InRange(int.Parse(dead[2]), 1, 9);
        Assert.NotEqual("0", dead[4]);
        var all = table.Single(row => row[0] == "all");
        Assert.Equal(("10", "0", "240", "0"), (all[1], all[2], all[4], all[7]));
        Assert.Contains($"the worker {name} is gone", command.Text, StringComparison.Ordinal);

        // What the killed worker had told of before is not asked for again: the rest was in flight, two at a time.
        var twice = server.Answered.Where(asked => !asked.Question.Contains("<student>", StringComparison.Ordinal))
            .GroupBy(asked => asked.Seed).Count(same => same.Count() > 2);
        Assert.InRange(twice, 0, 12);

        AskedModel Model(string model, PromptTemplate prompt, int tokens, double temperature) => new()
        {
            Name = model,
            Servers = new ChatPool([new OpenAiChatClient(server.Address, model)]),
            Prompt = prompt,
            Sampling = new SamplingConfig
            {
                Temperature = temperature,
                TopP = temperature > 0 ? 0.95 : 1,
                MaxTokens = tokens,
            },
        };
    }
}
