using System.Diagnostics;
using System.Globalization;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>The process of a kernel that a front end started.</summary>
public static class KernelProcess
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>Serves until asked to shut down, or until the front end's process is gone.</summary>
    /// <exception cref="InvalidDataException">The connection file cannot be used.</exception>
    public static void Serve(string connectionFile)
    {
        var connection = ConnectionFile.Read(connectionFile);
        Console.CancelKeyPress += (_, key) => key.Cancel = true; // interrupts come as messages
        BackgroundFailures.Watch();
        using var server = new KernelServer(connection, Environment.CurrentDirectory, Environment.GetEnvironmentVariable("JPY_SESSION_NAME"));
        server.Start();
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
