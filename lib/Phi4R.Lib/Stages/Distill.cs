using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
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

    /// <summary>Which problems are drawn where they are generated.</summary>
    public required ProblemMix Mix { get; init; }

    /// <summary>What counts as running in circles.</summary>
    public required RepetitionConfig Repetition { get; init; }
}

/// <summary>What came of a distillation.</summary>
/// <param name="Rollouts">All of them, labeled and verified, right or wrong.</param>
/// <param name="Unverifiable">Answers that the verifier could not judge; they are not kept for training.</param>
public sealed record Distilled(IReadOnlyList<Rollout> Rollouts, int Unverifiable)
{
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
    /// <summary>Runs the stage.</summary>
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
        cancel = cancel.OrHosts();
        List<Rollout> rollouts = [];
        var groups = RolloutCollector.Collect(
            teacher, tokenizer, problems, verify, config.RolloutsPerProblem,
            problem => Randomness.For(seed, "teacher", problem), cancel);
        foreach (var (i, group) in groups.Index())
        {
            rollouts.AddRange(group.Completions.Select(graded => Rollout.Of(group.Problem, graded, config.Repetition)));
            if ((i + 1) % 1000 == 0)
            {
                progress?.Report(i + 1);
            }
        }

        return new Distilled(rollouts, rollouts.Count(rollout => rollout.Outcome == Outcome.Unverifiable));
    }
}
