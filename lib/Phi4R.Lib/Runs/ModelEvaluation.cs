using Microsoft.Extensions.AI;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Runs;

/// <summary>
/// Asks one model several benchmarks and keeps every completion in a folder, so that a stop at any moment loses none.
/// </summary>
/// <remarks>
/// In the folder: <c>settings.json</c>, <c>problems.jsonl</c>, <c>completions.jsonl</c> (a line as soon as a completion
/// comes) and, at the end, <c>results.json</c>. Started again, what is there is not asked for again; what failed is.
/// </remarks>
public sealed class ModelEvaluation : IDisposable
{
    // Completions of a part: few enough that several workers have some of a small benchmark.
    private const int PartCompletions = 64;

    private readonly string _folder;
    private readonly EvaluationSettings _settings;
    private readonly CompletionsFile _file;
    private readonly EvaluationScores[] _scores;
    private readonly bool[][] _had;
    private readonly Dictionary<(string Benchmark, string Problem), (int Benchmark, int Place)> _places = [];
    private readonly HashSet<(int Benchmark, int Place, int Sample)> _failed = [];
    private readonly Action<string>? _log;
    private readonly Lock _gate = new();

    /// <summary>Opens the folder, or makes it, and reads what is there.</summary>
    /// <param name="log">Is called with a line on what was found, dropped or given up.</param>
    /// <exception cref="ArgumentException">
    /// The folder holds an evaluation with other settings; the message says which differ.
    /// </exception>
    /// <exception cref="IOException">Another process works there, or the disk cannot be written.</exception>
    public ModelEvaluation(string folder, EvaluationSettings settings, Action<string>? log = null)
    {
        (_folder, _log) = (folder, log);
        _settings = settings with { Verifier = RoomCode.Verifier };
        _scores = [.. settings.Benchmarks.Select(benchmark => new EvaluationScores(benchmark))];
        _had = [.. settings.Benchmarks.Select(benchmark => new bool[benchmark.Completions])];
        foreach (var (b, benchmark) in settings.Benchmarks.Index())
        {
            foreach (var (place, problem) in benchmark.Problems.Index())
            {
                _places.Add((benchmark.Name, problem.Id), (b, place));
            }
        }

        var before = EvaluationSettings.Find(folder);
        if (before is null && File.Exists(Path.Combine(folder, EvaluationFolder.CompletionsFile)))
        {
            throw new ArgumentException($"{folder} holds {EvaluationFolder.CompletionsFile} without "
                + $"{EvaluationSettings.FileName}, so that nobody knows how they were asked for. Take another folder "
                + "with --out.");
        }

        if (before is not null)
        {
            if (_settings.DifferencesFrom(before) is { Count: > 0 } differences)
            {
                throw new ArgumentException($"{folder} holds an evaluation with other settings: "
                    + $"{Listing.Few(differences, "; ")}. Take another folder with --out, or the same words as "
                    + "before.");
            }

            if (before.Verifier != _settings.Verifier)
            {
                var changed = Rejudging.Run(folder).Changed.Count;
                log?.Invoke($"the verifier has changed since: the verdicts were given anew, {changed} are others now");
            }
        }

        _file = new CompletionsFile(folder);
        AskedProblems.Write(folder, _settings.Benchmarks);
        _settings.Write(folder);
        var (again, strange) = (0, 0);
        var torn = _file.Read(completion =>
        {
            if (Slot(completion) is not (var b, var place) || Had(b, place, completion.Sample))
            {
                strange++;
                return false;
            }

            if (completion.Verdict == EvaluatedCompletion.Failed)
            {
                again++;
                _failed.Add((b, place, completion.Sample));
                return false;
            }

            Keep(b, place, completion);
            return true;
        });
        Tell(torn, "lines were torn or damaged; they are dropped and asked for again");
        Tell(strange, "lines were of no completion of this evaluation, or there twice; they are dropped");
        Tell(again, "completions had failed and are asked for again");
    }

    /// <summary>Who asks: this process, unless workers of a cluster do.</summary>
    public IPartHost Host { get; set; } = LocalParts.Instance;

    /// <summary>Where a worker on another machine asks the model; null where only this process can.</summary>
    public ModelAddress? Address { get; init; }

    /// <summary>How much there is to do.</summary>
    public EvaluationPlan Plan
    {
        get
        {
            var (expected, most, kept, total) = (0.0, 0L, 0, 0);
            foreach (var (b, benchmark) in _settings.Benchmarks.Index())
            {
                var had = _scores[b].Had;
                var mean = had > 0
                    ? (double)_scores[b].Tokens / had
                    : Math.Min(benchmark.GuessedTokens, _settings.Sampling.MaxTokens);
                expected += mean * (benchmark.Completions - had);
                most += (long)_settings.Sampling.MaxTokens * (benchmark.Completions - had);
                (kept, total) = (kept + had, total + benchmark.Completions);
            }

            return new(total, kept, (long)expected, most);
        }
    }

    /// <summary>Asks for what is not there yet, and writes the results.</summary>
    /// <param name="clients">The servers, or this process's engine; they stay the caller's.</param>
    /// <param name="room">
    /// Tokens that an answer to such a prompt may have at the most; null where the servers hold whatever is asked for.
    /// </param>
    /// <exception cref="OperationCanceledException">
    /// It was asked to end; the results of what came are written.
    /// </exception>
    public async Task<EvaluationReport> RunAsync(
        IReadOnlyList<IChatClient> clients, ChatPoolOptions? options = null, Func<ChatMessage, int>? room = null,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        var started = TimeProvider.System.GetTimestamp();
        var (came, failed) = (0, 0);
        using var work = new EvaluationWork(new ChatPool(clients, options));
        EvaluationReport report;
        try
        {
            await Host.RunAsync(Parts(work, room, Take), cancel.OrHosts()).ConfigureAwait(false);
        }
        catch (PartFaultException nobody)
        {
            _log?.Invoke(nobody.Message);
        }
        finally
        {
            report = Conclude();
        }

        return report;

        // The one place where anything is kept and counted, whoever asked.
        PartTally Take(EvaluatedCompletion completion)
        {
            lock (_gate)
            {
                if (Slot(completion) is not (var b, var place) || Had(b, place, completion.Sample))
                {
                    return default; // Asked for twice: what came first is kept.
                }

                _file.Append(completion);
                came++;
                var isFailed = completion.Verdict == EvaluatedCompletion.Failed;
                if (isFailed)
                {
                    failed++;
                }
                else
                {
                    Keep(b, place, completion);
                }

                progress?.Report(Progress(completion, came, failed, TimeProvider.System.GetElapsedTime(started)));
                return isFailed ? new(0, 0, 1) : new(1, completion.Tokens, 0);
            }
        }
    }

    /// <summary>Writes the results of the completions that are there.</summary>
    public EvaluationReport Conclude()
    {
        var report = EvaluationResults.Of(_settings, _scores);
        EvaluationResults.Write(_folder, report);
        return report;
    }

    public void Dispose() => _file.Dispose();

    // The first sample of every problem, then the second: what is known early is known of all. What failed before comes
    // last, so that it keeps nothing else from being asked for.
    private IEnumerable<(int Benchmark, int Place, int Sample)> Missing()
    {
        foreach (var again in new[] { false, true })
        {
            for (var sample = 0; sample < _settings.Benchmarks.Max(benchmark => benchmark.Samples); sample++)
            {
                foreach (var (b, benchmark) in _settings.Benchmarks.Index().Where(pair => pair.Item.Samples > sample))
                {
                    for (var place = 0; place < benchmark.Problems.Count; place++)
                    {
                        if (!Had(b, place, sample) && _failed.Contains((b, place, sample)) == again)
                        {
                            yield return (b, place, sample);
                        }
                    }
                }
            }
        }
    }

    private IEnumerable<IPart> Parts(
        EvaluationWork work, Func<ChatMessage, int>? room, Func<EvaluatedCompletion, PartTally> take) =>
        Missing().Select(slot => One(_settings.Benchmarks[slot.Benchmark], slot.Place, slot.Sample, room))
            .Chunk(PartCompletions).Select(asked => new EvaluationPart(work, Address, asked, take));

    private AskedSample One(AskedBenchmark benchmark, int place, int sample, Func<ChatMessage, int>? room)
    {
        var problem = benchmark.Asked(place, sample, _settings.ShufflesEachSample, _settings.Seed);
        var prompt = benchmark.Prompt(problem);
        var sampling = _settings.Sampling;
        if (room?.Invoke(new ChatMessage(ChatRole.User, prompt)) is { } most && most < sampling.MaxTokens)
        {
            sampling = sampling with { MaxTokens = Math.Max(1, most) };
        }

        return new()
        {
            Benchmark = benchmark.Name,
            Sample = sample,
            Problem = problem,
            Prompt = prompt,
            Sampling = sampling,
            Seed = Randomness.For(_settings.Seed, $"evaluation on {benchmark.Name}", place, sample).State,
        };
    }

    private EvaluationProgress Progress(EvaluatedCompletion completion, int came, int failed, TimeSpan elapsed)
    {
        var (had, total) = (_scores.Sum(score => score.Had), _had.Sum(slots => slots.Length));
        return new()
        {
            Done = had,
            Total = total,
            Failed = failed,
            MeanTokens = (double)_scores.Sum(score => score.Tokens) / Math.Max(1, had),
            Left = elapsed * ((total - had - failed) / (double)came),
            Completion = completion,
        };
    }

    private (int Benchmark, int Place)? Slot(EvaluatedCompletion completion) =>
        _places.TryGetValue((completion.Benchmark, completion.Problem), out var slot)
        && completion.Sample >= 0 && completion.Sample < _settings.Benchmarks[slot.Benchmark].Samples ? slot : null;

    private bool Had(int b, int place, int sample) =>
        _had[b][(place * _settings.Benchmarks[b].Samples) + sample];

    private void Keep(int b, int place, EvaluatedCompletion completion)
    {
        _had[b][(place * _settings.Benchmarks[b].Samples) + completion.Sample] = true;
        _scores[b].Add(place, completion);
    }

    private void Tell(int count, string what)
    {
        if (count > 0)
        {
            _log?.Invoke($"{count} {what}");
        }
    }
}
