using System.Threading.Channels;
using Phi4R.Data;
using Phi4R.Verification;

namespace Phi4R.Stages;

/// <summary>
/// The one way from problems to verified and labeled completions: whoever answers writes some to each problem, the
/// verifier reads them, a judge looks again at what it rejects, problems without a right one are sampled again, and
/// labels that are unknown are asked for.
/// </summary>
/// <remarks>
/// All state changes in the loop of <see cref="RunAsync"/>, one event after the other, so nothing here is locked. The
/// places for problems that are under way bound everything that waits in a queue. Source: arXiv 2504.21233, sections
/// on data: a tool verifies, a model looks again at what it calls wrong, and rejected problems are sampled again.
/// </remarks>
internal sealed class RolloutCollection
{
    private const int EventsAhead = 256;

    private readonly Channel<Action> _events =
        Channel.CreateBounded<Action>(new BoundedChannelOptions(EventsAhead) { SingleReader = true });

    private readonly Channel<Wish> _completions = Channel.CreateUnbounded<Wish>();
    private readonly Channel<Wish> _judgements = Channel.CreateUnbounded<Wish>();
    private readonly Channel<Wish> _labels = Channel.CreateUnbounded<Wish>();
    private int _open;
    private volatile bool _isOver;

    /// <summary>Writes the completions.</summary>
    public required Answerer Teacher { get; init; }

    /// <summary>Reads completions first.</summary>
    public required Verifier Verify { get; init; }

    /// <summary>Looks again at what the verifier rejects; null for nobody.</summary>
    public Answerer? Judge { get; init; }

    /// <summary>What the judge is called in reasons.</summary>
    public string JudgeName { get; init; } = Judging.Judge;

    /// <summary>Is asked for labels that are unknown; null for nobody.</summary>
    public Answerer? Labeler { get; init; }

    /// <summary>Completions of each problem.</summary>
    public required int GroupSize { get; init; }

    /// <summary>How often a problem without a right completion is sampled again, a group each time.</summary>
    public int MaxResample { get; init; }

    /// <summary>
    /// Has a place for each problem that may be under way, of this collection and of others beside it.
    /// </summary>
    public required SemaphoreSlim Places { get; init; }

    /// <summary>Whether texts stay in memory until their problem is done; else nobody needs them by then.</summary>
    public bool KeepsText { get; init; } = true;

    /// <summary>Is called when a problem is sampled again.</summary>
    public Action? Resampling { get; init; }

    /// <summary>Is called when the last problem is under way.</summary>
    public Action? Begun { get; init; }

    /// <summary>Takes each problem through.</summary>
    /// <param name="problems">With the places that they are known by.</param>
    /// <param name="done">Is called with each problem when nothing more is waited for, one after the other.</param>
    public async Task RunAsync(
        IEnumerable<(int Place, Problem Problem)> problems, Action<ProblemInFlight> done, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task[] answerers =
        [
            Run(Teacher, _completions, Received, stop),
            Judge is null ? Task.CompletedTask : Run(Judge, _judgements, Judged, stop),
            Labeler is null ? Task.CompletedTask : Run(Labeler, _labels, Labeled, stop),
        ];
        try
        {
            using var next = problems.GetEnumerator();
            for (var more = Next(); more || _open > 0;)
            {
                // As many problems as there are places; then what comes is taken in.
                while (more && await HasPlaceAsync().ConfigureAwait(false))
                {
                    Open(new ProblemInFlight(next.Current.Place, next.Current.Problem));
                    more = Next();
                }

                if (_open > 0)
                {
                    (await _events.Reader.ReadAsync(stop.Token).ConfigureAwait(false))();
                }
            }

            bool Next()
            {
                stop.Token.ThrowIfCancellationRequested();
                if (next.MoveNext())
                {
                    return true;
                }

                Begun?.Invoke();
                return false;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // An answerer failed as a whole, and says below why.
        }
        finally
        {
            _isOver = true;
            _completions.Writer.Complete();
            _judgements.Writer.Complete();
            _labels.Writer.Complete();
            if (_open > 0)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                Places.Release(_open);
            }

            await Task.WhenAll(answerers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(answerers).ConfigureAwait(false);

        // Where others have all places, and nothing of this collection is under way, one of theirs is waited for.
        async ValueTask<bool> HasPlaceAsync()
        {
            if (_open > 0)
            {
                return Places.Wait(0, CancellationToken.None);
            }

            await Places.WaitAsync(stop.Token).ConfigureAwait(false);
            return true;
        }

        void Open(ProblemInFlight asked)
        {
            _open++;
            Sample(asked);
            if (Labeler is not null && Labeling.IsWanted(asked.Problem))
            {
                asked.Waiting++;
                _labels.Writer.TryWrite(new Wish(asked, 0));
            }
        }

        void Received(Wish wish, Completion? completion)
        {
            var one = wish.Asked.Completions[wish.Number];
            if (completion is null)
            {
                Settle(wish.Asked, one);
                return;
            }

            one.Graded = GradedCompletion.Of(wish.Asked.Problem, completion, Verify);
            if (Judge is not null && Judging.IsWanted(one.Graded))
            {
                _judgements.Writer.TryWrite(wish); // Waited for in place of the completion.
            }
            else
            {
                Settle(wish.Asked, one);
            }
        }

        void Judged(Wish wish, Completion? answer)
        {
            var one = wish.Asked.Completions[wish.Number];
            var said = answer is null ? null : Judging.Said(answer);
            one.Judge = answer is null ? Reply.Failed : said is null ? Reply.Unparsed : Reply.Read;
            one.JudgeTokens = answer?.TokenCount ?? 0;
            if (said is { } outcome)
            {
                var before = one.Graded!.Verdict;
                one.IsOverruled = (before.Outcome, outcome) == (Outcome.Incorrect, Outcome.Correct);
                one.Graded = one.Graded with { Verdict = Judging.After(before, outcome, JudgeName) };
            }

            Settle(wish.Asked, one);
        }

        void Labeled(Wish wish, Completion? answer)
        {
            var asked = wish.Asked;
            var labeled = answer is null ? null : Labeling.With(asked.Problem, answer);
            asked.Labels = answer is null ? Reply.Failed : labeled is null ? Reply.Unparsed : Reply.Read;
            asked.LabelTokens = answer?.TokenCount ?? 0;
            asked.Problem = labeled ?? asked.Problem;
            Settle(asked, null);
        }

        // One answer less is waited for. Where it was the last, the problem is sampled again or done.
        void Settle(ProblemInFlight asked, AskedCompletion? one)
        {
            if (one is not null)
            {
                one.Graded = KeepsText || one.Graded is null ? one.Graded : one.Graded with
                {
                    Completion = one.Graded.Completion with { Text = "" },
                };
            }

            asked.Waiting--;
            if (asked.Waiting > 0)
            {
                return;
            }

            if (asked.Resampled < MaxResample && asked.IsRejected)
            {
                asked.Resampled++;
                Resampling?.Invoke();
                Sample(asked);
                return;
            }

            _open--;
            Places.Release();
            done(asked);
        }

        void Sample(ProblemInFlight asked)
        {
            for (var i = 0; i < GroupSize; i++)
            {
                asked.Waiting++;
                _completions.Writer.TryWrite(new Wish(asked, asked.Completions.Count));
                asked.Completions.Add(new AskedCompletion());
            }
        }
    }

    // Ends all where an answerer cannot go on.
    private async Task Run(
        Answerer answerer, Channel<Wish> wishes, Action<Wish, Completion?> arrived, CancellationTokenSource stop)
    {
        try
        {
            await Task.Run(() => answerer(
                wishes.Reader.ReadAllAsync(stop.Token),
                (wish, completion) => _events.Writer.WriteAsync(() => arrived(wish, completion), stop.Token),
                stop.Token)).ConfigureAwait(false);
            if (!_isOver)
            {
                throw new InvalidOperationException("Whoever answers ended before all was answered.");
            }
        }
        catch (Exception)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
