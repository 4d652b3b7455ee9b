using System.Diagnostics;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>How far an evaluation is: a line that changes on a terminal, a line now and then elsewhere.</summary>
internal sealed class EvalMeter(TextWriter output, bool isRedirected) : IProgress<EvaluationProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Frame = TimeSpan.FromSeconds(0.5);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private bool _isFirst = true;

    public void Report(EvaluationProgress progress)
    {
        var isLast = progress.Done + progress.Failed >= progress.Total;
        if (!_isFirst && !isLast && _sinceLast.Elapsed < (isRedirected ? Pause : Frame))
        {
            return;
        }

        _isFirst = false;
        _sinceLast.Restart();
        var left = progress.Left;
        var line = $"{progress.Done:N0} of {progress.Total:N0} completions"
            + $"{(progress.Failed > 0 ? $", {progress.Failed:N0} failed" : "")}, {progress.MeanTokens:N0} tokens each, "
            + (left.TotalHours >= 1 ? $"{(int)left.TotalHours} h {left.Minutes} min left"
                : $"{left.Minutes} min {left.Seconds} s left");
        output.Write(isRedirected ? line + "\n" : "\r" + line + "    " + (isLast ? "\n" : ""));
    }
}
