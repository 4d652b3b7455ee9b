using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>
/// A teacher behind OpenAI-compatible servers, and who looks again at what the verifier rejects of it; asked the
/// problems of a run by the stage that phi4r distill runs.
/// </summary>
public sealed record ServedTeacher
{
    private const char Between = ';';

    /// <summary>Where the teacher is served, such as http://host:8000; several with semicolons between.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Its name there; null for the one model that the first server has.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Where a judge is served that looks again at what the verifier calls incorrect or cannot judge, and says domain
    /// and level where the problems do not; null for the teacher's servers.
    /// </summary>
    public string? JudgeEndpoint { get; init; }

    /// <summary>
    /// The judge's name there; null for the one model of its server, or for no judge where no server is named either.
    /// </summary>
    public string? JudgeModel { get; init; }

    /// <summary>Temperature, top-p and the length limit of the teacher's completions.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>How the teacher's servers are spoken to, with their key; null for chat without one.</summary>
    public OpenAiOptions? Options { get; init; }

    /// <summary>
    /// How the judge's servers are spoken to, with their key; null for chat without one, or as the teacher's where no
    /// other server is named for the judge.
    /// </summary>
    public OpenAiOptions? JudgeOptions { get; init; }

    /// <summary>Is called with a line on what there is to do and on what failed, on any thread.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Asks for the completions of a run's problems that a folder lacks.</summary>
    /// <param name="run">Says which problems, how many rollouts of each, and what counts as a repetition.</param>
    /// <param name="folder">
    /// Keeps what was received, however this ends; where it has all, nothing is asked. A recipe may name it as its
    /// <see cref="Recipes.RecipeFiles.Rollouts"/>.
    /// </param>
    /// <param name="progress">Is called when something came.</param>
    /// <exception cref="ArgumentException">A server or a model is not named as it must be.</exception>
    /// <exception cref="ChatServerException">No model is named, and the server does not say what it has.</exception>
    /// <exception cref="InvalidDataException">The folder was begun with other settings.</exception>
    public async Task<Distilled> AskAsync(RecipeRun run, string folder, IProgress<DistillProgress>? progress = null,
        CancellationToken cancel = default)
    {
        cancel = cancel.OrHosts();
        List<OpenAiChatClient> clients = [];
        try
        {
            var config = run.Recipe.Distill;
            var teacher = await AskedAsync(Endpoint, Model, Options, PromptTemplate.Teacher, Sampling)
                .ConfigureAwait(false);
            var judge = JudgeEndpoint is null && JudgeModel is null ? null : await AskedAsync(
                JudgeEndpoint ?? Endpoint, JudgeModel, JudgeOptions ?? (JudgeEndpoint is null ? Options : null),
                PromptTemplate.Judge, DistillOptions.JudgeSampling).ConfigureAwait(false);
            var options = new DistillOptions
            {
                Teacher = teacher,
                Judge = judge,
                Labeler = judge is null ? null : judge with { Prompt = PromptTemplate.Label },
                RolloutsPerProblem = config.RolloutsPerProblem,
                Seed = run.Seed,
                Repetition = config.Repetition,
                Estimated = estimate => Log?.Invoke(estimate.InWords()),
                Progress = progress,
                Log = Log,
            };
            var beside = new JsonObject { ["model"] = teacher.Name, ["judge_model"] = judge?.Name };
            var report = await Distill.RunAsync(Problems(run), folder, options, beside, cancel).ConfigureAwait(false);
            if (!report.IsWhole)
            {
                Log?.Invoke($"{report.Failed} completions, {report.JudgeFailed} of the judge's answers and "
                    + $"{report.LabelFailed} labels could not be had; the same again asks for them.");
            }

            return new Distilled(new StoredRollouts(folder), checked((int)report.Unverifiable));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        async Task<AskedModel> AskedAsync(string endpoints, string? model, OpenAiOptions? options,
            PromptTemplate prompt, SamplingConfig sampling)
        {
            List<Uri> addresses = [];
            foreach (var endpoint in endpoints.Split(
                Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // The first says which model is meant where nobody named one, and the others must have it.
                var named = await EvaluatedModel.NamedAsync(model, endpoint, options, cancel).ConfigureAwait(false);
                (model, var address) = named is [{ Address: { } there } only] ? (only.Model, there)
                    : throw new ArgumentException($"'{model}' is to be one model at {endpoint}; name one.");
                addresses.Add(address);
            }

            if (addresses.Count == 0)
            {
                throw new ArgumentException("No server is named; name one such as http://host:8000.");
            }

            var asked = addresses.Select(address => new OpenAiChatClient(address, model!, options)).ToList();
            clients.AddRange(asked);
            return new AskedModel
            {
                Name = model!,
                Servers = new ChatPool(asked, new ChatPoolOptions { Log = Log }),
                Prompt = prompt,
                Sampling = sampling,
            };
        }
    }

    // Those that the run's own distillation is about; each once, as completions are kept under their ids.
    private List<Problem> Problems(RecipeRun run)
    {
        var config = run.Recipe.Distill;
        var ledger = new Ledger(Pipeline.Distillation.Name);
        var problems = run.Data.Source.Problems("distillation problems", config.Problems, config.Mix, run.Seed, ledger);
        foreach (var line in ledger.Lines)
        {
            Log?.Invoke($"{line.Count} {line.What} left out or noted: {line.Why}");
        }

        List<Problem> once = [.. problems.DistinctBy(problem => problem.Id)];
        if (once.Count < problems.Count)
        {
            Log?.Invoke($"{problems.Count - once.Count} of the run's problems are repeated, and asked once");
        }

        return once;
    }
}
