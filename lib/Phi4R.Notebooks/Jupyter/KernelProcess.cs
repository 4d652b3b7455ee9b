using System.Diagnostics;
using System.Globalization;
using Phi4R.Notebooks.Running;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>The process in which a kernel's cells run.</summary>
public static class KernelProcess
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>Serves until asked to shut down, or until the front end's process is gone.</summary>
    /// <param name="isSupervised">A <see cref="KernelSupervisor"/> started this process: end when it ends, and tell it which cell runs.</param>
    /// <exception cref="InvalidDataException">The connection file cannot be used.</exception>
    public static void Serve(string connectionFile, bool isSupervised)
    {
        var connection = ConnectionFile.Read(connectionFile);
        Console.CancelKeyPress += (_, key) => key.Cancel = true; // interrupts come as messages
        BackgroundFailures.Watch();
        var supervisor = TextWriter.Null;
        List<(KernelChannel, WireMessage)> waiting = [];
        if (isSupervised)
        {
            supervisor = PlainOutput.Open();
            waiting.AddRange(KernelSupervisor.Waiting(new StreamReader(Console.OpenStandardInput())));
            NotebookChild.EndWithParent();
        }

        using var server = new KernelServer(connection, Environment.CurrentDirectory, Environment.GetEnvironmentVariable("JPY_SESSION_NAME"))
        {
            Running = request => supervisor.WriteLine(KernelSupervisor.Line(request)),
            GivenUp = isSupervised ? () => Task.Run(() => Environment.Exit(ExitReason.GivenUp)) : () => { },
        };
        server.Start(waiting);
        var parent = int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), CultureInfo.InvariantCulture, out var id) ? id : (int?)null;
        while (!server.ShutDown.Wait(Glance))
        {
            if (parent is { } process && !IsRunning(process))
            {
                break;
            }
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
