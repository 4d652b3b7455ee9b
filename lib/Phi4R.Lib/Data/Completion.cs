namespace Phi4R.Data;

/// <summary>
/// One completion of one prompt, whoever wrote it: a model in this process, a server, a teacher, a file.
/// </summary>
public sealed record Completion
{
    /// <summary>
    /// Ids after the prompt, the stop token included where one was sampled; empty where only the text is known.
    /// </summary>
    public required int[] TokenIds { get; init; }

    /// <summary>
    /// The text; empty where only ids are known, until <see cref="RolloutGroup"/> or another reader has decoded them.
    /// </summary>
    public string Text { get; init; } = "";

    /// <summary>
    /// For each token its log-probability in the distribution that it was sampled from (temperature, top-k and top-p
    /// applied), in nats; 0 at temperature 0, and null where the engine tells none.
    /// </summary>
    public float[]? LogProbs { get; init; }

    /// <summary>
    /// For each token its log-probability at temperature 1 over the whole vocabulary, in nats; null where the engine
    /// tells none.
    /// </summary>
    public float[]? PlainLogProbs { get; init; }

    /// <summary>Why it is over.</summary>
    public required FinishReason Finish { get; init; }

    /// <summary>How many tokens it has: of its ids, or where only the text is known what its writer counted.</summary>
    public int TokenCount { get => TokenIds.Length > 0 ? TokenIds.Length : field; init; }

    /// <summary>Which weights wrote it; null where nobody said.</summary>
    public string? WeightsVersion { get; init; }

    /// <summary>How it is written, a word of the teacher's own; null where nobody said.</summary>
    public string? Style { get; init; }

    /// <summary>Whether the length limit ended it.</summary>
    public bool IsTruncated => Finish == FinishReason.Length;
}
