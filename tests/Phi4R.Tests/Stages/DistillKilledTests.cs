using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Stages;
using Phi4R.Tests.Inference;

namespace Phi4R.Tests.Stages;

// The law: a distillation that is killed anywhere and started again asks for nothing that it had received, and ends
// with every completion once.
public sealed class DistillKilledTests
{
    private const int Problems = 40;
    private const int Each = 4;

    [Fact]
    public async Task A_command_that_is_killed_anywhere_loses_nothing_and_asks_for_nothing_twice()
    {
        var (answered, due, wake) = (0, 0, new TaskCompletionSource());
        await using var server = await FaultyChatServer.StartAsync(asked =>
        {
            if (Interlocked.Increment(ref answered) == Volatile.Read(ref due))
            {
                wake.TrySetResult();
            }

            return Kind(asked) switch
            {
                "judgement" => new($"{asked.Seed}\nINCORRECT"),
                "labels" => new($"{asked.Seed}\nI do not know."),
                _ => DistillServersTests.Unique(asked) with { Delay = TimeSpan.FromMilliseconds(5) },
            };
        });
        var folder = Project.Scratch();
        var (file, output) = (Path.Combine(folder, "problems.jsonl"), Path.Combine(folder, "out"));
        File.WriteAllLines(file, DistillServersTests.Problems(Problems).Select(problem =>
            $$"""{"id": "{{problem.Id}}", "question": "{{problem.Question}}", "answer": "{{problem.Answer}}"}"""));
        HashSet<string> received = [];
        var before = 0;
        string[] more = ["--judge-model", "m", "--samples", $"{Each}"];
        foreach (var after in (int[])[1, 53, 71])
        {
            (wake, due) = (new TaskCompletionSource(), answered + after);
            using var process = Start(server, file, output, more);
            await Task.WhenAny(wake.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));
            process.Kill();
            await process.WaitForExitAsync();
            Check();
        }

        var (_, said) = await Rollouts(output);
        Assert.Contains("the distillation has not come to its end", said, StringComparison.Ordinal);

        using var last = Start(server, file, output, more);
        await last.WaitForExitAsync();
        Assert.Equal(0, last.ExitCode);
        Check();
        Assert.Empty(Kept(output));

        // Of every completion its seed is the name, as of every judgement.
        var rows = DistillServersTests.Rows(output);
        Assert.Equal(Problems * Each, rows.Select(row => (string)row["text"]!).Distinct().Count());
        Assert.Equal(Problems * Each, rows.Count);
        Assert.Equal(
            Enumerable.Range(0, Problems).SelectMany(i => Enumerable.Repeat($"p{i}", Each)),
            rows.Select(row => (string)row["problem_id"]!));
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "report.json")))!;
        var wrong = rows.Count(row => (string)row["verdict"]! == "incorrect");
        Assert.Equal((Problems * Each, Problems * Each - wrong, wrong, wrong), ((int)report["completions"]!,
            (int)report["correct"]!, (int)report["incorrect"]!, (int)report["judged"]!));
        Assert.InRange(wrong, 20, 100);

        (var text, said) = await Rollouts(output);
        Assert.Equal("", said);
        string[] contract = ["problem_id", "question", "answer", "text", "finish_reason", "verdict", "judged_by",
            "domain", "level", "tokens"];
        var printed = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal(rows.Select(row => row.ToJsonString()), printed.Select(row => row.ToJsonString()));
        Assert.All(printed, row => Assert.Superset(contract.ToHashSet(), row.Select(field => field.Key).ToHashSet()));

        // What was received before this start was not asked for by it.
        void Check()
        {
            List<string> asked = [.. server.Asked.Skip(before).Select(one => $"{Kind(one)} {one.Seed}")];
            Assert.NotEmpty(asked);
            Assert.Empty(asked.Intersect(received));
            Assert.Equal(asked.Count, asked.Distinct().Count());
            received.UnionWith(Kept(output));
            received.UnionWith(Whole(output));
            before = server.Asked.Count;
        }
    }

    [Fact]
    public void A_folder_is_under_way_until_its_report_is_there_and_while_a_process_is_at_it()
    {
        var folder = Project.Scratch();
        Assert.False(Distill.IsUnderWay(folder));
        using (var distillation = new DistillFolder(folder, new { Samples = 1 }))
        {
            Assert.True(Distill.IsUnderWay(folder));
            distillation.Finish(0, [], null);
            Assert.True(Distill.IsUnderWay(folder));
        }

        Assert.False(Distill.IsUnderWay(folder));
        File.Delete(Path.Combine(folder, "report.json"));
        Assert.True(Distill.IsUnderWay(folder));
    }

    [Fact]
    public async Task A_command_some_of_whose_completions_fail_ends_with_3_and_its_second_start_with_0()
    {
        var refuses = true;
        await using var server = await FaultyChatServer.StartAsync(asked =>
            refuses && DistillServersTests.Number(asked) == 1
                ? ChatReply.Failing(ServerFault.BadRequest)
                : DistillServersTests.Unique(asked));
        var folder = Project.Scratch();
        var (file, output) = (Path.Combine(folder, "problems.jsonl"), Path.Combine(folder, "out"));
        ProblemFile.Write(file, DistillServersTests.Problems(9));
        foreach (var (code, failed, asked) in (IEnumerable<(int, int, int)>)[(3, 1, 3), (0, 0, 1)])
        {
            server.Asked.Clear();
            using var process = Start(server, file, output, "--limit", "3", "--samples", "1", "--price-per-million",
                "1000000");
            var report = JsonNode.Parse(await process.StandardOutput.ReadToEndAsync())!;
            await process.WaitForExitAsync();
            Assert.Equal((code, 3, 3 - failed, failed, 7.0 * (3 - failed)), (process.ExitCode, (int)report["problems"]!,
                (int)report["completions"]!, (int)report["failed"]!, (double)report["cost"]!));
            Assert.Equal(asked, server.Asked.Count(one => Kind(one) == "completion"));
            refuses = false;
        }
    }

    private static async Task<(string Rows, string Said)> Rollouts(string folder)
    {
        using var verb = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "rollouts", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = verb.StandardError.ReadToEndAsync();
        return (await verb.StandardOutput.ReadToEndAsync(), await said);
    }

    private static string Kind(ChatAsked asked) =>
        asked.Question.Contains("<student>", StringComparison.Ordinal) ? "judgement"
        : asked.Question.Contains("domain of mathematics", StringComparison.Ordinal) ? "labels" : "completion";

    // What stands in the journals, read without any code of the library: a torn line is none.
    private static List<string> Kept(string output) => Directory.Exists(Path.Combine(output, "journal"))
        ? [.. Directory.GetFiles(Path.Combine(output, "journal")).SelectMany(File.ReadLines)
            .Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!)
            .Select(line => ((string)line["key"]!).Split('/')[0] is var kind && kind == "completion"
                ? $"{kind} {Seed((string)line["text"]!)}"
                : $"{kind} {((string)line["text"]!).Split('\n')[0]}")]
        : [];

    private static IEnumerable<string> Whole(string output) => RolloutParts.Files(output).Count == 0
        ? []
        : DistillServersTests.Rows(output).Select(row => $"completion {Seed((string)row["text"]!)}");

    private static string Seed(string text) => text.Split('\n')[1].Split(' ')[1];

    private static Process Start(FaultyChatServer server, string file, string output, params string[] more)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "distill", "--problems", file, "--endpoint",
            $"{server.Address}v1", "--model", "m", "--max-tokens", "100", "--concurrency", "4", "--out", output,
            .. more,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
