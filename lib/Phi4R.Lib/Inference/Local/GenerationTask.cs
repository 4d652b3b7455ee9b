using Phi4R.Data;

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
