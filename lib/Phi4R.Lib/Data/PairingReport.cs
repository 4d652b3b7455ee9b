namespace Phi4R.Data;

/// <summary>What became of the prompts that pairs were looked for in.</summary>
public sealed record PairingReport
{
    /// <summary>How many prompts there were.</summary>
    public required int Prompts { get; init; }

    /// <summary>Prompts without a wrong answer to reject.</summary>
    public required int AllRight { get; init; }

    /// <summary>Prompts without a right answer to choose.</summary>
    public required int AllWrong { get; init; }

    /// <summary>Prompts that are answered rightly more often than is learned from.</summary>
    public required int TooEasy { get; init; }

    /// <summary>Prompts of which no two sides are of similar length.</summary>
    public required int NoneOfLikeLength { get; init; }

    /// <summary>Prompts that gave a pair at least.</summary>
    public required int Paired { get; init; }

    /// <summary>How many pairs were made.</summary>
    public required int Pairs { get; init; }

    /// <summary>Answers that the length limit truncated; they are in no pair.</summary>
    public required int TruncatedAnswers { get; init; }

    /// <summary>Pairs left out afterwards so that length tells nothing; not among <see cref="Pairs"/>.</summary>
    public int Unmatched { get; init; }

    /// <summary>Prompts without an answer.</summary>
    public int Unanswered { get; init; }

    /// <summary>Answers that came to their end and could not be judged.</summary>
    public int UnverifiableAnswers { get; init; }
}
