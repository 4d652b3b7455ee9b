using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.DotNet.Interactive;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Exceptions that nobody caught, on a thread that a cell started or on the finalizer's: said in the cell's outputs
/// instead of ending the process.
/// </summary>
public static class BackgroundFailures
{
    private static readonly ConcurrentQueue<Exception> Failures = [];

    /// <summary>Takes over from the runtime, once per process.</summary>
    public static void Watch() => ExceptionHandling.SetUnhandledExceptionHandler(exception =>
    {
        Failures.Enqueue(exception);
        var text = "An exception on a background thread:\n" + string.Join('\n', ErrorText.Of(exception).Trace) + "\n";
        KernelInvocationContext.Current?.Print("stderr", text);
        return true;
    });

    /// <summary>What failed since the last call.</summary>
    public static IReadOnlyList<Exception> Take()
    {
        List<Exception> taken = [];
        while (Failures.TryDequeue(out var failure))
        {
            taken.Add(failure);
        }

        return taken;
    }
}
