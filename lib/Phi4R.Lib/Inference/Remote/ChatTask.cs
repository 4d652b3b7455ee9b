using Microsoft.Extensions.AI;

namespace Phi4R.Inference.Remote;

/// <summary>One completion that is to be had of a pool of servers.</summary>
/// <param name="Key">Names it to the caller; the pool only hands it on.</param>
/// <param name="Messages">What the model is to answer.</param>
/// <param name="Sampling">Temperature, top-k, top-p and the length limit.</param>
/// <param name="Seed">Of this completion's own; equal seeds give equal answers where the server keeps to them.</param>
public sealed record ChatTask(string Key, IReadOnlyList<ChatMessage> Messages, SamplingConfig Sampling, ulong Seed);
