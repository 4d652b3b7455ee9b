using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>Answers to one prompt that are sampled by one worker: a request, or a part of a large one.</summary>
internal sealed class GenerationTask(
    SampleRequest request, int first, int count, SamplingConfig config, IReadOnlyList<int> stopIds,
    Func<SampledToken, bool>? told, Action<int, Completion> done, TaskCompletionSource<Completion[]> answers)
{
    public SampleRequest Request => request;

    /// <summary>The first of the request's answers that this is, and how many.</summary>
    public int First => first;

    public int Count => count;

    public SamplingConfig Config => config;

    public IReadOnlyList<int> StopIds => stopIds;

    /// <summary>Given each token; says whether its answer goes on.</summary>
    public Func<SampledToken, bool>? Told => told;

    /// <summary>Given each finished answer and its place in the request.</summary>
    public Action<int, Completion> Done => done;

    /// <summary>Whether nobody waits for the answers any more: they were cancelled, or one of them failed.</summary>
    public bool IsOver => answers.Task.IsCompleted;

    /// <summary>Ends the whole request with a problem.</summary>
    public void Fail(Exception problem) => answers.TrySetException(problem);
}

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

/// <summary>Tokens that are being computed, or are computed, and the answers that go on from them.</summary>
internal sealed class Prompt(int[] ids, bool useLong, IEnumerable<Answer> answers)
{
    public int[] Ids => ids;

    public Queue<Answer> Answers { get; set; } = new(answers);

    public CachedSequence Sequence { get; } = new(useLong);

    /// <summary>Tokens that are computed.</summary>
    public int Fed { get; set; }

    /// <summary>Those after the last token, once it is computed.</summary>
    public float[]? Logits { get; set; }

    /// <summary>Takes out the answers that nobody waits for any more.</summary>
    /// <returns>How many they were.</returns>
    public int DropCancelled()
    {
        var before = Answers.Count;
        Answers = new Queue<Answer>(Answers.Where(answer => !answer.Job.IsOver));
        return before - Answers.Count;
    }
}
