using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>What the models of a run are worth.</summary>
public sealed partial class RecipeRun
{
    private const string AnswersFile = "answers.jsonl";

    /// <summary>Asks a model the three benchmarks.</summary>
    /// <remarks>
    /// Two stages: "answers-MODEL" keeps every answer (answers.jsonl), "evaluation-MODEL" what the verifier said of
    /// each
    /// (verdicts.jsonl) and the counts (results.json), so that another verifier judges again what was sampled once.
    /// </remarks>
    /// <param name="validation">Whether to ask the validation set instead, which is for choosing settings.</param>
    /// <param name="progress">Is called with how many answers are sampled.</param>
    public ModelResults Evaluate(
        TrainedModel trained,
        bool validation = false,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        var answers = DrawAnswers(trained, validation, progress, cancel);
        var stage = validation ? $"validation-{trained.Record.Stage}" : VerdictsStage(trained.Record.Stage);
        var settings = Data.Settings(new { Recipe.Benchmarks, validation }, judges: true);
        var record = _store.Take(stage, settings, [answers], work =>
        {
            var drawn = answers.ReadLines<EvaluationAnswer>(AnswersFile)
                .ToLookup(answer => answer.Benchmark, StringComparer.Ordinal);
            var judged = _source.Benchmarks(Recipe.Benchmarks, validation).Select(benchmark =>
                Evaluation.Evaluate.Judge(benchmark, [.. drawn[benchmark.Name]], Verifiers.FinalAnswer)).ToList();
            var results = new ModelResults(trained.Name, [.. judged.Select(benchmark => benchmark.Result)]);
            var problems = results.Benchmarks.SelectMany(benchmark => benchmark.Problems).ToList();
            var cut = problems.Sum(problem => (long)problem.Truncated);
            var unverifiable = problems.Sum(problem => (long)problem.Unverifiable);
            var limit = Recipe.Evaluation.Sampling.MaxTokens;
            work.Ledger.Add("answers", cut, $"truncated at {limit} tokens, and so wrong");
            work.Ledger.Add("answers", unverifiable, "the verifier could not judge them; they count as wrong");
            work.WriteLines("verdicts.jsonl", judged.SelectMany(benchmark => benchmark.Verdicts));
            work.Write("results.json", results);
        });
        return record.Read<ModelResults>("results.json") with { Model = trained.Name };
    }

    private StageRecord DrawAnswers(
        TrainedModel trained, bool validation, IProgress<int>? progress, CancellationToken cancel) => _store.Take(
        (validation ? "validation-" : "") + AnswersStage(trained.Record.Stage),
        Data.Settings(new { Recipe.Evaluation, Recipe.Benchmarks, validation }, draws: true),
        [trained.Record],
        work =>
        {
            using var model = trained.LoadForInference(_source.Device);
            List<EvaluationAnswer> answers = [];
            foreach (var benchmark in _source.Benchmarks(Recipe.Benchmarks, validation))
            {
                var (journal, counting) = (work.Checkpoints.Samples, progress.After(answers.Count));
                answers.AddRange(Evaluation.Evaluate.Draw(
                    model, Tokenizer, benchmark, Recipe.Evaluation, journal, counting, Data.Generator, cancel));
            }

            work.Ledger.Add("answers", answers.Count(answer => answer.Finish == FinishReason.Failed),
                "could not be had from the generator; they count as wrong");
            work.WriteLines(AnswersFile, answers);
        });

    /// <summary>The run's stages that make a model, in order.</summary>
    public IReadOnlyList<StageDefinition> Models => [.. Stages.Where(stage => stage.Model is not null)];

    /// <summary>Answers that all models of the run give to the benchmarks.</summary>
    public int AnswersOfEvaluation => Models.Count * AnswersOfOne;

    /// <summary>What models are measured on.</summary>
    public IReadOnlyList<ProblemSet> Benchmarks => _source.Benchmarks(Recipe.Benchmarks, validation: false);

    /// <summary>The name of the stage that keeps a model's answers.</summary>
    internal static string AnswersStage(string model) => $"answers-{model}";

    /// <summary>The name of the stage that keeps what the verifier said of a model's answers.</summary>
    internal static string VerdictsStage(string model) => $"evaluation-{model}";

    /// <summary>Answers that one model gives to the benchmarks.</summary>
    public int AnswersOfOne =>
        Benchmarks.Sum(benchmark => benchmark.Problems.Count * Recipe.Evaluation.AnswersTo(benchmark.Name));

    /// <summary>
    /// Asks all models the benchmarks, making those that are missing; the table goes to results.md and the record
    /// to run.json in the run's folder, unless settings were changed for this once.
    /// </summary>
    /// <param name="progress">Is called with how many of <see cref="AnswersOfEvaluation"/> are sampled.</param>
    internal Evaluated Summarize(IProgress<int>? progress, CancellationToken cancel)
    {
        List<TrainedModel> models = [.. Models.Select(stage => (TrainedModel)stage.Result(this, null, cancel))];
        List<ModelResults> results = [];
        foreach (var model in models)
        {
            results.Add(Evaluate(model, progress: progress.After(results.Count * AnswersOfOne), cancel: cancel));
        }

        var summary = RunSummary.Of([(Seed, results)], Stages);
        if (Parameters.Any(parameter => parameter.Changed))
        {
            _say("evaluation: settings were changed for this once, so results.md and run.json stay as they are.");
        }
        else if (Ranks.Rank == 0)
        {
            AtomicFile.WriteText(Path.Combine(Folder, "results.md"), summary.ToMarkdown());
            RunRecord.Of(this, models, results).Write(Folder);
        }

        return new Evaluated(summary, results);
    }

    /// <summary>What the recipe's choices are worth: each left out in turn, beside the model that has it.</summary>
    public AblationTable Ablate(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        return new AblationTable([.. Ablations.Of(Recipe).Select(ablation => AblationTable.Row.Of(
            ablation.Choice, Results(ablation.Without), Results(ablation.With)))]);

        ModelResults Results(StageDefinition stage) =>
            Evaluate((TrainedModel)Listed(stage).Result(this, null, cancel), progress: progress, cancel: cancel);
    }
}
