namespace Phi4R.Foundation;

/// <summary>
/// A part of a stage: what can be made apart from all else, by this process or by a worker on another machine.
/// </summary>
/// <remarks>
/// It is made at least once: where a worker is lost, another is handed what is lacking. Whoever handed it out takes in
/// what comes of it, and what comes twice counts once.
/// </remarks>
public interface IPart
{
    /// <summary>Names the part by its kind and a hash of all that it depends on.</summary>
    string Id { get; }

    /// <summary>What a worker must be able to do to make it, such as "distill".</summary>
    string Kind { get; }

    /// <summary>Makes the part in this process.</summary>
    /// <param name="begun">Is called when nothing of it is left to begin, so that the next part can.</param>
    Task RunAsync(Action begun, CancellationToken cancel);

    /// <summary>What a worker has to know to make what is lacking, as JSON; null where nothing is lacking.</summary>
    byte[]? Lacking();

    /// <summary>Takes in what a worker says of it; one worker at a time says something of a part.</summary>
    /// <returns>How much that was.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not what a worker of this version says.</exception>
    PartTally Take(ReadOnlySpan<byte> news);
}

/// <summary>Runs parts: in this process, or on the workers of a cluster.</summary>
public interface IPartHost
{
    /// <summary>Makes all parts, several at a time; returns when nothing of any is lacking.</summary>
    /// <param name="parts">Are opened one by one, as there is room for the next.</param>
    /// <exception cref="PartFaultException">Nobody can go on with them.</exception>
    Task RunAsync(IEnumerable<IPart> parts, CancellationToken cancel);
}

/// <summary>Whoever makes parts cannot go on with any: its servers do not answer, or it runs another version.</summary>
public sealed class PartFaultException(string message) : InvalidOperationException(message);
