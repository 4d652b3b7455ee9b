using System.Diagnostics;
using Phi4R.Cluster;

namespace Phi4R.Cli;

/// <summary>
/// Tells what workers do where nothing can be drawn anew: when one comes, goes or has made a part, and now and then.
/// </summary>
internal sealed class WorkersMeter(TextWriter output) : IProgress<IReadOnlyList<WorkerProgress>>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private IReadOnlyList<WorkerProgress> _last = [];

    public void Report(IReadOnlyList<WorkerProgress> workers)
    {
        var isOther = !_last.Select(State).SequenceEqual(workers.Select(State));
        if (workers.Count > 0 && (isOther || _sinceLast.Elapsed >= Pause))
        {
            _sinceLast.Restart();
            _last = workers;
            output.WriteLine(WorkersTable.Plain(workers));
        }

        static (string, WorkerState, int) State(WorkerProgress worker) =>
            (worker.Name, worker.State, worker.PartsDone);
    }
}
