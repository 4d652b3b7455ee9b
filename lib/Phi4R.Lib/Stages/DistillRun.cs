using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Stages;

/// <summary>
/// One start of a distillation by servers: part by part of the problems, with what earlier starts received.
/// </summary>
internal sealed class DistillRun : IDisposable
{
    private readonly IReadOnlyList<Problem> _problems;
    private readonly DistillOptions _options;
    private readonly DistillWork _work;
    private readonly DistillFolder _folder;
    private readonly Dictionary<string, long> _leftOut = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _problemsOfPart;
    private Task _settling = Task.CompletedTask;
    private long _there;
    private long _wanted;
    private long _failed;
    private long _tokens;
    private (long Correct, long All) _verdicts;

    public DistillRun(IReadOnlyList<Problem> problems, string folder, DistillOptions options)
    {
        (_options, _work) = (options, new(options));
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

    public void Dispose()
    {
        _work.Dispose();
        _folder.Dispose();
    }

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
                var known = _folder.Journal(part).Read().Where(pair => pair.Key.StartsWith(
                    DistillWork.Completion, StringComparison.Ordinal)).Select(pair => pair.Value).ToList();
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
        await _options.Host.RunAsync(lacking.Select(Open), cancel).ConfigureAwait(false);
        await _settling.ConfigureAwait(false);
        var leftOut = beside["left_out"] as JsonObject ?? [];
        beside["left_out"] = leftOut.Parent is null ? leftOut : leftOut.DeepClone();
        foreach (var (why, count) in _leftOut)
        {
            beside["left_out"]![why] = count;
        }

        return _folder.Finish(Parts, beside, _options.PricePerMillion);
    }

    private DistillPart Open(int part)
    {
        var first = part * _problemsOfPart;
        return new(part, _options, _work, _folder.Journal(part), Take)
        {
            First = first,
            Problems = [.. _problems.Skip(first).Take(_problemsOfPart).Select(Labeling.OfSet)],
        };
    }

    // The one place where anything is kept and counted, whoever made it.
    private PartTally Take(DistillPart part, DistillNews news)
    {
        lock (_gate)
        {
            var tally = news switch
            {
                TextCame { Failure: { } why } text => Missed(text, why),
                TextCame text => Received(part, text),
                ProblemDone { Asked: var asked } => Done(part, asked),
                _ => SampledAgain(),
            };
            Tell();
            return tally;
        }
    }

    private PartTally Received(DistillPart part, TextCame text)
    {
        if (!part.Keep(text) || !text.IsCompletion)
        {
            return default;
        }

        (_there, _tokens) = (_there + 1, _tokens + text.Completion.TokenCount);
        return new(1, text.Completion.TokenCount, 0);
    }

    private PartTally Missed(TextCame text, string why)
    {
        _options.Log?.Invoke($"{text.Key} failed at {text.Server}: {why}");
        _failed += text.IsCompletion ? 1 : 0;
        return new(0, 0, 1);
    }

    private PartTally SampledAgain()
    {
        _wanted += _options.RolloutsPerProblem;
        return default;
    }

    private void Tell() => _options.Progress?.Report(new DistillProgress
    {
        There = _there,
        Of = _wanted,
        Failed = _failed,
        Tokens = _tokens,
        CorrectShare = _verdicts.All > 0 ? (double)_verdicts.Correct / _verdicts.All : 0,
    });

    private PartTally Done(DistillPart part, ProblemInFlight asked)
    {
        if (_settling.IsFaulted)
        {
            _settling.GetAwaiter().GetResult(); // A disk that is full ends all, and not only at the end.
        }

        ref var done = ref part.Done[asked.Place - part.First];
        if (done is not null)
        {
            return default; // Made twice: what came first is kept.
        }

        done = asked;
        foreach (var graded in asked.Completions.Select(one => one.Graded).OfType<GradedCompletion>())
        {
            _verdicts = (_verdicts.Correct + (graded.IsCorrect ? 1 : 0), _verdicts.All + 1);
        }

        if (part.IsDone)
        {
            _settling = Settle(_settling, part);
        }

        return default;
    }

    // One part after the other, beside what is asked meanwhile.
    private async Task Settle(Task before, DistillPart part)
    {
        await before.ConfigureAwait(false);
        await Task.Run(() => Settle(part)).ConfigureAwait(false);
    }

    private void Settle(DistillPart part)
    {
        var received = part.Journal.Read();
        var repetitive = 0L;
        var done = part.Done.OfType<ProblemInFlight>().ToList();
        var report = done.Select(DistillReport.Of)
            .Aggregate(new DistillReport { TornLines = part.Journal.Dropped }, (sum, one) => sum.Plus(one));
        _folder.Write(part.Number, done.SelectMany(Rollouts), done.Select(asked => asked.Labeled),
            () => report with { Repetitive = repetitive });
        if (report.IsWhole)
        {
            part.Journal.Delete();
        }

        IEnumerable<Rollout> Rollouts(ProblemInFlight asked)
        {
            foreach (var (number, one) in asked.Completions.Index().Where(one => one.Item.Graded is not null))
            {
                var graded = one.Graded! with { Completion = received[_work.Key(asked, number)] };
                var rollout = Rollout.Of(asked.Labeled, graded, _options.Repetition);
                rollout = rollout with { SolveRate = asked.PassRate };
                repetitive += rollout.Repetitive ? 1 : 0;
                yield return rollout;
            }
        }
    }
}
