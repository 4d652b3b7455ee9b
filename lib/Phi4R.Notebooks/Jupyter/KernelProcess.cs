using Phi4R.Notebooks.Running;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>The process in which a kernel's cells run.</summary>
public static class KernelProcess
{
    /// <summary>Serves until asked to shut down; the process ends when its supervisor does.</summary>
    /// <param name="input">
    /// The handle from which requests are read, as the <see cref="KernelSupervisor"/> hands it.
    /// </param>
    /// <param name="output">The handle to which answers are written.</param>
    /// <param name="session">The notebook that is served, as Jupyter told this process; null where it did not.</param>
    public static void Serve(string input, string output, string? session)
    {
        Console.CancelKeyPress += (_, key) => key.Cancel = true; // interrupts come as messages
        BackgroundFailures.Watch();
        using var server = new KernelServer(received => new SupervisedLine(input, output, received),
            Environment.CurrentDirectory, session)
        {
            // Not on the line's thread, which ending the process may wait for, nor on the pool's, which the cell may
            // keep busy.
            GivenUp = () => new Thread(() => Environment.Exit(ExitReason.GivenUp))
            {
                IsBackground = true,
                Name = "end",
            }.Start(),
        };
        server.Start();
        server.ShutDown.Wait();
    }
}
