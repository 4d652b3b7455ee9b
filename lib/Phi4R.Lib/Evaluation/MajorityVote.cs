using Phi4R.Verification;

namespace Phi4R.Evaluation;

/// <summary>maj@n of one problem: whether the answer that most completions gave is right.</summary>
/// <remarks>
/// Answers are one where their texts are, or where the verifier holds them equal. A completion that was truncated,
/// failed or has no answer does not vote. Where several answers have equally many votes, the vote is as right as one of
/// them taken by lot: the share of the tied ones that are right. Source: Wang et al. 2022, arXiv 2203.11171.
/// </remarks>
public sealed class MajorityVote
{
    private readonly Dictionary<string, Group> _texts = new(StringComparer.Ordinal);
    private readonly List<Group> _groups = [];

    /// <summary>How right the most frequent answer is: 1, 0, or a share in a tie; 0 without votes.</summary>
    public double Share
    {
        get
        {
            var most = _groups.Select(group => group.Votes).DefaultIfEmpty(0).Max();
            return most == 0 ? 0 : _groups.Where(group => group.Votes == most).Average(group => group.Right ? 1.0 : 0);
        }
    }

    /// <summary>Counts a completion's vote.</summary>
    /// <param name="answer">The final answer that was found in it; null where it has none.</param>
    /// <param name="right">What the verifier said of it.</param>
    public void Add(string? answer, bool right)
    {
        if (answer?.Trim() is not { Length: > 0 } text)
        {
            return;
        }

        if (!_texts.TryGetValue(text, out var group))
        {
            // Right answers equal the reference, so each other; a right and a wrong one are never one group.
            group = _groups.FirstOrDefault(known => known.Right == right
                && (right || Grader.Compare(known.Answer, text).Outcome == Outcome.Correct));
            if (group is null)
            {
                group = new Group(text, right);
                _groups.Add(group);
            }

            _texts[text] = group;
        }

        group.Votes++;
    }

    private sealed class Group(string answer, bool right)
    {
        public string Answer => answer;

        public bool Right => right;

        public int Votes { get; set; }
    }
}
