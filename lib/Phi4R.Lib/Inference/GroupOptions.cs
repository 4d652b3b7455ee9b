using Phi4R.Foundation;

namespace Phi4R.Inference;

/// <summary>How a group of completions is asked for to each problem.</summary>
public sealed record GroupOptions
{
    /// <summary>Completions of each problem.</summary>
    public required int GroupSize { get; init => field = Require.Positive(value); }

    /// <summary>Temperature, top-k, top-p and the length limit.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>The random numbers of a completion, by the problem's place and its own within the group.</summary>
    public required Func<int, int, RandomStream> Stream { get; init; }

    /// <summary>Keeps completions as they are finished, and has those that were finished before a stop.</summary>
    public CompletionJournal? Journal { get; init; }

    /// <summary>Is called with how many completions are finished.</summary>
    public IProgress<int>? Progress { get; init; }

    /// <summary>
    /// Problems that are waited for: when so many have all their completions, the others are given up, and have none.
    /// Null for all.
    /// </summary>
    public int? Enough { get; init; }
}
