using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// Cells that train, evaluate and draw are stopped in a kernel of its own, whose death would be told.
/// </summary>
public sealed class InterruptedTrainingTests(ITestOutputHelper output)
{
    /// <summary>Set to 100 for the long run of this test.</summary>
    private const string CountVariable = "PHI4R_TEST_INTERRUPTS";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    private const string SetUp = """
        using Microsoft.DotNet.Interactive;
        using Phi4R.Data;
        using Phi4R.Evaluation;
        using Phi4R.Foundation;
        using Phi4R.Inference;
        using Phi4R.Model;
        using Phi4R.Recipes;
        using Phi4R.Runs;
        using Phi4R.Stages;
        using Phi4R.Training;
        using Phi4R.Verification;
        using TorchSharp;
        using static TorchSharp.torch;
        var recipe = Recipe.Named("pocket");
        var tokenizer = RecipeRun.Open("pocket", 1, "FOLDER").Tokenizer;
        var model = LanguageModel.Create(recipe.Model, 1, CPU);
        Problem[] problems = Enumerable.Range(1, 64).Select(i => new Problem { Id = $"p{i}", Question = $"compute {i}+{i}", Answer = $"{2 * i}", Domain = "sums", Level = 1 }).ToArray();
        Verdict Even(Problem problem, string text) => new(text.Length % 2 == 0 ? Outcome.Correct : Outcome.Incorrect, text, "");
        int[] Ids(int length, int seed) => Enumerable.Range(0, length).Select(i => (i * seed + seed) % 50).Append(tokenizer.StopIds[0]).ToArray();
        var documents = Enumerable.Range(1, 64).Select(i => new TrainingExample($"{i}", Ids(60 + i, i), 1)).ToArray();
        var pairs = Enumerable.Range(1, 64).Select(i => new PreferencePair($"{i}", Ids(20, i), Ids(60, i + 1), Ids(60, i + 2))).ToArray();
        var reference = pairs.Select(pair => (-100.0, -100.0)).ToArray();
        var (kept, steps) = (1, 0);
        void Tell<T>(T report) { steps++; Console.WriteLine("on"); }
        """;

    private static readonly (string Name, string Cell)[] Kinds =
    [
        ("mid-training", "MidTraining.Run(model, documents, recipe.MidTraining with { Epochs = 1000 }, tokenizer, 1, "
            + "progress: new InlineProgress<TrainingReport>(Tell){0});"),
        ("DPO", "RolloutDpo.Run(model, pairs, reference, recipe.RolloutDpo with { Epochs = 1000 }, "
            + "tokenizer.EndOfText, 1, progress: new InlineProgress<DpoReport>(Tell){0});"),
        ("RL", "Grpo.Run(model, tokenizer, problems, Even, recipe.Grpo with { Steps = 1000, MaxTokens = 64 }, 1, "
            + "progress: new InlineProgress<GrpoReport>(Tell){0});"),
        ("evaluation", """
            Tell(0);
            while (true)
            {
                Evaluate.Run(model, tokenizer, new ProblemSet("sums", problems), Even, recipe.Evaluation, progress: new InlineProgress<int>(Tell){0});
            }
            """),
        ("a loop of one's own", """
            while (true)
            {
                using (var scope = NewDisposeScope())
                {
                    var batch = TokenBatch.From(documents, tokenizer.EndOfText, CPU);
                    (-ModelLosses.TokenLogProbs(model, batch).sum()).backward();
                }

                Tell(0);
            }
            """),
    ];

    [Fact]
    public void A_cell_that_trains_or_draws_is_stopped_soon_wherever_it_is_and_the_session_lives()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "15", CultureInfo.InvariantCulture);
        using var kernel = new RealKernel();
        using var folder = new WrittenNotebooks();
        using var others = new BusyCores();
        var built = Path.GetDirectoryName(typeof(Phi4R.Data.Problem).Assembly.Location)!;
        Ok(kernel, $"#r \"{built}/TorchSharp.dll\"\n#r "
            + $"\"{built}/Phi4R.Lib.dll\"\n{SetUp.Replace("FOLDER", folder.At("run"), StringComparison.Ordinal)}");

        var moments = new Random(1);
        List<double> seconds = [];
        for (var i = 0; i < count; i++)
        {
            var (name, cell) = Kinds[i % Kinds.Length];
            var token = i / Kinds.Length % 2 == 0 ? "" : ", cancel: KernelInvocationContext.Current.CancellationToken";
            kernel.Begin(cell.Replace("{0}", token, StringComparison.Ordinal));
            Thread.Sleep(moments.Next(1_500));
            var clock = Stopwatch.StartNew();
            FrontEnd.Send(kernel.Front.Control, "interrupt_request", []);
            var reply = FrontEnd.Receive(kernel.Front.Shell).Content;
            seconds.Add(clock.Elapsed.TotalSeconds);
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"{i,3} {name,-20} {(token.Length > 0 ? "with" : "without")} a token: {(string?)reply["ename"]} "
                        + $"after {seconds[^1]:F2} s"));
            Assert.Equal("Interrupted", (string?)reply["ename"]);
            Ok(kernel, $"if (kept != {i + 1} || steps == 0) {{ throw new Exception($\"kept {{kept}}, steps "
                + $"{{steps}}\"); }} kept++;");
        }

        Assert.InRange(seconds.Max(), 0, Bound.TotalSeconds);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} interrupts: median "
            + $"{seconds.Order().ElementAt(count / 2):F2} s, longest {seconds.Max():F2} s"));
    }

    private static void Ok(RealKernel kernel, string code) => Assert.Equal("", Faults(kernel.Run(code)));

    private static string Faults(System.Text.Json.Nodes.JsonObject reply) =>
        (string?)reply["status"] == "ok" ? "" : reply.ToJsonString();

    /// <summary>Two threads that keep two cores busy.</summary>
    private sealed class BusyCores : IDisposable
    {
        private volatile bool _isOver;

        public BusyCores()
        {
            for (var i = 0; i < 2; i++)
            {
                new Thread(Work) { IsBackground = true }.Start();
            }
        }

        public void Dispose() => _isOver = true;

        private void Work()
        {
            while (!_isOver)
            {
            }
        }
    }
}
