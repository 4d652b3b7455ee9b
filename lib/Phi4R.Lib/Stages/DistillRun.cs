using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Stages;

/// <summary>
/// One start of a distillation by servers: part by part of the problems, with what earlier starts received.
/// </summary>
internal sealed class DistillRun : IDisposable
{
    private const string Completion = "completion";

    // After so many failures in a row nobody is there to ask.
    private const int HopelessRow = 200;

    private readonly IReadOnlyList<Problem> _problems;
    private readonly DistillOptions _options;
    private readonly DistillFolder _folder;
    private readonly Dictionary<int, Part> _open = [];
    private readonly Dictionary<string, long> _leftOut = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly FailureStreak _streak = new(HopelessRow);
    private readonly int _problemsOfPart;
    private Task _settling = Task.CompletedTask;
    private long _there;
    private long _wanted;
    private long _failed;
    private long _tokens;
    private (long Correct, long All) _verdicts;

    public DistillRun(IReadOnlyList<Problem> problems, string folder, DistillOptions options)
    {
        _options = options;
        _problems = DistillProblems.Usable(problems, _leftOut, options.Log);
        _problemsOfPart = Math.Max(1, options.PartCompletions / options.RolloutsPerProblem);
        _folder = new(folder, new
        {
            Teacher = options.Teacher.Identity,
            Judge = options.Judge?.Identity,
            Labeler = options.Labeler?.Identity,
            options.RolloutsPerProblem,
            options.MaxResample,
            options.Seed,
            options.Repetition,
            options.PartCompletions,
            Problems = new { _problems.Count, Hash = DistillProblems.Hash(_problems) },
        });
    }

    private int Parts => (_problems.Count + _problemsOfPart - 1) / _problemsOfPart;

    public void Dispose() => _folder.Dispose();

    /// <summary>Asks for all that is lacking.</summary>
    public async Task<DistillReport> RunAsync(JsonObject beside, CancellationToken cancel)
    {
        List<int> lacking = [];
        _wanted = (long)_problems.Count * _options.RolloutsPerProblem;
        var (there, tokensThere) = (0L, 0L);
        for (var part = 0; part < Parts; part++)
        {
            cancel.ThrowIfCancellationRequested();
            if (_folder.Report(part) is { IsWhole: true } whole)
            {
                _folder.Journal(part).Delete(); // Left where the last start was killed right before this.
                (there, tokensThere) = (there + whole.Completions, tokensThere + whole.Tokens);
                _wanted += whole.Completions - (whole.Problems * _options.RolloutsPerProblem);
            }
            else
            {
                lacking.Add(part);
                var known = _folder.Journal(part).Read().Where(pair => pair.Key.StartsWith(Completion,
                    StringComparison.Ordinal)).Select(pair => pair.Value).ToList();
                (there, tokensThere) = (there + known.Count, tokensThere + known.Sum(one => (long)one.TokenCount));
            }
        }

        _there = there;
        _options.Estimated?.Invoke(new DistillEstimate
        {
            Problems = _problems.Count,
            Completions = _wanted,
            There = there,
            TokensThere = tokensThere,
            MaxTokens = _options.Teacher.Sampling.MaxTokens,
        });
        var collection = new RolloutCollection
        {
            Teacher = Servers(_options.Teacher, Completion, Teach, Received),
            Verify = Verifiers.FinalAnswer,
            Judge = _options.Judge is { } judge ? Servers(judge, "judgement", Judge) : null,
            JudgeName = _options.Judge?.Name ?? "",
            Labeler = _options.Labeler is { } labeler ? Servers(labeler, "labels", Label) : null,
            GroupSize = _options.RolloutsPerProblem,
            MaxResample = _options.MaxResample,
            MaxOpen = _options.ProblemsInFlight,
            KeepsText = false,
            Finished = Finished,
            Resampling = () => _wanted += _options.RolloutsPerProblem,
        };
        await collection.RunAsync(lacking.SelectMany(Open), Done, cancel).ConfigureAwait(false);
        await _settling.ConfigureAwait(false);
        var leftOut = beside["left_out"] as JsonObject ?? [];
        beside["left_out"] = leftOut.Parent is null ? leftOut : leftOut.DeepClone();
        foreach (var (why, count) in _leftOut)
        {
            beside["left_out"]![why] = count;
        }

        return _folder.Finish(Parts, beside, _options.PricePerMillion);
    }

    private IEnumerable<(int Place, Problem Problem)> Open(int part)
    {
        var first = part * _problemsOfPart;
        var count = Math.Min(_problemsOfPart, _problems.Count - first);
        lock (_gate)
        {
            _open[part] = new Part(part, _folder.Journal(part), new ProblemInFlight[count]);
        }

        for (var place = first; place < first + count; place++)
        {
            yield return (place, Labeling.OfSet(_problems[place]));
        }
    }

    private Answerer Servers(
        AskedModel model, string kind, Func<Wish, string> prompt, Action<ChatOutcome>? received = null) =>
        Answerers.Servers(
            model.Servers.AskAsync,
            wish => Asking(model, kind, prompt, wish),
            wish => PartOf(wish.Asked).Journal,
            outcome =>
            {
                if (outcome.Failure is { } why)
                {
                    _options.Log?.Invoke($"{outcome.Task.Key} failed at {outcome.Server}: {why}");
                }

                received?.Invoke(outcome);
            });

    private ChatTask Asking(AskedModel model, string kind, Func<Wish, string> prompt, Wish wish)
    {
        var (id, number) = (wish.Asked.Problem.Id, wish.Number);
        var seed = Randomness.For(_options.Seed, kind, (long)StableHash.Of(id), number).State;
        return Answerers.Task($"{kind}/{id}/{number}", model.Name, prompt(wish), model.Sampling, seed);
    }

    private string Teach(Wish wish) => _options.Teacher.Prompt.Fill(wish.Asked.Problem.Question);

    private string Judge(Wish wish) => _options.Judge!.Prompt.Fill(
        wish.Asked.Problem.Question, wish.Asked.Problem.Answer,
        Judging.Shown(wish.Asked.Completions[wish.Number].Graded!.Completion.Text));

    private string Label(Wish wish) => _options.Labeler!.Prompt.Fill(wish.Asked.Problem.Question);

    private Part PartOf(ProblemInFlight asked)
    {
        lock (_gate)
        {
            return _open[asked.Place / _problemsOfPart];
        }
    }

    private void Received(ChatOutcome outcome)
    {
        var isHopeless = _streak.Ends(outcome);
        if (outcome.Failure is null)
        {
            Interlocked.Increment(ref _there);
            Interlocked.Add(ref _tokens, outcome.Completion.TokenCount);
            return;
        }

        Interlocked.Increment(ref _failed);
        if (isHopeless)
        {
            throw new InvalidOperationException($"{HopelessRow} completions in a row could not be had of "
                + $"{_options.Teacher.Name}; the last: {outcome.Failure} What was received is kept; start again when "
                + "its servers answer.");
        }
    }

    private void Finished(AskedCompletion one)
    {
        if (one.Graded is { } graded)
        {
            _verdicts = (_verdicts.Correct + (graded.IsCorrect ? 1 : 0), _verdicts.All + 1);
        }

        Tell();
    }

    private void Tell() => _options.Progress?.Report(new DistillProgress
    {
        There = Interlocked.Read(ref _there),
        Of = _wanted,
        Failed = Interlocked.Read(ref _failed),
        Tokens = Interlocked.Read(ref _tokens),
        CorrectShare = _verdicts.All > 0 ? (double)_verdicts.Correct / _verdicts.All : 0,
    });

    private void Done(ProblemInFlight asked)
    {
        if (_settling.IsFaulted)
        {
            _settling.GetAwaiter().GetResult(); // A disk that is full ends all, and not only at the end.
        }

        var part = PartOf(asked);
        part.Problems[asked.Place % _problemsOfPart] = asked;
        part.Done++;
        if (part.Done == part.Problems.Length)
        {
            _settling = Settle(_settling, part);
        }
    }

    // One part after the other, beside what is asked meanwhile.
    private async Task Settle(Task before, Part part)
    {
        await before.ConfigureAwait(false);
        await Task.Run(() => Settle(part)).ConfigureAwait(false);
        lock (_gate)
        {
            _open.Remove(part.Number);
        }
    }

    private void Settle(Part part)
    {
        var received = part.Journal.Read();
        var repetitive = 0L;
        var report = part.Problems.Select(DistillReport.Of)
            .Aggregate(new DistillReport { TornLines = part.Journal.Dropped }, (sum, one) => sum.Plus(one));
        _folder.Write(part.Number, part.Problems.SelectMany(Rollouts), part.Problems.Select(asked => asked.Labeled),
            () => report with { Repetitive = repetitive });
        if (report.IsWhole)
        {
            part.Journal.Delete();
        }

        IEnumerable<Rollout> Rollouts(ProblemInFlight asked)
        {
            foreach (var (number, one) in asked.Completions.Index().Where(one => one.Item.Graded is not null))
            {
                var key = Asking(_options.Teacher, Completion, Teach, new(asked, number)).Key;
                var graded = one.Graded! with { Completion = received[key] };
                var rollout = Rollout.Of(asked.Labeled, graded, _options.Repetition);
                rollout = rollout with { SolveRate = asked.PassRate };
                repetitive += rollout.Repetitive ? 1 : 0;
                yield return rollout;
            }
        }
    }

    private sealed record Part(int Number, ChatJournal Journal, ProblemInFlight[] Problems)
    {
        public int Done { get; set; }
    }
}
