using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>An answer that is being sampled.</summary>
internal sealed class Answer(GenerationTask job, int index)
{
    public GenerationTask Job => job;

    /// <summary>Its place in the request.</summary>
    public int Index => index;

    public RandomStream Stream => job.Request.Streams[index];

    public List<int> Tokens { get; } = [];

    public List<float> LogProbabilities { get; } = [];

    public List<float> Plain { get; } = [];

    /// <summary>
    /// Takes its next token; one logit that is not finite makes the plain log-probability NaN, and fails all.
    /// </summary>
    /// <returns>Whether somebody still waits for it.</returns>
    public bool Add((int Token, float LogProbability, float Plain) drawn)
    {
        if (float.IsNaN(drawn.Plain))
        {
            Job.Fail(NotFiniteException.AfterTokens(Length));
        }

        Tokens.Add(drawn.Token);
        LogProbabilities.Add(drawn.LogProbability);
        Plain.Add(drawn.Plain);
        return !Job.IsOver;
    }

    /// <summary>All of it, once it is over; whoever knows the tokenizer adds the text.</summary>
    public Completion Completed(FinishReason finish) => new()
    {
        TokenIds = [.. Tokens],
        LogProbs = [.. LogProbabilities],
        PlainLogProbs = [.. Plain],
        Finish = finish,
    };

    /// <summary>Where prompt and answer are cached, all but the last token.</summary>
    public CachedSequence Sequence { get; set; } = new(useLong: true);

    /// <summary>Tokens of the prompt and so far.</summary>
    public int Length => job.Request.Prompt.Length + Tokens.Count;
}
