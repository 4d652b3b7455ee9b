namespace Phi4R.Stages;

/// <summary>What becomes of a completion that met the length limit.</summary>
public enum Overlong
{
    /// <summary>It is wrong, and compared with the others.</summary>
    Wrong,

    /// <summary>It leaves its group before that is compared: being cut says nothing of its reasoning.</summary>
    LeftOut,

    /// <summary>
    /// It is wrong and loses another point, and so does more and more each completion of the last fifth before the
    /// limit.
    /// </summary>
    /// <remarks>
    /// Source: Yu et al. 2025, arXiv 2503.14476, equation 13, where the last 4,096 of 20,480 tokens are such.
    /// </remarks>
    SoftPenalty,
}

/// <summary>The verifiable reward.</summary>
internal static class Reward
{
    private const double SoftShare = 0.2;

    /// <summary>+1 or -1, and with <see cref="Overlong.SoftPenalty"/> up to a point less.</summary>
    /// <param name="tokens">Of the completion.</param>
    public static double Of(bool correct, int tokens, int maxTokens, Overlong overlong)
    {
        var free = (1 - SoftShare) * maxTokens;
        var penalty = overlong == Overlong.SoftPenalty ? Math.Clamp((tokens - free) / (maxTokens - free), 0, 1) : 0;
        return (correct ? 1 : -1) - penalty;
    }
}
