using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>Which of the two common forms a request has.</summary>
public enum ChatProtocol
{
    /// <summary>Messages, which the server puts into the model's own template: <c>/v1/chat/completions</c>.</summary>
    Chat,

    /// <summary>A plain text that the model goes on from: <c>/v1/completions</c>.</summary>
    Completions,
}

/// <summary>How an OpenAI-compatible server is spoken to.</summary>
public sealed record OpenAiOptions
{
    /// <summary>Which of the two common forms a request has.</summary>
    public ChatProtocol Protocol { get; init; } = ChatProtocol.Chat;

    /// <summary>The key that the server asks for; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Bytes of one answer at the most; a longer one is a failure, not memory.</summary>
    public int MaxBodyBytes { get; init => field = Require.Positive(value); } = 16 << 20;

    /// <summary>How long an answer that has begun may send nothing.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without the key, which belongs into no log.</summary>
    public override string ToString() => $"OpenAiOptions {{ Protocol = {Protocol} }}";
}
