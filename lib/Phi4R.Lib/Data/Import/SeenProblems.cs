using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>The problems that an import has seen: one content for each id, so that no problem hides another.</summary>
internal sealed class SeenProblems
{
    private const string Contradicts = "the question was there before with another answer";

    // The hashes of an id, of its question and of its answer; 0 is the answer of a problem without a reference.
    private readonly Dictionary<ulong, (ulong Question, ulong Answer)> _before = [];

    /// <summary>
    /// The record under an id that no other content has. A set's own id that was another problem's gets a sign of its
    /// content; where the question itself is the id, another answer to it is left out with its completions.
    /// </summary>
    /// <returns>
    /// IsNew: the problem was not there, or not with a reference. Completes: it was there without one until now.
    /// </returns>
    public (ImportedRecord Record, bool IsNew, bool Completes) Place(ImportedRecord read)
    {
        if (read.Problem is not { } problem)
        {
            return (read, false, false);
        }

        var question = StableHash.Of(problem.Question);
        var answer = problem.Answer.Length > 0 ? StableHash.Of(problem.Answer) : 0;
        var sign = StableHash.Of($"{problem.Question}\0{problem.Answer}");
        var id = problem.Id;
        while (_before.TryGetValue(StableHash.Of(id), out var other)
            && (other.Question != question || (other.Answer != answer && other.Answer != 0 && answer != 0)))
        {
            if (!read.HasOwnId)
            {
                return (read with
                {
                    Problem = null,
                    Rollouts = [],
                    Faults = [.. read.Faults, Contradicts,
                        .. read.Rollouts.Select(_ => "a completion: " + Contradicts)],
                }, false, false);
            }

            id = $"{problem.Id}#{sign >> 32:x8}";
            sign = StableHash.Of($"{sign}");
        }

        var wasThere = _before.TryGetValue(StableHash.Of(id), out var known);
        var completes = wasThere && known.Answer == 0 && answer != 0;
        if (!wasThere || completes)
        {
            _before[StableHash.Of(id)] = (question, answer);
        }

        return (id == problem.Id ? read : read with
        {
            Problem = problem with { Id = id },
            Rollouts = [.. read.Rollouts.Select(rollout => rollout with { ProblemId = id })],
        }, !wasThere || completes, completes);
    }
}
