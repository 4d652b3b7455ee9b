using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Training;

/// <summary>What became of a prompt's group of answers.</summary>
public enum GroupOutcome
{
    /// <summary>Learned from.</summary>
    Used,

    /// <summary>No answer was right: nothing to compare.</summary>
    AllWrong,

    /// <summary>Every answer was right: nothing to compare.</summary>
    AllRight,

    /// <summary>Right too often, and dropped.</summary>
    TooEasy,
}

/// <summary>
/// Reward the group filter: all right answers of a group, and as many wrong ones sampled at random; of more right ones
/// than wrong as many as there are wrong.
/// </summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 4. The rewards +1 and -1 of a group kept so have mean 0 and deviation 1, so its
/// advantages are +1 and -1.
/// </remarks>
public static class GroupFilter
{
    /// <summary>The answers to learn from, by their index in the group.</summary>
    /// <param name="correct">For each answer of the group whether it is right.</param>
    /// <param name="maxAccuracy">Groups with a larger share of right answers are dropped.</param>
    /// <param name="stream">Draws those kept of the larger side.</param>
    public static (GroupOutcome Fate, IReadOnlyList<int> Kept) Balance(
        IReadOnlyList<bool> correct, double maxAccuracy, RandomStream stream)
    {
        var right = Enumerable.Range(0, correct.Count).Where(i => correct[i]).ToList();
        var wrong = Enumerable.Range(0, correct.Count).Where(i => !correct[i]).ToList();
        if (OutcomeOf(correct, maxAccuracy) is var fate and not GroupOutcome.Used)
        {
            return (fate, []);
        }

        stream.Shuffle(wrong);
        if (right.Count > wrong.Count)
        {
            stream.Shuffle(right);
        }

        return (GroupOutcome.Used, [.. right.Take(wrong.Count).Concat(wrong.Take(right.Count)).Order()]);
    }

    /// <summary>Every answer of the group, unless all are alike: what is done without the group filter.</summary>
    public static (GroupOutcome Fate, IReadOnlyList<int> Kept) KeepAll(IReadOnlyList<bool> correct)
    {
        var fate = OutcomeOf(correct, maxAccuracy: 1);
        return (fate, fate == GroupOutcome.Used ? [.. Enumerable.Range(0, correct.Count)] : []);
    }

    /// <summary>What becomes of a judged group.</summary>
    public static GroupOutcome OutcomeOf(RolloutGroup group, double maxAccuracy) =>
        OutcomeOf([.. group.Judged.Select(graded => graded.IsCorrect)], maxAccuracy);

    /// <summary>What becomes of a group.</summary>
    internal static GroupOutcome OutcomeOf(IReadOnlyList<bool> correct, double maxAccuracy)
    {
        var (right, all) = (correct.Count(isRight => isRight), correct.Count);
        return right == 0 ? GroupOutcome.AllWrong
            : right == all ? GroupOutcome.AllRight
            : right > maxAccuracy * all ? GroupOutcome.TooEasy
            : GroupOutcome.Used;
    }
}
