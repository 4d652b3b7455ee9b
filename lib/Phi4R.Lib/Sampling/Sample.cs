using Phi4R.Foundation;

namespace Phi4R.Sampling;

/// <summary>One prompt and how many answers to draw to it.</summary>
/// <param name="Prompt">Token ids.</param>
/// <param name="Streams">One stream of random numbers for each answer.</param>
public sealed record SampleRequest(int[] Prompt, IReadOnlyList<RandomStream> Streams);

/// <summary>One drawn answer.</summary>
/// <param name="Tokens">Ids after the prompt, the stop token included where one was drawn.</param>
/// <param name="LogProbabilities">Of each token at the sampling temperature, over the whole vocabulary, in nats.</param>
/// <param name="Cut">Whether the length limit ended it.</param>
public sealed record Sample(int[] Tokens, float[] LogProbabilities, bool Cut);
