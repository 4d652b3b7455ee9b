using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Phi4R.Cluster;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>Data distillation by servers, and showing what came of it.</summary>
internal static class DistillVerbs
{
    // What was received is kept, and some of what was asked for could not be had.
    private const int SomeFailed = 3;

    private static readonly Lock Gate = new();

    public static IEnumerable<Command> All() => [Distill(), Rollouts()];

    private static Command Distill()
    {
        var problems = new Option<string>("--problems")
        {
            Description = "Problems: a file (JSON lines, CSV, parquet), or owner/name of a downloaded data set.",
            Required = true,
        };
        var teacher = new DistillServers("", "writes completions", PromptTemplate.Teacher, "");
        var judge = new DistillServers("judge-", "looks again at what the verifier calls incorrect or cannot judge",
            PromptTemplate.Judge, "With a model and no server of its own, the teacher's are asked.");
        var label = new DistillServers("label-", "says domain and level where the problems do not",
            PromptTemplate.Label, "Where nothing is named, the judge is asked; without a judge what is unknown stays "
                + "unknown. With a model and no server of its own, the judge's or the teacher's are asked.");
        var samples = Number("--samples", "Completions of each problem.", 8);
        var temperature = Number("--temperature", "What logits are divided by; 0 takes the likeliest token.", 0.6);
        var topP = Number("--top-p", "Only the likeliest tokens that together reach this probability are taken.", 0.95);
        var maxTokens = Number("--max-tokens", "Tokens of a completion at the most.", 16_384);
        var seed = Number("--seed", "What every request's seed comes from.", 1L);
        var limit = new Option<int?>("--limit") { Description = "Only so many problems, from the first on." };
        var again = Number("--max-resample", "How often a problem none of whose completions is correct is sampled "
            + "again, --samples completions each time.", 0);
        var concurrency = Number("--concurrency", "Requests under way at one server at the most; fewer while it is "
            + "busy.", 64);
        var price = new Option<double?>("--price-per-million")
        {
            Description = "What a million tokens of the teacher's cost, to tell what all will cost.",
        };
        var part = Number("--part-completions", "Completions of a part, about: what is kept in one file, and what one "
            + "worker of a cluster is handed at once.", 2048);
        var cluster = ClusterWords.Cluster("Has the parts made by the workers of a cluster (phi4r worker)",
            "Unless it is named, this process makes them.");
        var output = new Option<string>("--out")
        {
            Description = "The folder for rollouts/*.parquet, problems.jsonl and report.json. What was stopped goes on "
                + "there, and what failed is asked for again.",
            Required = true,
        };
        var command = new Command("distill", "Asks a teacher for completions of problems, verifies, judges and labels "
            + "them; ends with 3 where some could not be had.")
        {
            problems,
        };
        teacher.AddTo(command);
        foreach (var option in (IEnumerable<Option>)[samples, temperature, topP, maxTokens, seed, limit, again])
        {
            command.Add(option);
        }

        judge.AddTo(command);
        label.AddTo(command);
        foreach (var option in (IEnumerable<Option>)[concurrency, price, part, cluster, output])
        {
            command.Add(option);
        }

        command.SetAction(words =>
        {
            DistillReport? report = null;
            var code = RecipeVerbs.Clearly("distill", () => report = TerminalRun.Watch(view =>
            {
                var say = Said(view);
                ClusterWords.CheckKeys(words, cluster, teacher.Variable, judge.Variable, label.Variable);
                using var stop = new ShutdownSignal(say);
                var loaded = ProblemData.ReadUsable(words.GetValue(problems)!);
                foreach (var left in loaded.LeftOut)
                {
                    say($"{left.Count} records left out: {left.Why}; the first: {left.First}");
                }

                List<OpenAiChatClient> clients = [];
                try
                {
                    var pool = new ChatPoolOptions { MaxInFlight = words.GetValue(concurrency) };
                    var sampling = new SamplingConfig
                    {
                        Temperature = words.GetValue(temperature),
                        TopP = words.GetValue(topP),
                        MaxTokens = words.GetValue(maxTokens),
                    };
                    var greedy = DistillOptions.JudgeSampling;
                    var asked = teacher.Read(words, sampling, pool, null, clients)
                        ?? throw new ArgumentException("Nothing says who is the teacher; name it with --endpoint and "
                            + "--model.");
                    var judging = judge.Read(words, greedy, pool, teacher, clients);
                    var labeling = label.Read(words, greedy, pool,
                        words.GetValue(judge.Endpoints)!.Length > 0 ? judge : teacher, clients);
                    var options = new DistillOptions
                    {
                        Teacher = asked,
                        Judge = judging,
                        Labeler = labeling
                            ?? (judging is null ? null : judging with { Prompt = label.PromptOf(words) }),
                        RolloutsPerProblem = words.GetValue(samples),
                        MaxResample = words.GetValue(again),
                        Seed = words.GetValue(seed),
                        Repetition = RepetitionConfig.LongThought,
                        PartCompletions = words.GetValue(part),
                        ProblemsInFlight = (2 * words.GetValue(concurrency)
                            * Math.Max(1, words.GetValue(teacher.Endpoints)!.Length)) + 16,
                        PricePerMillion = words.GetValue(price),
                        Estimated = estimate => say(estimate.InWords(words.GetValue(price))),
                        Progress = Meter(view, words.GetValue(price)),
                        Log = say,
                    };
                    var all = loaded.Set.Problems;
                    var first = words.GetValue(limit) ?? all.Count;
                    Require.Positive(first, "--limit");
                    return ClusterWords.With(words, cluster, Workers(view), say, host =>
                        Phi4R.Stages.Distill.RunAsync([.. all.Take(first)], words.GetValue(output)!,
                            options with { Host = host }, Beside(loaded, options), stop.Asked)
                            .GetAwaiter().GetResult(), stop.Asked);
                }
                finally
                {
                    clients.ForEach(client => client.Dispose());
                }
            }), again: "the same command");
            return code != 0 || report is null ? code : Tell(report, words.GetValue(output)!);
        });
        return command;
    }

    private static Command Rollouts()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "What --out of phi4r distill or phi4r import named.",
        };
        var command = new Command("rollouts", "Prints rollouts as JSON lines.") { folder };
        command.SetAction(words => ModelOptions.Clearly("rollouts", () =>
        {
            var path = words.GetValue(folder)!;
            if (Phi4R.Stages.Distill.IsUnderWay(path))
            {
                Console.Error.WriteLine(TerminalText.Inert($"{path}: the distillation has not come to its end; these "
                    + "are the rollouts of the parts that are whole, and phi4r distill with the same words goes on"));
            }

            using var output = new StreamWriter(StandardOutput.Open(), bufferSize: 1 << 16);
            var isShown = !Console.IsOutputRedirected;
            foreach (var rollout in RolloutParts.Read(path))
            {
                var row = RolloutParts.Row(rollout).ToJsonString(JsonLinesVerb.Plain);
                output.Write(isShown ? TerminalText.Inert(row) : row);
                output.Write('\n');
            }

            return 0;
        }));
        return command;
    }

    private static Option<T> Number<T>(string name, string description, T usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };

    // Servers' words come among the lines, from any thread.
    private static Action<string> Said(TerminalRun view) => line =>
    {
        lock (Gate)
        {
            view.Say(TerminalText.Inert(line));
        }
    };

    private static InlineProgress<IReadOnlyList<WorkerProgress>> Workers(TerminalRun view) => new(workers =>
    {
        lock (Gate)
        {
            view.Report(workers);
        }
    });

    private static InlineProgress<DistillProgress> Meter(TerminalRun view, double? price)
    {
        var (clock, isThrough) = (Stopwatch.StartNew(), false);
        return new(now =>
        {
            lock (Gate)
            {
                // Verdicts follow the last completion, and change no more than shares.
                if (isThrough)
                {
                    return;
                }

                isThrough = now.There == now.Of;
                view.Report(new StageProgress("distill", (int)now.There - 1, (int)now.Of,
                [
                    ("tokens/s", now.Tokens / Math.Max(clock.Elapsed.TotalSeconds, 0.001)),
                    ("million tokens", now.Tokens / 1e6),
                    ("correct", now.CorrectShare),
                    ("failed", now.Failed),
                    .. price is { } each ? [("cost", now.Tokens * each / 1e6)] : Array.Empty<(string, double)>(),
                ])
                { Unit = "completion" });
            }
        });
    }

    private static JsonObject Beside(LoadedProblems loaded, DistillOptions options)
    {
        JsonObject leftOut = [];
        foreach (var (why, count, _) in loaded.LeftOut)
        {
            leftOut[why] = count;
        }

        return new JsonObject
        {
            ["model"] = options.Teacher.Name,
            ["judge_model"] = options.Judge?.Name,
            ["label_model"] = options.Labeler?.Name,
            ["problems_sha256"] = loaded.Sha256,
            ["left_out"] = leftOut,
        };
    }

    private static int Tell(DistillReport report, string folder)
    {
        Console.WriteLine(JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "report.json")))!
            .ToJsonString(JsonLinesVerb.Plain));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Completions:N0} completions, {report.Correct:N0} of them correct, {report.Tokens:N0} tokens"
                + $"{(report.Cost is { } cost ? $", {cost:N2} in money" : "")}; in {folder}"));
        if (!report.IsWhole)
        {
            Console.Error.WriteLine($"phi4r distill: {report.Failed} completions, {report.JudgeFailed} of the judge's "
                + $"answers and {report.LabelFailed} labels could not be had; the same command asks for them again.");
        }

        return report.IsWhole ? 0 : SomeFailed;
    }
}
