using System.Collections.Concurrent;

namespace Phi4R.Inference.Local;

/// <summary>
/// Draws a token for each of several answers side by side. Each has its own stream, so that it does not matter who
/// draws first.
/// </summary>
/// <param name="each">Calls a body with each number below a count, on as many cores as are free for it.</param>
internal sealed class TokenSamplers(int vocabulary, Action<int, Action<int>> each)
{
    private readonly ConcurrentBag<TokenSampler> _free = [];

    /// <summary>
    /// For each answer the token after its logits, which stand first in the decoder, in the same order.
    /// </summary>
    public (int Token, float LogProbability, float Plain)[] Next(IDecoder decoder, IReadOnlyList<Answer> answers)
    {
        var drawn = new (int, float, float)[answers.Count];
        each(answers.Count, i =>
        {
            var draw = _free.TryTake(out var free) ? free : new TokenSampler(vocabulary);
            drawn[i] = draw.Next(decoder.Logits(i), answers[i].Job.Config, answers[i].Stream);
            _free.Add(draw);
        });
        return drawn;
    }
}
