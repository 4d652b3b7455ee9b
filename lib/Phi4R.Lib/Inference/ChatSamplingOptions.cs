using Phi4R.Foundation;

namespace Phi4R.Inference;

/// <summary>How patiently a chat client is asked, and what it is told before every question.</summary>
public sealed record ChatSamplingOptions
{
    /// <summary>A system turn before every question, such as how the answer is to be written; null for none.</summary>
    public string? Instructions { get; init; }

    /// <summary>How often one completion is asked for.</summary>
    public int MaxTries { get; init => field = Require.Positive(value); } = 3;

    /// <summary>How long one completion is waited for, all its tries together.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Completions that are asked for at once.</summary>
    public int MaxInFlight { get; init => field = Require.Positive(value); } = 16;

    /// <summary>Is called with a line on what failed and was given up.</summary>
    public Action<string>? Log { get; init; }
}
