using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Stages;

/// <summary>How many rollouts a teacher writes, and to what.</summary>
public sealed record DistillConfig
{
    /// <summary>How many problems the teacher is asked.</summary>
    public required int Problems { get; init => field = Require.Positive(value); }

    /// <summary>Answers to each.</summary>
    public required int RolloutsPerProblem { get; init => field = Require.Positive(value); }

    /// <summary>Which problems are sampled where they are generated.</summary>
    public required ProblemMix Mix { get; init; }

    /// <summary>What counts as a text that repeats itself.</summary>
    public required RepetitionConfig Repetition { get; init; }
}

/// <summary>What came of a distillation.</summary>
/// <param name="Rollouts">All of them, labeled and verified, right or wrong.</param>
/// <param name="Unverifiable">Answers that the verifier could not judge; they are not kept for training.</param>
public sealed record Distilled(IReadOnlyList<Rollout> Rollouts, int Unverifiable)
{
    /// <summary>The folder whose parts hold the rollouts; null where they are in memory.</summary>
    public string? Folder => (Rollouts as StoredRollouts)?.Folder;

    /// <summary>What rejection sampling keeps: the finished and right.</summary>
    public IReadOnlyList<Rollout> Verified =>
        [.. Rollouts.Where(rollout => rollout is { Outcome: Outcome.Correct, Finished: true })];
}

/// <summary>
/// Data distillation: a teacher answers each problem several times, every answer is verified and labeled.
/// </summary>
/// <remarks>Source: arXiv 2504.21233, section on data; about eight answers a problem there.</remarks>
public static class Distill
{
    private const int ProblemsAhead = 64;

    /// <summary>Whether the distillation by servers of a folder goes on, or was stopped before its end.</summary>
    public static bool IsUnderWay(string folder) => DistillFolder.IsUnderWay(folder);

    /// <summary>Runs the stage with a teacher in this process, all rollouts in memory.</summary>
    /// <param name="problems">As many as the settings ask for.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <param name="progress">Is called with how many problems are done.</param>
    public static Distilled Run(
        IReadOnlyList<Problem> problems,
        ITeacher teacher,
        ITokenizer tokenizer,
        Verifier verify,
        DistillConfig config,
        long seed,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        List<Rollout> rollouts = [];
        var unverifiable = Run(
            problems, teacher, tokenizer, verify, config, seed, rollouts.Add, progress, cancel);
        return new Distilled(rollouts, unverifiable);
    }

    /// <summary>The same, each rollout handed on when its problem is done.</summary>
    /// <param name="keep">Is given each rollout, in the order of the problems.</param>
    /// <returns>How many the verifier could not judge.</returns>
    internal static int Run(
        IReadOnlyList<Problem> problems,
        ITeacher teacher,
        ITokenizer tokenizer,
        Verifier verify,
        DistillConfig config,
        long seed,
        Action<Rollout> keep,
        IProgress<int>? progress,
        CancellationToken cancel)
    {
        cancel = cancel.OrHosts();
        var unverifiable = 0;
        using var places = new SemaphoreSlim(ProblemsAhead);
        var collection = new RolloutCollection
        {
            Teacher = Answerers.Teacher(teacher, tokenizer, config.RolloutsPerProblem,
                place => Randomness.For(seed, "teacher", place)),
            Verify = verify,
            GroupSize = config.RolloutsPerProblem,
            Places = places,
        };

        // One teacher answers one problem after the other, so they are done in their order.
        Task.Run(() => collection.RunAsync(problems.Index(), Keep, cancel), CancellationToken.None)
            .GetAwaiter().GetResult();
        return unverifiable;

        void Keep(ProblemInFlight asked)
        {
            foreach (var one in asked.Completions)
            {
                var rollout = Rollout.Of(asked.Problem, one.Graded!, config.Repetition);
                unverifiable += rollout.Outcome == Outcome.Unverifiable ? 1 : 0;
                keep(rollout);
            }

            if ((asked.Place + 1) % 1000 == 0 || asked.Place + 1 == problems.Count)
            {
                progress?.Report(asked.Place + 1);
            }
        }
    }

    /// <summary>
    /// Runs the stage with servers, into a folder: rollouts/*.parquet, problems.jsonl and report.json. What was
    /// received is kept, however the process ends; the same again asks for what is lacking.
    /// </summary>
    /// <param name="problems">Whose ids are unique.</param>
    /// <param name="beside">What else report.json is to hold; null for nothing.</param>
    /// <exception cref="InvalidDataException">The folder was begun with other settings.</exception>
    /// <exception cref="IOException">
    /// The disk is full or cannot be written, or another process is at the folder.
    /// </exception>
    public static async Task<DistillReport> RunAsync(
        IReadOnlyList<Problem> problems, string folder, DistillOptions options, JsonObject? beside = null,
        CancellationToken cancel = default)
    {
        using var run = new DistillRun(problems, folder, options);
        return await run.RunAsync(beside ?? [], cancel.OrHosts()).ConfigureAwait(false);
    }
}
