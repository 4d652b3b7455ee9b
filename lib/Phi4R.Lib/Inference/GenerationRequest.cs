namespace Phi4R.Inference;

/// <summary>One prompt and how its completions are sampled.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids of the prompt.</summary>
    public required int[] PromptIds { get; init; }

    /// <summary>One seed for each completion: the state of its <see cref="Foundation.RandomStream"/>.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Temperature, top-k, top-p and the length limit.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>Tokens after which a completion is over.</summary>
    public required IReadOnlyList<int> StopIds { get; init; }
}
