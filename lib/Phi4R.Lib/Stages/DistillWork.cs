using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Stages;

/// <summary>
/// Makes parts of one distillation, in the process that began it or in a worker: asks servers, verifies, has judged
/// and labeled, and keeps nothing.
/// </summary>
internal sealed class DistillWork(DistillOptions options) : IDisposable
{
    public const string Kind = "distill";
    public const string Completion = "completion";

    // After so many failures in a row nobody is there to ask.
    private const int HopelessRow = 200;

    private readonly SemaphoreSlim _places = new(options.ProblemsInFlight);
    private readonly Lock _gate = new();
    private readonly FailureStreak _streak = new(HopelessRow);

    /// <summary>Takes problems through.</summary>
    /// <param name="known">What was received under a key before; null for nothing.</param>
    /// <param name="tell">Is called with what happens, one call after the other.</param>
    /// <param name="begun">Is called when the last problem is under way.</param>
    /// <exception cref="PartFaultException">The servers do not answer any more.</exception>
    public async Task RunAsync(
        IEnumerable<(int Place, Problem Problem)> problems, Func<string, Completion?> known, Action<DistillNews> tell,
        Action begun, CancellationToken cancel)
    {
        var gate = new Lock();
        var collection = new RolloutCollection
        {
            Teacher = Servers(options.Teacher, Completion, Teach, IsHopeless),
            Verify = Verifiers.FinalAnswer,
            Judge = options.Judge is { } judge ? Servers(judge, "judgement", Judge) : null,
            JudgeName = options.Judge?.Name ?? "",
            Labeler = options.Labeler is { } labeler ? Servers(labeler, "labels", Label) : null,
            GroupSize = options.RolloutsPerProblem,
            MaxResample = options.MaxResample,
            Places = _places,
            KeepsText = false,
            Resampling = () => Tell(new SampledAgain()),
            Begun = begun,
        };
        await collection.RunAsync(problems, asked => Tell(new ProblemDone(asked)), cancel).ConfigureAwait(false);

        Answerer Servers(
            AskedModel model, string kind, Func<Wish, string> prompt, Action<ChatOutcome>? then = null) =>
            Answerers.Servers(model.Servers.AskAsync, wish => Asking(model, kind, prompt, wish), known, outcome =>
            {
                Tell(new TextCame(outcome.Task.Key, outcome.Completion, outcome.Server, outcome.Failure));
                then?.Invoke(outcome);
            });

        // A teacher, a judge and the problems themselves have threads of their own.
        void Tell(DistillNews news)
        {
            lock (gate)
            {
                tell(news);
            }
        }
    }

    public void Dispose() => _places.Dispose();

    /// <summary>The key of a completion's text.</summary>
    public string Key(ProblemInFlight asked, int number) =>
        Asking(options.Teacher, Completion, Teach, new(asked, number)).Key;

    private ChatTask Asking(AskedModel model, string kind, Func<Wish, string> prompt, Wish wish)
    {
        var (id, number) = (wish.Asked.Problem.Id, wish.Number);
        var seed = Randomness.For(options.Seed, kind, (long)StableHash.Of(id), number).State;
        return Answerers.Task($"{kind}/{id}/{number}", model.Name, prompt(wish), model.Sampling, seed);
    }

    private string Teach(Wish wish) => options.Teacher.Prompt.Fill(wish.Asked.Problem.Question);

    private string Judge(Wish wish) => options.Judge!.Prompt.Fill(
        wish.Asked.Problem.Question, wish.Asked.Problem.Answer,
        Judging.Shown(wish.Asked.Completions[wish.Number].Graded!.Completion.Text));

    private string Label(Wish wish) => options.Labeler!.Prompt.Fill(wish.Asked.Problem.Question);

    private void IsHopeless(ChatOutcome outcome)
    {
        lock (_gate)
        {
            if (_streak.Ends(outcome))
            {
                throw new PartFaultException($"{HopelessRow} completions in a row could not be had of "
                    + $"{options.Teacher.Name}; the last: {outcome.Failure} What was received is kept; start again "
                    + "when its servers answer.");
            }
        }
    }
}
