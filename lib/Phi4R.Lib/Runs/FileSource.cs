using System.Collections.Concurrent;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Runs;

/// <summary>
/// A source of files: a released model, collected rollouts and problems, benchmarks. Nothing is generated.
/// </summary>
internal sealed class FileSource : IRecipeSource
{
    private const int SampledRollouts = 50_000;
    private const int Together = 256;

    private readonly RecipeFiles _files;
    private readonly ChatFormat _chat;
    private readonly Lazy<BenchmarkWords> _benchmarks;
    private readonly List<(string What, long Count, string Why)> _leftOut = [];
    private IReadOnlyList<Problem>? _problems;

    /// <exception cref="InvalidDataException">
    /// The released tokenizer or its chat template cannot be read, or the pocket's is to write a system turn.
    /// </exception>
    public FileSource(RecipeFiles files, FileHashes hashes)
    {
        _files = files;
        Tokenizer = files.Tokenizer == TokenizerKind.Pocket ? Pocket(files) : Released(files);
        _chat = new ChatFormat(Tokenizer);
        _benchmarks =
            new(() =>
                new BenchmarkWords(
                    files.Benchmarks.SelectMany(file => ProblemData.Read(RecipeFiles.Place(file)).Set.Problems),
                    files.SharedWords, Asked()));
        Identity = new
        {
            Model = string.Join(" ", Directory.GetFiles(files.ModelFolder!, "*.safetensors")
                .Order(StringComparer.Ordinal).Select(Hash)),
            Rollouts = Rollouts(RecipeFiles.Place(files.Rollouts)),
            Problems = Hash(RecipeFiles.Place(files.Problems)),
            Pairs = files.Pairs is null ? null : Hash(RecipeFiles.Place(files.Pairs)),
            Benchmarks = files.Benchmarks.Select(file => Hash(RecipeFiles.Place(file))).ToList(),
            Tokenizer.System,
            files.Tokenizer,
            files.SharedWords,
            Beside = new[] { "config.json", "tokenizer.json" }.Select(name => Path.Combine(files.ModelFolder!, name))
                .Where(File.Exists).Select(Hash).ToList(),
        };

        string Hash(string path) => hashes.Of(path);

        string Rollouts(string path) => Directory.Exists(path)
            ? string.Join(' ', PartManifest.Of(path, hashes).Select(part => part.Hash))
            : Hash(path);
    }

    public ITokenizer Tokenizer { get; }

    public Device Device { get; } = Doctor.ChosenDevice();

    public object? Identity { get; }

    public LanguageModel FirstModel(ModelConfig config, long seed) =>
        PretrainedModel.Load(_files.ModelFolder!, Device, TrainedModel.DrawnIn(Device), config.RopePolicy);

    public IReadOnlyList<TrainingExample> PretrainDocuments(PretrainData data, long seed) =>
        throw new InvalidOperationException("A recipe with Files starts from a released model; set its PretrainData "
            + "and Pretrain to null.");

    public int Distill(DistillConfig config, long seed, long stageSeed, KeepRollout keep, Ledger? ledger,
        IProgress<int>? progress, CancellationToken cancel)
    {
        cancel = cancel.OrHosts();
        var problems = TrainingProblems().ToDictionary(problem => problem.Id, StringComparer.Ordinal);
        Dictionary<string, int> taken = new(StringComparer.Ordinal);
        ConcurrentDictionary<ulong, bool> inBenchmark = [];
        Near near = new(_benchmarks.Value);
        var before = new Deduplication();
        var (beyondProblem, beyondProblems, contaminated, quoting, overruled) = (0, 0, 0, 0, 0);
        var (count, unjudged, isFull) = (0, 0, false);

        // Chunk by chunk: what each text says by itself on all cores, what depends on those before it in order.
        foreach (var chunk in RolloutFile.Read(RecipeFiles.Place(_files.Rollouts)).Chunk(Together))
        {
            var looked = InParallel(chunk, Looked);
            Rollout[] taking = [.. looked.Where(IsTaken).Select(one => one.Rollout)];
            foreach (var (rollout, verdict, ids) in InParallel(taking, Judge))
            {
                overruled += rollout is { Finished: true, Outcome: { } said } && Right(said) is { } right
                    && right != (verdict.Outcome == Outcome.Correct) ? 1 : 0;
                unjudged += verdict.Outcome == Outcome.Unverifiable ? 1 : 0;
                keep(rollout with { Verdict = verdict }, ids);
                count++;
                if (count % 1000 == 0)
                {
                    progress?.Report(taken.Count);
                }
            }

            if (isFull && ledger is null)
            {
                break; // A sample: the rest of the file would only be counted.
            }
        }

        progress?.Report(taken.Count);
        if (ledger is not null)
        {
            ledger.Add("rollouts", contaminated, Contaminated);
            ledger.Add("rollouts", quoting, $"their text quotes {_files.SharedWords} words in a row of a benchmark's "
                + "question (SharedWords)");
            near.Tell(ledger);
            ledger.Add("rollouts", before.Repeats, "the same answer to the same question was there before");
            ledger.Add("rollouts", beyondProblem, $"in the file, and beyond the {config.RolloutsPerProblem} asked "
                + "for of one problem");
            ledger.Add("rollouts", beyondProblems, "in the file, and of problems beyond the "
                + $"{config.Problems} asked for");
            ledger.Add("problems", config.Problems - taken.Count,
                "asked for (Distill.Problems) and not in the file of rollouts");
            ledger.Add("verdicts", overruled, "of the file's; by the reference answer the verifier says otherwise, "
                + "and is believed");
        }

        return unjudged;

        (Rollout Rollout, bool IsContaminated, bool Quotes, ulong Sign) Looked(Rollout rollout)
        {
            var isContaminated = inBenchmark.GetOrAdd(
                StableHash.Of(rollout.Prompt), _ => _benchmarks.Value.Shared(rollout.Prompt) is not null);
            return (rollout, isContaminated, !isContaminated && _benchmarks.Value.Quoted(rollout.Text),
                StableHash.Of($"{rollout.Prompt}\0{rollout.Text}"));
        }

        bool IsTaken((Rollout Rollout, bool IsContaminated, bool Quotes, ulong Sign) looked)
        {
            var rollout = looked.Rollout;
            if (isFull && ledger is null)
            {
                return false;
            }

            if (looked.IsContaminated || looked.Quotes)
            {
                contaminated += looked.IsContaminated ? 1 : 0;
                quoting += looked.Quotes ? 1 : 0;
                return false;
            }

            if (before.IsRepeat(looked.Sign))
            {
                return false;
            }

            var there = taken.GetValueOrDefault(rollout.ProblemId);
            if (there >= config.RolloutsPerProblem)
            {
                beyondProblem++;
                return false;
            }

            if (there == 0 && taken.Count >= config.Problems)
            {
                isFull = true;
                beyondProblems++;
                return false;
            }

            near.Look(there == 0, rollout.ProblemId, rollout.Prompt);
            taken[rollout.ProblemId] = there + 1;
            return true;
        }

        (Rollout Rollout, Verdict Verdict, (int[], int[]) Ids) Judge(Rollout rollout)
        {
            var problem = problems.GetValueOrDefault(rollout.ProblemId);
            var completion = _chat.Completion(rollout.Text, rollout.Finished);
            return (rollout with
            {
                Repetitive = Repetition.IsRepetitive(rollout.Text, config.Repetition),
                Level = rollout.Level is >= 1 and <= 5 ? rollout.Level : problem?.Level ?? 0,
                Tokens = completion.Length,
            }, Judged(rollout, problem), (_chat.Prompt(rollout.Prompt), completion));
        }

        List<TResult> InParallel<T, TResult>(IReadOnlyCollection<T> values, Func<T, TResult> work) =>
            [.. values.AsParallel().AsOrdered().WithCancellation(cancel).Select(work)];
    }

    // Where a reference answer is at hand, the verifier's word. Where it has none, a file's "right" stands, but its
    // "wrong" may be no more than that nobody could judge, and such an answer is never one that a right one is
    // preferred to.
    private static Verdict Judged(Rollout rollout, Problem? problem)
    {
        var verdict = GradedCompletion.ByFinish(rollout.Finished ? FinishReason.Stop : FinishReason.Length)
            ?? (problem is null ? NoReference : Verifiers.FinalAnswer(problem, rollout.Text));
        return (verdict.Outcome, rollout.Outcome) switch
        {
            (Outcome.Unverifiable, Outcome.Correct) => Rollout.OfFile(Outcome.Correct),
            (Outcome.Unverifiable, Outcome.Incorrect) when problem is null => Rollout.OfFile(Outcome.Incorrect),
            _ => verdict,
        };
    }

    private static bool? Right(Outcome outcome) =>
        outcome switch { Outcome.Correct => true, Outcome.Incorrect => false, _ => null };

    private static Verdict NoReference
    {
        get;
    } = new(Outcome.Unverifiable, null, "The file of problems has no reference answer for it.");

    public (IReadOnlyList<PreferencePair> Pairs, PairingReport Report)? OwnPairs(PreferenceData data, Ledger ledger) =>
        _files.Pairs is { } file
            ? Runs.OwnPairs.Read(RecipeFiles.Place(file), _chat, _benchmarks.Value, data.MaxTokens, ledger)
            : null;

    public IReadOnlyList<Problem> Problems(string purpose, int count, ProblemMix mix, long seed, Ledger ledger)
    {
        var kept = TrainingProblems().ToList();
        _leftOut.ForEach(line => ledger.Add(line.What, line.Count, line.Why));
        var removed = kept.RemoveAll(problem => _benchmarks.Value.Shared(problem.Question) is not null);
        ledger.Add("problems", removed, Contaminated);
        Near near = new(_benchmarks.Value);
        kept.ForEach(problem => near.Look(true, problem.Id, problem.Question));
        near.Tell(ledger);

        var before = new Deduplication();
        kept.RemoveAll(problem => before.IsRepeat(problem.Question));
        ledger.Add("problems", before.Repeats, "the same question was there before");
        var problems = kept.Where(problem => problem.Level is < 1 or > 5 || mix.LevelWeights[problem.Level - 1] > 0)
            .ToList();
        Randomness.For(seed, purpose).Shuffle(problems);
        return [.. problems.Take(count)];
    }

    public IReadOnlyList<RolloutGroup> TeacherGroups(
        IReadOnlyList<Problem> problems, PreferenceData data, long seed, Ledger ledger)
    {
        var wanted = problems.ToDictionary(problem => problem.Id, StringComparer.Ordinal);
        var before = new Deduplication();
        var byProblem = RolloutFile.Read(RecipeFiles.Place(_files.Rollouts))
            .Where(rollout => wanted.ContainsKey(rollout.ProblemId)
                && !before.IsRepeat($"{rollout.ProblemId}\0{rollout.Text}"))
            .GroupBy(rollout => rollout.ProblemId, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        ledger.Add("rollouts", before.Repeats, "the same answer to the same problem was there before");
        ledger.Add(
            "rollouts", byProblem.Values.Sum(rollouts => Math.Max(0L, rollouts.Count - data.AnswersPerProblem)),
            $"in the file, and beyond the {data.AnswersPerProblem} asked for of one problem (AnswersPerProblem)");
        return [.. problems.Select(problem => new RolloutGroup(
            problem, _chat.Prompt(problem.Question),
            [.. byProblem.GetValueOrDefault(problem.Id, []).Take(data.AnswersPerProblem)
                .Select(rollout => Graded(rollout, problem))]))];

        GradedCompletion Graded(Rollout rollout, Problem problem)
        {
            var ids = _chat.Completion(rollout.Text, rollout.Finished);
            var finish = rollout.Finished && ids.Length <= data.MaxTokens ? FinishReason.Stop : FinishReason.Length;
            var completion = new Completion
            {
                TokenIds = ids,
                Text = rollout.Text,
                Style = rollout.Style,
                Finish = finish,
            };
            return new GradedCompletion(completion, GradedCompletion.ByFinish(finish) ?? Judged(rollout, problem));
        }
    }

    // A file is a benchmark under its own name; sizes cut from the front, in the order of the three.
    public IReadOnlyList<ProblemSet> Benchmarks(BenchmarkSizes sizes, bool validation) => validation
        ? throw new InvalidOperationException("A recipe with Files has no validation set of its own; name one among "
            + "its Benchmarks.")
        : [.. _files.Benchmarks.Select(file => ProblemData.Read(RecipeFiles.Place(file)).Set)];

    // Read once. A reference that cannot be checked would be a wrong reward: its record is left out, and too many of
    // them are refused.
    private IReadOnlyList<Problem> TrainingProblems()
    {
        if (_problems is null)
        {
            var loaded = ProblemData.ReadUsable(RecipeFiles.Place(_files.Problems));
            _leftOut.AddRange(
                loaded.LeftOut.Select(left => ("problems", left.Count, $"{left.Why}; the first: {left.First}")));
            List<Problem> open = [.. loaded.Set.Problems.Where(problem => problem.Choices is null)];
            var audit = GoldAudit.Run([.. open.Select(problem => problem.Answer)])
                .Checked(_files.UnreadableAnswersAllowed);
            var bad = audit.Findings.Where(finding => finding.Kind != AuditKind.LikeNeighbor).ToList();
            if (bad.Count > 0)
            {
                var names = Listing.Few([.. bad.Select(finding => $"{open[finding.Record].Id} ('{finding.Answer}')")],
                    most: 3);
                _leftOut.Add(("problems", bad.Count, $"their reference answer cannot be checked: {names}"));
            }

            var left = bad.Select(finding => open[finding.Record].Id).ToHashSet(StringComparer.Ordinal);
            _problems = [.. loaded.Set.Problems.Where(problem => !left.Contains(problem.Id))];
        }

        return _problems;
    }

    // Enough of the questions to tell what is a phrase of the trade.
    private IEnumerable<string> Asked() =>
        RolloutFile.Read(RecipeFiles.Place(_files.Rollouts)).Take(SampledRollouts).Select(rollout => rollout.Prompt)
        .Concat(TrainingProblems().Select(problem => problem.Question)).Distinct(StringComparer.Ordinal);

    private static PocketTokenizer Pocket(RecipeFiles files) =>
        files.System is not { Length: > 0 } system ? new PocketTokenizer()
        : throw new InvalidDataException($"Files.System is \"{system}\", and the pocket's tokenizer has no token "
            + "that opens a system turn; leave it out, or say \"Tokenizer\": \"Released\" for a model of Phi-4-mini's "
            + "vocabulary.");

    private string Contaminated =>
        $"their question is one of a benchmark, or shares {_files.SharedWords} words in a row with one (SharedWords)";

    private static ITokenizer Released(RecipeFiles files)
    {
        var system = files.System ?? TokenizerFiles.FindTemplate(files.ModelFolder!)?.System;
        return TokenizerFiles.Find(files.ModelFolder!, system is "" ? null : system) switch
        {
            PocketTokenizer => Pocket(files),
            { } found => found,
            null => throw new InvalidDataException($"{files.ModelFolder} has no tokenizer.json; a recipe file may say "
                + "\"Tokenizer\": \"Pocket\" for a model of the pocket's vocabulary."),
        };
    }

    /// <summary>What is kept and much like a benchmark's question, for a person to look at.</summary>
    private sealed class Near(BenchmarkWords benchmarks)
    {
        private readonly List<string> _hits = [];

        public void Look(bool isNew, string id, string question)
        {
            if (isNew && benchmarks.Near(question) is { } hit)
            {
                _hits.Add($"{id} ({hit.BenchmarkId}, {hit.Share:P0})");
            }
        }

        public void Tell(Ledger ledger) =>
            ledger.Add("questions", _hits.Count, "kept, and for a person to look at: much like one of a benchmark: "
                + $"{Listing.Few(_hits)}");
    }
}
