// What every notebook of this folder begins with: the library, its names, and words for a stage that runs and for a
// model that is asked.
#r "../artifacts/notebooks/TorchSharp.dll"
#r "../artifacts/notebooks/Microsoft.Data.Analysis.dll"
#r "../artifacts/notebooks/Phi4R.Lib.dll"
#r "../artifacts/notebooks/Phi4R.Show.dll"
using System.Threading;
using Microsoft.DotNet.Interactive;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;
using Phi4R.Verification;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Training;

// Cancelled when the reader interrupts the cell that is running.
CancellationToken Stop => KernelInvocationContext.Current.CancellationToken;

// Whoever is told of steps shows them in this cell, in the place of what it showed before.
LiveRun Live(string title)
{
    var view = KernelInvocationContext.Current.Display(HTML(""));
    return new LiveRun(title, html => view.Update(HTML(html)));
}

// The result of a stage, with a live figure while it is made.
TResult Watch<TResult>(RecipeRun run, StageDefinition<TResult> stage, Func<TResult, string> note = null)
{
    var live = Live(stage.Label);
    var result = run.Get(stage, live, Stop);
    live.Finish(note?.Invoke(result));
    return result;
}

// How servers are spoken to: with the key that a variable of the environment holds, or without one.
OpenAiOptions Server(string keyVariable) => new OpenAiOptions
{
    ApiKey = keyVariable == null ? null : Environment.GetEnvironmentVariable(keyVariable)
        ?? throw new ArgumentException($"The environment variable {keyVariable} is not set; it must hold the key."),
};

// A model's completions to benchmarks as the paper samples them, with a table that fills while they come in; what the
// folder has is not asked for again.
async Task<EvaluationFolder> Ask(EvaluatedModel model, IReadOnlyList<AskedBenchmark> benchmarks, int maxTokens,
    string folder, string keyVariable = null)
{
    var view = KernelInvocationContext.Current.Display(HTML("getting ready"));
    var live = new LiveEvaluation($"{model.Row} ({model.Model})", html => view.Update(HTML(html)));
    var sampling = Paper.Recipe.Evaluation.Sampling with { MaxTokens = maxTokens };
    var evaluation = await model.Evaluate(benchmarks, sampling, folder, live, Server(keyVariable), Stop);
    live.Finish();
    return evaluation;
}

// A teacher behind servers, and a judge where one is named, asked as the paper samples.
ServedTeacher Teacher(string endpoint, string model, string judgeEndpoint, string judgeModel, int maxTokens,
    string keyVariable, string judgeKeyVariable) => new ServedTeacher
{
    Endpoint = endpoint,
    Model = model,
    JudgeEndpoint = judgeEndpoint,
    JudgeModel = judgeModel,
    Sampling = Paper.Recipe.Evaluation.Sampling with { MaxTokens = maxTokens },
    Options = Server(keyVariable),
    JudgeOptions = judgeKeyVariable is null ? null : Server(judgeKeyVariable),
    Log = Say,
};

// A served teacher's rollouts of the run's problems, with a live figure while they come in; what the folder has is not
// asked for again.
async Task<Distilled> Ask(ServedTeacher teacher, RecipeRun run, string folder)
{
    var live = Live("Completions of the served teacher");
    var rollouts = await teacher.AskAsync(run, folder, live, Stop);
    live.Finish($"{rollouts.Rollouts.Count:N0} rollouts, {rollouts.Verified.Count:N0} verified, in {folder}");
    return rollouts;
}

// A model's results on the benchmarks, with a live count while completions are sampled.
ModelResults Ask(RecipeRun run, TrainedModel model)
{
    var live = Live($"Completions of {model.Record.Stage}");
    var results = run.Evaluate(model, progress: live.Counting(run.AnswersOfOne), cancel: Stop);
    live.Finish();
    return results;
}

// What a cell takes from the run's folder is one line, however many stages that is; all else is said as it comes.
KernelInvocationContext takingCell = null;
List<string> takenStages = new();
Action<string> showTaken = null;
void Say(string line)
{
    if (RecipeRun.TakenStage(line) is not string stage)
    {
        Console.WriteLine(line);
        return;
    }

    var cell = KernelInvocationContext.Current;
    if (cell != takingCell)
    {
        var view = cell.Display(HTML(""));
        takingCell = cell;
        takenStages = new();
        showTaken = html => view.Update(HTML(html));
    }

    takenStages.Add(stage);
    showTaken($"<p><small>Taken from the run's folder, since nothing they depend on has changed: "
        + $"{string.Join(", ", takenStages)}.</small></p>");
}
