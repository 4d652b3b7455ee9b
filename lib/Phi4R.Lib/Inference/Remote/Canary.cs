using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A fixed prompt that shows whether a server has the policy's weights: of tokens of the server's own the policy must
/// think as the server does.
/// </summary>
/// <param name="engine">Who is asked, as a person reads it.</param>
/// <param name="processedAdvice">
/// How to have the server tell log-probabilities of the distribution sampled from; null where that is not looked at.
/// </param>
internal sealed class Canary(string engine, string? processedAdvice)
{
    private const int Tokens = 32;
    private const int Tries = 8;
    private const double Cool = 0.5;
    private const double Moved = 1e-4;

    private (float[] Theirs, float[] Ours)? _before;

    /// <summary>The request, at a temperature; the seed of each try is the same each time.</summary>
    public static GenerationRequest Request(int[] prompt, double temperature, int tokens, int attempt = 0) => new()
    {
        PromptIds = prompt,
        Seeds = [(attempt == 0 ? Randomness.For(1, "probe of a server")
            : Randomness.For(1, "probe of a server", attempt)).State],
        Sampling = new SamplingConfig { Temperature = temperature, TopP = 1, MaxTokens = tokens },
        StopIds = [],
    };

    /// <summary>Compares the server's log-probabilities with the policy's.</summary>
    /// <param name="ask">Asks the server, and says why there is no completion.</param>
    /// <param name="tolerance">In nats a token.</param>
    /// <exception cref="InvalidDataException">They disagree; the message says in what.</exception>
    public async Task CheckAsync(
        LanguageModel policy, Func<GenerationRequest, Task<(Completion? Completion, string Problem)>> ask,
        double tolerance)
    {
        var prompt = Enumerable.Range(1, 4).Select(id => id % policy.Config.VocabularySize).ToArray();
        var tokens = Math.Min(Tokens, policy.Config.MaxPositions - prompt.Length);
        var (plain, problem) = await AskAsync(1, completion => completion.PlainLogProbs).ConfigureAwait(false);
        var theirs = plain?.PlainLogProbs ?? throw new InvalidDataException(plain is null
            ? $"{engine} does not answer a fixed prompt, so it cannot be seen whether it has the policy's weights: "
                + $"{problem}."
            : $"{engine} tells no log-probabilities, so it cannot be seen whether it has the policy's weights.");
        var ours = LogProbs(policy, prompt, plain.TokenIds, 1);
        var apart = Apart(theirs, ours);

        // One step of training moves less than two engines differ by; but what did not move to the last bit, while the
        // policy did, was not loaded.
        if (_before is { } before && Apart(theirs, before.Theirs) == 0 && Apart(ours, before.Ours) > Moved)
        {
            throw new InvalidDataException($"{engine} says that it took the policy's weights and answers with those "
                + $"that it had before: the log-probabilities of the same {theirs.Length} tokens are equal to the "
                + $"last bit, and the policy's are up to {Apart(ours, before.Ours):G3} nats from where they were. No "
                + "weight was changed; start it again on the newest checkpoint.");
        }

        if (!(apart <= tolerance))
        {
            throw new InvalidDataException($"{engine} answers with other weights than the policy's: of the same "
                + $"{theirs.Length} tokens the log-probabilities are up to {apart:G3} nats apart. No weight was "
                + "changed. Does it turn positions by the same factors, which vLLM chooses by its longest context?");
        }

        _before = (theirs, ours);
        if (processedAdvice is null)
        {
            return;
        }

        var (cool, missing) = await AskAsync(Cool, completion => completion.LogProbs).ConfigureAwait(false);
        var told = cool?.LogProbs ?? throw new InvalidDataException(cool is null
            ? $"{engine} does not answer a fixed prompt at temperature {Cool}: {missing}."
            : $"{engine} tells no log-probabilities of the distribution that it samples from. {processedAdvice}");
        if (!(Apart(told, LogProbs(policy, prompt, cool.TokenIds, Cool)) <= tolerance))
        {
            throw new InvalidDataException(
                Apart(told, LogProbs(policy, prompt, cool.TokenIds, 1)) <= tolerance
                    ? $"{engine} tells raw log-probabilities, those of temperature 1, and not those of the "
                        + $"distribution that it samples from. {processedAdvice}"
                    : $"{engine} tells log-probabilities at temperature {Cool} that are neither those of the "
                        + "distribution sampled from nor raw ones. No weight was changed.");
        }

        // A completion may come without any where a character is spelled by several tokens (llama.cpp's server): then
        // another seed is tried, and every second time a shorter one.
        async Task<(Completion? Completion, string Problem)> AskAsync(
            double temperature, Func<Completion, float[]?> told)
        {
            for (var attempt = 0; ; attempt++)
            {
                var asked = Request(prompt, temperature, Math.Max(1, tokens >> (attempt / 2)), attempt);
                var (completion, why) = await ask(asked).ConfigureAwait(false);
                if (completion is null || told(completion) is not null || attempt + 1 == Tries)
                {
                    return (completion, why);
                }
            }
        }
    }

    private static double Apart(float[] one, float[] other) => one.Length != other.Length
        ? double.PositiveInfinity
        : one.Zip(other, (left, right) => Math.Abs((double)left - right)).Max();

    private static float[] LogProbs(LanguageModel policy, int[] prompt, int[] completion, double temperature)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. prompt, .. completion];
        // [T, V]
        var scores = policy.call(tensor(ids, device: policy.Device).unsqueeze(0)).squeeze(0)
            .to_type(ScalarType.Float32);
        var logs = nn.functional.log_softmax(scores.div(RootedScalar.Of(temperature)), 1);
        return [.. completion.Select((id, t) => logs[prompt.Length + t - 1, id].cpu().item<float>())];
    }
}
