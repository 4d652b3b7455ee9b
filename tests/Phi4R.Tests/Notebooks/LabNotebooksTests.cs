using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Recipes;
using Phi4R.Tests.House;
using Phi4R.Tests.Inference;
using Phi4R.Verification;
using SmallReleasedModel = Phi4R.Tests.Reference.SmallReleasedModel;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// The six notebooks on real formats: a checkpoint of Phi-4-mini's form with its tokenizer and chat template, problems
/// of GSM8K and MATH, rollouts as they are imported, benchmark files; and the first with a teacher and a judge behind
/// servers.
/// </summary>
public sealed class LabNotebooksTests
{
    private const int Cut = 8;
    private const string Rejected = "<think>4*6=24 and 2*24=48</think>\\boxed{\\text{hours in two days}}";

    private static readonly string Example = Path.Combine(Project.Root, "data", "examples", "gsm8k-math");

    private static readonly IReadOnlyList<JsonObject> Shipped = [.. File
        .ReadLines(Path.Combine(Example, "rollouts.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    // The folder of all that a person has before the first notebook.
    private static readonly Lazy<string> Home = new(() =>
    {
        var home = Project.Scratch();
        var data = Path.Combine(home, "data");
        SetImport.Run("own", [Path.Combine(Example, "rollouts.jsonl")], Path.Combine(data, "gsm8k-math"));
        foreach (var name in (string[])["gsm8k_test.jsonl", "math500.jsonl"])
        {
            File.WriteAllLines(Path.Combine(data, name),
                File.ReadLines(Path.Combine(Project.Root, "data", "benchmarks", name)).Take(Cut));
        }

        SmallReleasedModel.Write(Path.Combine(home, "model"), Lab.Smoke.Model, Shipped
            .Where(rollout => (string?)rollout["finish_reason"] != "length")
            .Select(rollout => ((string)rollout["prompt"]!, (string)rollout["completion"]!)));
        return home;
    });

    // Counted by hand: 40 problems have two right rollouts and a wrong one, three have one more that is right by luck,
    // five one that never ends, and of the one problem with both the last is beyond the four that the recipe asks for.
    [Fact]
    public void All_six_run_on_real_formats_and_every_cell_shows_something_of_them()
    {
        var home = Home.Value;
        Assert.True(File.Exists(Path.Combine(home, "model", "model.safetensors.index.json")));
        var (code, text) = Run(home, "0[1-6]*.ipynb", "");
        Assert.True(code == 0, text);
        var cells = Directory.GetFiles(Path.Combine(home, "out"), "0*.ipynb").Order(StringComparer.Ordinal)
            .Select(ShownValues.Of).ToList();
        Assert.Equal(6, cells.Count);
        foreach (var shown in (string[])
        [
            "127 rollouts, 83 verified", "What is fifteen more than a quarter of 48?", "no level stated",
            "3 of 83 verified rollouts hold a false step", "48/4=13 and 13+14=27",
            "Verified rollouts with a false step.", "The longest rollouts",
        ])
        {
            Shows(cells[0], shown);
        }

        Shows(cells[1], "pass@1 before and after mid-training");
        Shows(cells[1], "Carla is downloading a 200 GB file."); // The eighth problem of GSM8K's test.
        Shows(cells[2], "MissingEnd 1.");
        Shows(cells[2], "The example of problem demo has 193 tokens");
        Shows(cells[3], "paired 40");
        Shows(cells[4], "of 36 answers truncated");
        Shows(cells[5], "gsm8k_test");
        Shows(cells[5], "+ RL: ");
        Shows(cells[5], "of the pocket together"); // The one cell that shows another run, and says so.
        Assert.All(cells.SelectMany(shown => shown).Where(shown => !shown.Contains("of the pocket together",
            StringComparison.Ordinal)), shown => Assert.DoesNotMatch("pocket-(500|hard|choice)|let x=", shown));

        // All but the parameters, those given, and what is for models that are named or was left off, shows something.
        int[] silent = [2, 2, 2, 2, 2, 4];
        Assert.All(cells.Zip(silent), notebook =>
            Assert.InRange(notebook.First.Count(shown => shown.Length == 0), 0, notebook.Second));
    }

    [Fact]
    public async Task The_first_asks_a_served_teacher_and_a_judge_and_a_recipe_learns_from_what_came()
    {
        var home = Home.Value;
        Dictionary<string, List<long>> asked = new(StringComparer.Ordinal);
        var byQuestion = Shipped.ToLookup(rollout => (string)rollout["prompt"]!);
        var output = Path.Combine(home, "distilled");
        await using var teacher = await FaultyChatServer.StartAsync(FaultyChatServer.EveryFifthFails(
            Taught, ServerFault.Unavailable, ServerFault.Reset));
        await using var judge = await FaultyChatServer.StartAsync(Judged);
        var words = $"-p endpoint={teacher.Address} -p model=r1 -p judgeEndpoint={judge.Address} -p maxTokens=99 "
            + $"-p output={output} -p apiKeyVariable=TEACHER_KEY";
        var (code, text) = Run(home, "01*.ipynb", words);
        Assert.True(code == 0, text);

        // The teacher's key is no business of a judge with a server of its own.
        Assert.All(teacher.Asked, one => Assert.Equal("Bearer the-key", one.Authorization));
        Assert.All(judge.Asked, one => Assert.Null(one.Authorization));

        // Each of the 40 problems four times, whatever failed on the way; the judge's name is the one that it has.
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "report.json")))!;
        Assert.Equal((40, 160, 0), ((int)report["problems"]!, (int)report["completions"]!, (int)report["failed"]!));
        Assert.Equal(("r1", "m"), ((string)report["model"]!, (string)report["judge_model"]!));
        Assert.All(teacher.Asked, one => Assert.Equal((0.6, 0.95, 99), ((double)one.Body["temperature"]!,
            (double)one.Body["top_p"]!, (int)one.Body["max_tokens"]!)));
        var rollouts = RolloutFile.Read(output).ToList();
        var overruled = Assert.Single(rollouts, one => one is { Text: Rejected });
        Assert.Equal((Outcome.Correct, "judge"), (overruled.Outcome, overruled.Verdict!.JudgedBy));
        Assert.Equal(1, (int)report["judge_overruled"]!);
        Assert.All(rollouts.Where(one => one.ProblemId.StartsWith("gsm8k", StringComparison.Ordinal)),
            one => Assert.Equal(("arithmetic", 1), (one.Domain, one.Level)));
        var shown = ShownValues.Of(Path.Combine(home, "out", "01-data-distillation.ipynb"));
        Shows(shown, "160 completions of 40 problems; 0 are there and 160 are to be asked for");
        Shows(shown, $"160 rollouts, {rollouts.Count(one => one.Outcome == Outcome.Correct)} verified");

        // Again, and nobody is asked; the next notebooks learn from what is there.
        var before = (teacher.Asked.Count, judge.Asked.Count);
        (code, text) = Run(home, "01*.ipynb", words);
        Assert.True(code == 0, text);
        Assert.Equal(before, (teacher.Asked.Count, judge.Asked.Count));
        var recipe = Path.Combine(home, "taught.json");
        var files = new JsonObject { ["Rollouts"] = output };
        File.WriteAllText(recipe, new JsonObject { ["Base"] = "lab-smoke", ["Files"] = files }.ToJsonString());
        (code, text) = HouseTests.Bash($"{Launcher(home)} recipe --recipe {recipe} --to distillation", seconds: 180);
        Assert.True(code == 0, text);
        var made = Directory.GetDirectories(Path.Combine(home, "runs", "taught-seed1"), "distillation-*").Single();
        Assert.Equal( // The same answer to the same question is taken once.
            rollouts.DistinctBy(one => (one.ProblemId, one.Text)).Count(), RolloutFile.Read(made).Count());

        ChatReply Taught(ChatAsked one)
        {
            var question = byQuestion.Select(group => group.Key)
                .Single(question => one.Question.StartsWith(question, StringComparison.Ordinal));
            var number = Place(question, one.Seed);
            var rollout = byQuestion[question].ElementAt(number % byQuestion[question].Count());
            return (string)rollout["id"]! == "gsm8k-train/1804" && number == 0
                ? new(Rejected)
                : new((string)rollout["completion"]!) { FinishReason = (string?)rollout["finish_reason"] ?? "stop" };
        }

        // Of a completion among those of its question, in the order in which they were first asked for.
        int Place(string question, long seed)
        {
            lock (asked)
            {
                asked.TryAdd(question, []);
                if (!asked[question].Contains(seed))
                {
                    asked[question].Add(seed);
                }

                return asked[question].IndexOf(seed);
            }
        }

        static ChatReply Judged(ChatAsked one) => new(
            one.Question.StartsWith("Say which domain", StringComparison.Ordinal)
                ? """{"domain": "arithmetic", "level": "elementary"}"""
                : one.Question.Contains("hours in two days", StringComparison.Ordinal)
                    ? "I looked.\nCORRECT"
                    : "I looked.\nINCORRECT");
    }

    private static void Shows(IReadOnlyList<string> cells, string words)
    {
        var text = string.Join("\n\n", cells);
        Assert.True(text.Contains(words, StringComparison.Ordinal), $"'{words}' is not shown: {text}");
    }

    private static (int Code, string Text) Run(string home, string notebooks, string words) => HouseTests.Bash(
        $"{Launcher(home)} run {Project.Root}/notebooks/{notebooks} --profile lab-smoke {words} --out {home}/out",
        seconds: 900);

    private static string Launcher(string home) => $"TEACHER_KEY=the-key PHI4R_DATA={home}/data "
        + $"PHI4R_MODEL={home}/model PHI4R_RUNS={home}/runs "
        + $"dotnet {Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}";
}
