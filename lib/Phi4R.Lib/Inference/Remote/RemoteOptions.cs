using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>What a server must be to generate for us, and how patiently it is asked.</summary>
public sealed record RemoteOptions
{
    /// <summary>Ids that our model knows; a server of another vocabulary is refused.</summary>
    public required int VocabularySize { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Tokens that a prompt and its completion may have together; a server that holds fewer is refused.
    /// </summary>
    public required int ContextLength { get; init => field = Require.Positive(value); }

    /// <summary>What the server runs; null: what it says of itself.</summary>
    public ServerKind? Engine { get; init; }

    /// <summary>
    /// Ids that end an answer, for the configuration that stands beside weights which are handed over; empty: there is
    /// none.
    /// </summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>
    /// A folder that this process writes and the server reads, through which it is given other weights; null: it is
    /// given none.
    /// </summary>
    public string? WeightsFolder { get; init; }

    /// <summary>Whether a policy with adapters is handed over whole or by its adapters.</summary>
    public WeightHandOver HandOver { get; init; }

    /// <summary>
    /// Whether the log-probabilities of a server that tells only one kind are those of the distribution sampled from
    /// (vLLM with --logprobs-mode processed_logprobs) and not those of temperature 1.
    /// </summary>
    public bool LogProbsAreProcessed { get; init; }

    /// <summary>
    /// How far apart, in nats a token, its log-probabilities and ours may be for the weights to be the same.
    /// </summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>How often one request is tried.</summary>
    public int MaxTries { get; init => field = Require.Positive(value); } = 8;

    /// <summary>How long one request is tried again after it failed.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long one try may take: a long completion takes long, and what hangs takes for ever.</summary>
    public TimeSpan MaxTryTime { get; init; } = TimeSpan.FromHours(3);

    /// <summary>Requests that are under way at once.</summary>
    public int MaxInFlight { get; init => field = Require.Positive(value); } = 64;

    /// <summary>Is called with a line on what failed and what is tried again.</summary>
    public Action<string>? Log { get; init; }
}
