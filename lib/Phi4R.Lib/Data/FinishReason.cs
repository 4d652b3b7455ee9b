namespace Phi4R.Data;

/// <summary>Why a completion is over.</summary>
public enum FinishReason
{
    /// <summary>A stop token was sampled, or whoever reads the completion ended it.</summary>
    Stop,

    /// <summary>The length limit truncated it.</summary>
    Length,

    /// <summary>Whoever was asked gave no completion, however often it was tried; there are no tokens.</summary>
    Failed,
}
