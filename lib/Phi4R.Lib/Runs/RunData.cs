using System.Text.Json;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Text;
using Phi4R.Training;
using Phi4R.Verification;

namespace Phi4R.Runs;

/// <summary>
/// What the stages of one run learn from, made of its source; everything that is left out on the way has a line in the
/// ledger.
/// </summary>
internal sealed class RunData(IRecipeSource source, ModelConfig model, int seed, IPolicyGenerator? generator = null)
{
    /// <summary>Why a completion that nobody gave is missing.</summary>
    public const string Failed = "could not be had from the generator, however often it was asked; in no group";

    // Documents of each stage that are looked at token by token before it starts.
    private const int Looked = 8;

    /// <summary>The folder of a run in which the token ids of its rollouts stand.</summary>
    public const string TokensFolder = "tokens";

    private readonly ChatFormat _chat = new(source.Tokenizer);

    /// <summary>Where texts and first weights come from.</summary>
    public IRecipeSource Source => source;

    /// <summary>
    /// Who samples the completions of the run's models; the engine of this process unless somebody else was named.
    /// </summary>
    public IPolicyGenerator Generator { get; } = generator ?? new LocalGenerator();

    /// <summary>
    /// Who sampled, where that can make a difference: a generator that is exact gives what the engine of this process
    /// gives, to the last bit, and so a stage is the same wherever it sampled; any other is a part of what the stage
    /// is.
    /// </summary>
    public string? SampledBy => generator is null or LocalGenerator or SharedGenerator || generator.Info.IsExact
        ? null
        : generator.Info.Engine;

    /// <summary>The settings of a stage that trains on what it samples.</summary>
    public object Sampled(object settings) => SampledBy is { } other ? new { settings, SampledBy = other } : settings;

    /// <summary>Each stage has a seed of its own, so that adding one draw to a stage changes no other.</summary>
    public long SeedOf(string stage) => (long)(Randomness.For(seed, stage).NextBits() >> 1);

    /// <summary>Hash of the code that judges answers; this process's own, unless a test says otherwise.</summary>
    public string Verifier { get; init; } = RoomCode.Verifier;

    /// <summary>What a stage was made from, what is read from files included.</summary>
    /// <param name="judges">Whether the stage has answers verified, so that it depends on the verifier's code.</param>
    /// <param name="draws">
    /// Whether a model that is not trained writes answers in it, so that it depends on the type that they are sampled
    /// in.
    /// </param>
    public object Settings(object settings, bool judges = false, bool draws = false)
    {
        var all = JsonSerializer.SerializeToNode(settings, JsonFormat.Indented)!.AsObject();
        if (judges)
        {
            all[nameof(Verifier)] = Verifier;
        }

        if (draws)
        {
            all[nameof(TrainedModel.DrawnIn)] = TrainedModel.DrawnIn(source.Device).ToString();
        }

        if (draws && SampledBy is { } generator)
        {
            all[nameof(SampledBy)] = generator;
        }

        return source.Identity is { } files ? new { settings = all, files } : all;
    }

    /// <summary>Writes the parts of the rollouts, and unverifiable.json with a count.</summary>
    public void Distill(StageContext stage)
    {
        var (config, ledger) = (stage.Recipe.Distill, stage.Ledger);
        var progress = stage.Counted(config.Problems, "problems");
        var (unfinished, wrong, unjudged, unverifiable) = (0, 0, 0, 0);
        if (Directory.Exists(RolloutParts.Folder(stage.Folder)))
        {
            Directory.Delete(RolloutParts.Folder(stage.Folder), recursive: true); // Of a process that was killed.
        }

        // Where texts were tokenized to be counted, their ids are kept for the stages that learn from them.
        using (var tokens = new TokenizedRollouts.Keeper(TokensOf(stage), source.Tokenizer, RoomCode.Text))
        using (var writer = new RolloutWriter(stage.Folder) { Ended = tokens.End })
        {
            unverifiable = source.Distill(config, seed, stage.Seed, Keep, ledger, progress, stage.Cancel);
            writer.Complete();

            void Keep(Rollout rollout, (int[] Prompt, int[] Completion)? ids)
            {
                if (ids is var (prompt, completion))
                {
                    tokens.Add(rollout.ProblemId, prompt, completion);
                }

                unfinished += rollout.Finished ? 0 : 1;
                wrong += rollout is { Finished: true, Outcome: Outcome.Incorrect } ? 1 : 0;
                unjudged += rollout is { Finished: true, Outcome: null or Outcome.Unverifiable } ? 1 : 0;
                writer.Add(rollout);
            }
        }

        ledger.Add("rollouts", unfinished, "did not come to their end; not learned from");
        ledger.Add("rollouts", wrong, "wrong; not learned from");
        ledger.Add("rollouts", unjudged, "the verifier could not judge them; not learned from");
        stage.Write("unverifiable.json", unverifiable);
    }

    /// <summary>Writes pairs.jsonl, and report.json with what became of the problems.</summary>
    public void MakePairs(StageContext stage)
    {
        var data = stage.Recipe.PreferenceData;
        var progress = stage.Counted(data.Problems * data.AnswersPerProblem, "answers");
        var (pairs, report) = MakePairs(
            stage.Start!, data, stage.Ledger, stage.Checkpoints.Samples, progress, stage.Cancel);
        stage.WriteLines("pairs.jsonl", pairs);
        stage.Write("report.json", report);
    }

    /// <summary>What the choice of problems for reinforcement depends on.</summary>
    public static object PromptSettings(Recipe recipe, int seed)
    {
        var (config, selection) = (recipe.Grpo, recipe.PromptSelection);
        var (keep, maxAccuracy) = (config.Steps * config.PromptsPerStep, MaxAccuracy(recipe));
        var choose = config.ChoosePrompts;
        var strict = choose && selection.Learnable && config.StrictReward;
        return new
        {
            Seed = seed,
            selection,
            recipe.GrpoMix,
            keep,
            config.MaxTokens,
            choose,
            maxAccuracy,
            StrictReward = strict,
        };
    }

    private static double MaxAccuracy(Recipe recipe) =>
        recipe.PromptSelection.Learnable && recipe.Grpo.Rebalance ? recipe.Grpo.MaxAccuracy : 1;

    /// <summary>Writes problems.jsonl, and report.json with what choosing them left out.</summary>
    public void MakePrompts(StageContext stage)
    {
        var (recipe, config, selection) = (stage.Recipe, stage.Recipe.Grpo, stage.Recipe.PromptSelection);
        var (keep, maxAccuracy) = (config.Steps * config.PromptsPerStep, MaxAccuracy(recipe));
        var asked = config.ChoosePrompts ? (int)(keep * selection.CandidatesPerPrompt) : keep;
        var candidates = source.Problems("reinforcement problems", asked, recipe.GrpoMix, seed, stage.Ledger);
        var draws = config.ChoosePrompts && selection.Decides(candidates.Count, keep);
        using var chooser = draws ? stage.Start!.LoadForInference(source.Device) : null;
        var (kept, report) = chooser is null
            ? (candidates, new PromptSelectionReport
            {
                Candidates = candidates.Count,
                Kept = candidates.Count,
                KeptSpread = 0,
                DroppedSpread = 0,
            })
            : PromptSelection.Run(
                chooser, source.Tokenizer, candidates, config.RewardVerifier, keep, selection, config.MaxTokens,
                maxAccuracy, stage.Seed, stage.Checkpoints.Samples, Generator, stage.Cancel);
        stage.Ledger.Add("problems", asked - candidates.Count, "asked for and not there");
        stage.Ledger.Add(
            "problems", keep - kept.Count,
            "fewer than the steps ask for, so that those there are gone through more than once");
        stage.Ledger.Add("problems", report.Unsolved, "no answer that could be judged was right");
        stage.Ledger.Add("problems", report.TooEasy, $"right more often than MaxAccuracy {maxAccuracy}");
        stage.Ledger.Add(
            "problems", candidates.Count - kept.Count - report.Unsolved - report.TooEasy,
            "their answers differ most in length, or were truncated "
                + $"({report.Truncated} of the candidates have a truncated one)");
        ProblemFile.Write(Path.Combine(stage.Folder, "problems.jsonl"), kept);
        stage.Write("report.json", report);
    }

    /// <summary>What steps of reinforcement left out.</summary>
    public static void Account(IReadOnlyList<GrpoReport> steps, GrpoConfig config, Ledger ledger)
    {
        ledger.Add("problems", steps.Sum(step => (long)step.AllWrong), "every answer wrong: nothing to compare");
        ledger.Add("problems", steps.Sum(step => (long)step.AllRight), "every answer right: nothing to compare");
        ledger.Add("problems", steps.Sum(step => (long)step.TooEasy),
            $"right more often than MaxAccuracy {config.MaxAccuracy}");
        ledger.Add("problems", steps.Sum(step => (long)step.GivenUp),
            "given up: enough others had all their answers");
        var cut = config.Overlong == Overlong.LeftOut ? "left out of their groups" : "wrong";
        ledger.Add("answers", steps.Sum(step => (long)step.Truncated),
            $"truncated at {config.MaxTokens} tokens, and so {cut}");
        ledger.Add("answers", steps.Sum(step => (long)step.Unverifiable),
            "the verifier could not judge them; left out of their groups");
        ledger.Add("answers", steps.Sum(step => (long)step.Failed), Failed);
        ledger.Add("answers", steps.Sum(step => (long)step.Answers - step.AnswersUsed), "sampled and not trained on");
    }

    /// <summary>Documents of a base model that is trained from nothing.</summary>
    public IReadOnlyList<TrainingExample> Pretraining(StageContext stage, int rowLength)
    {
        var documents = Documents.Ended(
            source.PretrainDocuments(stage.Recipe.PretrainData!, seed), source.Tokenizer.StopIds);
        return Sound(Documents.Fitting(documents, rowLength, stage.Ledger), promptsLearned: true, stage.Ledger);
    }

    /// <summary>Documents of all verified rollouts, learned from their start.</summary>
    public IReadOnlyList<TrainingExample> Verified(StageContext stage)
    {
        var (rollouts, documents) = AllDocuments(stage, learnPrompt: true);
        int[] verified = [.. rollouts.Index()
            .Where(rollout => rollout.Item is { Outcome: Outcome.Correct, Finished: true })
            .Select(rollout => rollout.Index)];
        return Usable(documents.Picked(verified), true, stage.Recipe.MidTraining.SequenceLength, stage.Ledger);
    }

    /// <summary>The rollouts that fine-tuning learns from, and what was left out.</summary>
    public Curated Curate(StageContext stage)
    {
        var (rollouts, documents) = AllDocuments(stage, learnPrompt: false);
        return Choose(stage, rollouts, documents).Of(stage.Input<Distilled>().Rollouts);
    }

    /// <summary>Documents of the curated rollouts.</summary>
    /// <param name="learnPrompt">Whether the question is learned too.</param>
    /// <param name="maxTokens">Longer ones are left out.</param>
    /// <param name="anySize">Whether the set may be smaller than its settings allow.</param>
    public IReadOnlyList<TrainingExample> Curated(
        StageContext stage, bool learnPrompt, int maxTokens, bool anySize = false)
    {
        var (rollouts, documents) = AllDocuments(stage, learnPrompt);
        var chosen = Choose(stage, rollouts, documents);
        var curated = anySize ? chosen.Counts : chosen.Checked(stage.Recipe.Curation).Counts;
        foreach (var (reason, count) in curated.LeftOut)
        {
            stage.Ledger.Add("rollouts", count, $"curation: {reason}");
        }

        stage.Ledger.Add("rollouts", curated.Missing, "asked for and not there: a level had too few");
        stage.Ledger.Add(
            "rollouts", curated.FromOthers,
            "taken of levels that had more, in the place of those that another lacked (FillFromOthers)");
        return Usable(documents.Picked(chosen.Places), learnPrompt, maxTokens, stage.Ledger);
    }

    /// <summary>Tokens of a rollout's document: question and answer with their marks.</summary>
    public int Length(Rollout rollout) => _chat.Prompt(rollout.Prompt).Length + rollout.Tokens;

    private static string TokensOf(StageContext stage) => Path.Combine(stage.Run.Folder, TokensFolder);

    private Chosen Choose(StageContext stage, IEnumerable<Rollout> rollouts, TokenDocuments documents) =>
        Curation.Choose(rollouts, stage.Recipe.Curation, Randomness.For(seed, "curation"),
            (place, _) => documents.LengthOf(place) <= stage.Recipe.Sft.MaxTokens);

    // All rollouts of the distillation, of those on disk without their texts, and a document of each.
    private (IEnumerable<Rollout> Rollouts, TokenDocuments Documents) AllDocuments(
        StageContext stage, bool learnPrompt)
    {
        var rollouts = stage.Input<Distilled>().Rollouts;
        if (rollouts is StoredRollouts { Folder: var folder })
        {
            var tokens = TokenizedRollouts.Open(
                folder, TokensOf(stage), source.Tokenizer, RoomCode.Text, stage.Run.Hashes, stage.Cancel);
            return (RolloutParts.ReadLabels(folder), tokens.Documents(learnPrompt));
        }

        return (rollouts, TokenDocuments.Of([.. rollouts.Select(rollout =>
        {
            var prompt = _chat.Prompt(rollout.Prompt);
            return new TrainingExample(rollout.ProblemId,
                [.. prompt, .. _chat.Completion(rollout.Text, rollout.Finished)], learnPrompt ? 0 : prompt.Length);
        })]));
    }

    private IReadOnlyList<TrainingExample> Usable(
        TokenDocuments documents, bool learnPrompt, int maxTokens, Ledger ledger) => Sound(
        Documents.Fitting(Documents.Ended(documents, source.Tokenizer.StopIds), maxTokens, ledger),
        learnPrompt, ledger);

    /// <exception cref="InvalidDataException">
    /// A document is not as the stage needs it; the message says what is wrong.
    /// </exception>
    private IReadOnlyList<TrainingExample> Sound(
        IReadOnlyList<TrainingExample> documents, bool promptsLearned, Ledger ledger)
    {
        if (documents.Count == 0)
        {
            throw new InvalidDataException("No document is left to learn from. "
                + string.Concat(ledger.Lines.Select(line => $"Left out here: {line.Count} {line.What}, {line.Why}. "))
                + "What the stages before left out, and why, stands in their ledgers (phi4r ledger with the "
                + "run's folder).");
        }

        TokenXray.Of([.. documents.Take(Looked)], source.Tokenizer, model, source.Tokenizer.EndOfText,
            new XrayRules(promptsLearned, AnswersEnd: true)).Checked();
        return documents;
    }

    private (IReadOnlyList<PreferencePair> Pairs, PairingReport Report) MakePairs(
        TrainedModel start, PreferenceData data, Ledger ledger, CompletionJournal journal,
        IProgress<int>? progress, CancellationToken cancel)
    {
        if (source.OwnPairs(data, ledger) is { } own)
        {
            return (Documents.Ended(own.Pairs, source.Tokenizer.StopIds), own.Report);
        }

        var problems = source.Problems("preference problems", data.Problems, data.Mix, seed, ledger);
        var groups = data.FromTeacher
            ? source.TeacherGroups(problems, data, seed, ledger)
            : OwnGroups(start, problems, data, journal, progress, cancel);
        var (pairs, report) = Pairing.Pair(groups, data.Pairing);
        var failed = groups.Sum(group =>
            group.Completions.Count(graded => graded.Completion.Finish == FinishReason.Failed));
        if (data.MatchLengths is { } width)
        {
            (pairs, var unmatched) = Pairing.MatchLengths(pairs, width, Randomness.For(seed, "length matching"));
            report = report with { Pairs = pairs.Count, Unmatched = unmatched };
            ledger.Add("pairs", unmatched, $"left out so that length tells nothing, differences of {width} tokens "
                + "counting as one (MatchLengths)");
        }

        ledger.Add("problems", report.Unanswered, "no answer at all");
        ledger.Add("problems", report.AllRight, "no wrong answer to reject");
        ledger.Add("problems", report.AllWrong, "no right answer to choose");
        ledger.Add("problems", report.TooEasy, "right more often than MaxPromptAccuracy "
            + $"{data.Pairing.MaxPromptAccuracy}");
        ledger.Add("problems", report.NoneOfLikeLength, "no two sides within MaxLengthDifference "
            + $"{data.Pairing.MaxLengthDifference}");
        ledger.Add("answers", report.TruncatedAnswers, "truncated by the length limit; in no pair");
        ledger.Add("answers", report.UnverifiableAnswers, "the verifier could not judge them; in no pair");
        ledger.Add("answers", failed, Failed);
        ledger.Add("answers", groups.Sum(group => group.Completions.Count) - failed - report.TruncatedAnswers
            - report.UnverifiableAnswers - (2 * (pairs.Count + report.Unmatched)), "finished, and in no pair");
        ledger.Add("problems", data.Problems - problems.Count, "asked for and not there");
        if (pairs.Count > 0)
        {
            TokenXray.Of([.. pairs.Take(Looked)], source.Tokenizer, model, source.Tokenizer.EndOfText).Checked();
        }

        return (Documents.Ended(pairs, source.Tokenizer.StopIds), report);
    }

    private IReadOnlyList<RolloutGroup> OwnGroups(
        TrainedModel start, IReadOnlyList<Problem> problems, PreferenceData data, CompletionJournal journal,
        IProgress<int>? progress, CancellationToken cancel)
    {
        using var writer = start.LoadForInference(source.Device);
        var options = new GroupOptions
        {
            GroupSize = data.AnswersPerProblem,
            Sampling = new SamplingConfig { Temperature = data.Temperature, TopP = 1, MaxTokens = data.MaxTokens },
            Stream = (problem, answer) => Randomness.For(seed, "preference rollouts", problem, answer),
            Journal = journal,
            Progress = progress,
        };
        return RolloutCollector.Collect(Generator, writer, source.Tokenizer, problems, Verifiers.FinalAnswer,
            options, cancel);
    }
}
