// What every notebook of this folder begins with: the library, its names, and two words for a stage that runs.
#r "../artifacts/notebooks/TorchSharp.dll"
#r "../artifacts/notebooks/Phi4R.Lib.dll"
#r "../artifacts/notebooks/Phi4R.Show.dll"
using System.Threading;
using Microsoft.DotNet.Interactive;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Verification;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Training;

// Cancelled when the reader interrupts the cell that is running.
CancellationToken Stop => KernelInvocationContext.Current.CancellationToken;

// The result of a stage, with a live figure while it is made.
TResult Watch<TResult>(RecipeRun run, StageDefinition<TResult> stage, Func<TResult, string> note = null)
{
    var view = KernelInvocationContext.Current.Display(HTML("getting ready"));
    var live = new LiveRun(stage.Label, html => view.Update(HTML(html)));
    var result = run.Get(stage, live, Stop);
    live.Finish(note?.Invoke(result));
    return result;
}
