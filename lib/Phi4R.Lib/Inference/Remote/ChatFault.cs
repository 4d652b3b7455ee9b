namespace Phi4R.Inference.Remote;

/// <summary>What kept a server from giving a completion, as far as it matters for asking again.</summary>
public enum ChatFault
{
    /// <summary>It has too much to do (429, 503, 529): fewer requests, and later.</summary>
    Busy,

    /// <summary>
    /// The connection broke, half an answer came, what came is no answer, or the server failed: another try may do.
    /// </summary>
    Broken,

    /// <summary>Nothing came within the time.</summary>
    Slow,

    /// <summary>
    /// The server does not know the model or the address (404): it may come back, and another server may have it.
    /// </summary>
    Missing,

    /// <summary>The server will not do it, however often it is asked, such as without the right key.</summary>
    Refused,
}
