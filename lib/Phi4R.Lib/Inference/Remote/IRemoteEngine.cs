using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>How one kind of server is asked, and what its answers mean.</summary>
internal interface IRemoteEngine
{
    /// <summary>Where completions are asked for.</summary>
    string Path { get; }

    /// <summary>Completions of one request at the most.</summary>
    int MostAtOnce { get; }

    /// <summary>
    /// Whether log-probabilities of one kind alone are to be those of the distribution sampled from, which is then
    /// seen to at each hand-over; what to start the server with is in the advice.
    /// </summary>
    string? ProcessedAdvice { get; }

    /// <summary>
    /// Why the server can be given no other weights, as a sentence without its end; null where it can.
    /// </summary>
    string? KeepsWeights => null;

    /// <summary>The request for completions.</summary>
    JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds);

    /// <summary>One completion of an answer, or why it is none to the request.</summary>
    /// <param name="index">Its place in the request.</param>
    /// <param name="version">What names the weights that should have written it; null where nobody said.</param>
    (Completion? Completion, string Problem) Read(
        JsonObject answer, int index, GenerationRequest request, string? version);

    /// <summary>What the server lacks to sample for a policy, or null.</summary>
    Task<string?> ProbeAsync(CancellationToken cancel);

    /// <summary>Has the server take the weights of a folder; why it did not, or null.</summary>
    Task<string?> TakeAsync(string folder, string version, CancellationToken cancel);

    /// <summary>The folder of the weights that the server was started on; null where it does not say.</summary>
    Task<string?> StartedOnAsync(CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>
    /// Has the server load adapters, which all requests from now on are for; why it did not, or null.
    /// </summary>
    /// <param name="name">A name that it never had before.</param>
    Task<string?> TakeAdaptersAsync(string folder, string name, CancellationToken cancel) =>
        Task.FromResult<string?>("such a server takes whole weights alone; leave --hand-over out");

    /// <summary>Has the server forget adapters that no request is for; why it did not, or null.</summary>
    Task<string?> DropAdaptersAsync(string name, CancellationToken cancel) => Task.FromResult<string?>(null);
}
