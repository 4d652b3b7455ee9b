namespace Phi4R.Inference.Remote;

/// <summary>A server that gave no completion, with what it said.</summary>
/// <param name="message">What was found, with the server's own words where there are some.</param>
/// <param name="fault">What kind of failure it is.</param>
/// <param name="retryAfter">When the server wants to be asked again; null where it does not say.</param>
public sealed class ChatServerException(
    string message, ChatFault fault, TimeSpan? retryAfter = null, Exception? inner = null)
    : IOException(message, inner)
{
    /// <summary>What kind of failure it is.</summary>
    public ChatFault Fault => fault;

    /// <summary>When the server wants to be asked again; null where it does not say.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
