using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>How patiently the servers of a <see cref="ChatPool"/> are asked, and how much at once.</summary>
public sealed record ChatPoolOptions
{
    /// <summary>
    /// Requests that are under way at one server at the most; it is asked less while it is busy, and so much again when
    /// it is not.
    /// </summary>
    public int MaxInFlight { get; init => field = Require.Positive(value); } = 64;

    /// <summary>How often one completion is asked for, at all servers together.</summary>
    public int MaxTries { get; init => field = Require.Positive(value); } = 8;

    /// <summary>How long one completion is waited for, all its tries together, from its first place on.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromHours(3);

    /// <summary>
    /// How long a server is left alone at the most that asks for it (Retry-After); one that asks for more is asked
    /// again then, and <see cref="Log"/> is told.
    /// </summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long one try is waited for. Once a server has answered some, it is less: three times what an answer of full
    /// length takes at the slowest pace that was seen there, and not under <see cref="LeastTryTime"/>.
    /// </summary>
    /// <remarks>
    /// An answer is sent when it is whole, so that a server that hangs looks like one that thinks: it is told by this
    /// time alone. Of a server that has answered nothing yet a hanging request is noticed when all of this is over.
    /// </remarks>
    public TimeSpan TryTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A try is waited for at least so long.</summary>
    public TimeSpan LeastTryTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Is called with a line on what failed and was given up, on any thread.</summary>
    public Action<string>? Log { get; init; }
}
